using System.Security.Cryptography;

namespace AzImageTools.Disks.Overlay;

/// <summary>SHA-256 of bytes that come bit by bit, in hexadecimal digits.</summary>
internal sealed class Sha256Sum : IDisposable
{
    /// <summary>How many digits a sum has.</summary>
    public const int Digits = 64;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The sum of a part of a disk.</summary>
    public static string Of(IByteSource source, DiskExtent range)
    {
        byte[] bytes = new byte[range.Length];
        source.Read(range.Offset, bytes);
        using Sha256Sum sum = new();
        sum.Append(bytes, bytes.Length);
        return sum.Complete();
    }

    public void Append(byte[] bytes, int count) => _hash.AppendData(bytes, 0, count);

    /// <summary>The sum, after which a new one begins.</summary>
    public string Complete()
    {
        byte[] sum = _hash.GetHashAndReset();
#if NET
        return Convert.ToHexString(sum);
#else
        return BitConverter.ToString(sum).Replace("-", string.Empty);
#endif
    }

    public void Dispose() => _hash.Dispose();
}

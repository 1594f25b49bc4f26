using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>The sum that an answer carries of what arrived.</summary>
/// <param name="Crc64">CRC-64/NVME in base64; null for none.</param>
/// <param name="Md5">MD5; null for none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ContentSum(string? Crc64, byte[]? Md5)
{
    /// <summary>Compares bytes with the sum that came with them, and returns the one that the answer carries.</summary>
    /// <param name="request">The request.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="md5Header">The header of the one sum.</param>
    /// <param name="crcHeader">The header of the other.</param>
    public static ContentSum Check(CloudRequest request, ReadOnlySpan<byte> bytes, string md5Header = "Content-MD5", string crcHeader = "x-ms-content-crc64")
    {
        var givenCrc = request.Header(crcHeader);
        var givenMd5 = request.Header(md5Header);
        if (givenCrc is not null && givenMd5 is not null)
        {
            throw StorageException.BadRequest("BothCrc64AndMd5HeaderPresent", "Both x-ms-content-crc64 header and Content-MD5 header are present.");
        }

        if (givenMd5 is not null)
        {
            var md5 = HashMd5(bytes);
            return string.Equals(Convert.ToBase64String(md5), givenMd5, StringComparison.Ordinal)
                ? new ContentSum(null, md5)
                : throw StorageException.BadRequest("Md5Mismatch", "The MD5 value specified in the request did not match with the MD5 value calculated by the server.");
        }

        var crc = Storage.Crc64.Format(Storage.Crc64.Compute(bytes));
        return givenCrc is null || string.Equals(crc, givenCrc, StringComparison.Ordinal)
            ? new ContentSum(crc, null)
            : throw StorageException.BadRequest("Crc64Mismatch", "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.");
    }

    public static byte[] HashMd5(ReadOnlySpan<byte> bytes)
    {
        // MD5 because the protocol's Content-MD5 is: it guards against accidents only.
#pragma warning disable CA5351
#if NET
        return MD5.HashData(bytes);
#else
        using var hash = MD5.Create();
        return hash.ComputeHash(bytes.ToArray());
#endif
#pragma warning restore CA5351
    }
}

using System.Security.Cryptography;
using System.Text;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Makes and compares what nobody may guess.</summary>
internal static class Secrets
{
    public static byte[] Create(int count)
    {
        var bytes = new byte[count];
        using var random = RandomNumberGenerator.Create();
        random.GetBytes(bytes);
        return bytes;
    }

    /// <summary>32 bytes in base64.</summary>
    public static string CreateText() => Convert.ToBase64String(Create(32));

    /// <summary>HMAC-SHA256 of a text's UTF-8, in base64.</summary>
    public static string Sign(byte[] key, string text)
    {
#if NET
        return Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
#else
        using var hash = new HMACSHA256(key);
        return Convert.ToBase64String(hash.ComputeHash(Encoding.UTF8.GetBytes(text)));
#endif
    }

    /// <summary>Compares without telling by its duration where the difference is.</summary>
    public static bool AreEqual(string left, string right)
    {
        var difference = left.Length ^ right.Length;
        for (var index = 0; index < Math.Min(left.Length, right.Length); index++)
        {
            difference |= left[index] ^ right[index];
        }

        return difference == 0;
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Issues and checks shared access signatures with a key that never leaves the process.</summary>
internal sealed class SasSigner : IDisposable
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private readonly byte[] _key = RandomBytes(32);

    /// <summary>The query of an address that may do <paramref name="permissions"/> to one blob, or to a container where <paramref name="blob"/> is null.</summary>
    public string CreateQuery(string account, string container, string? blob, string permissions, DateTimeOffset expiry)
    {
        var expires = expiry.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture);
        var resource = blob is null ? "c" : "b";
        var signature = Sign(account, container, blob, resource, permissions, expires);
        return "sv=2023-11-03&sr=" + resource + "&sp=" + permissions + "&se=" + Uri.EscapeDataString(expires) + "&sig=" + Uri.EscapeDataString(signature);
    }

    /// <summary>Refuses a request whose signature is not ours, has expired, or permits none of <paramref name="anyOf"/>.</summary>
    public void Check(CloudRequest request, string account, string container, string? blob, string anyOf, DateTimeOffset now)
    {
        var resource = request.QueryValue("sr");
        var permissions = request.QueryValue("sp");
        var expires = request.QueryValue("se");
        var signedBlob = resource switch
        {
            "b" => blob,
            "c" => null,
            _ => throw AuthenticationFailed("The sandbox takes signatures for a blob or a container."),
        };
        if (!AreEqual(request.QueryValue("sig"), Sign(account, container, signedBlob, resource, permissions, expires)))
        {
            throw AuthenticationFailed("Signature did not match.");
        }

        var isTime = DateTimeOffset.TryParseExact(
            expires, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var expiry);
        if (!isTime || now >= expiry)
        {
            throw AuthenticationFailed("Signature not valid in the specified time frame.");
        }

        if (permissions.IndexOfAny(anyOf.ToCharArray()) < 0)
        {
            throw StorageException.Forbidden("AuthorizationPermissionMismatch", "This request is not authorized to perform this operation using this permission.");
        }
    }

    /// <summary>A secret that no one can guess, in base64.</summary>
    public static string CreateSecret() => Convert.ToBase64String(RandomBytes(32));

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

    public static StorageException AuthenticationFailed(string detail)
        => StorageException.Forbidden(
            "AuthenticationFailed",
            "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature. " + detail);

    public void Dispose() => Array.Clear(_key, 0, _key.Length);

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        using var random = RandomNumberGenerator.Create();
        random.GetBytes(bytes);
        return bytes;
    }

    private string Sign(string account, string container, string? blob, string resource, string permissions, string expires)
    {
        var text = string.Join("\n", account, container, blob ?? "", resource, permissions, expires);
#if NET
        return Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));
#else
        using var hash = new HMACSHA256(_key);
        return Convert.ToBase64String(hash.ComputeHash(Encoding.UTF8.GetBytes(text)));
#endif
    }
}

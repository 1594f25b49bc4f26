using System.Security;
using System.Security.Cryptography;

namespace AzImageTools.Services.Provision;

/// <summary>A password that nobody will ever type: it goes into one machine and is forgotten.</summary>
internal static class ThrowawayPassword
{
    private const int Length = 40;
    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_+=.";

    /// <summary>Makes one of all the kinds of characters that Azure asks for.</summary>
    public static SecureString Create()
    {
        byte[] bytes = new byte[Length];
        using (RandomNumberGenerator random = RandomNumberGenerator.Create())
        {
            random.GetBytes(bytes);
        }

        SecureString password = new();
        foreach (char character in "aA1-".Concat(bytes.Select(one => Letters[one % Letters.Length])))
        {
            password.AppendChar(character);
        }

        password.MakeReadOnly();
        return password;
    }
}

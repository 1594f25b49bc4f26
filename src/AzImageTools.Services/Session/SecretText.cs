using System.Net;
using System.Security;
using System.Text.RegularExpressions;

namespace AzImageTools.Services.Session;

/// <summary>Keeps secrets out of text that people see: shared access signatures, tokens, keys.</summary>
internal static class SecretText
{
    private const string Hidden = "***";
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The query of any web address: a SAS is one, and no other query is worth showing.</summary>
    private static readonly Regex Query = Pattern(@"(?<keep>https?://[^\s?""'<>]*)\?[^\s""'<>]*");

    /// <summary>A signature on its own, as a storage service repeats it in its errors.</summary>
    private static readonly Regex Signature = Pattern(@"(?<keep>\bsig(nature)?(=|%3D))[^&\s""'<>]+");

    /// <summary>Base64 of 32 bytes (an HMAC-SHA256, the signature of a SAS) or of 64 bytes (an account key).</summary>
    private static readonly Regex Base64Key = Pattern(@"(?<![A-Za-z0-9+/])(?<keep>)([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)(?![A-Za-z0-9+/=])");

    /// <summary>A JSON web token: RFC 7519.</summary>
    private static readonly Regex WebToken = Pattern(@"(?<keep>)\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?");

    /// <summary>What follows the scheme in an Authorization header, and a SAS as Resource Manager answers it.</summary>
    private static readonly Regex Bearer = Pattern(@"(?<keep>\bbearer\s+)[\w.~+/=-]{8,}");

    /// <summary>The text without its secrets.</summary>
    public static string Redact(string text)
    {
        foreach (Regex pattern in new[] { Query, Signature, Base64Key, WebToken, Bearer })
        {
            text = pattern.Replace(text, ReferenceEquals(pattern, Query) ? "${keep}" : "${keep}" + Hidden);
        }

        return text;
    }

    /// <summary>The address without query, fragment and user.</summary>
    public static Uri WithoutQuery(Uri uri) => new UriBuilder(uri) { Query = string.Empty, Fragment = string.Empty, UserName = string.Empty, Password = string.Empty }.Uri;

    /// <summary>The secret as the credential classes want it.</summary>
    public static string Reveal(SecureString secret) => new NetworkCredential(string.Empty, secret).Password;

    private static Regex Pattern(string expression)
        => new(expression, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchTimeout);
}

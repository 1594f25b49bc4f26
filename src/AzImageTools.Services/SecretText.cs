using System.Net;
using System.Security;
using System.Text.RegularExpressions;
using AzImageTools.Disks;

namespace AzImageTools.Services;

/// <summary>Keeps secrets out of text that people see: shared access signatures, tokens, keys, passwords. All messages of this library and of its commands go through it.</summary>
public static class SecretText
{
    private const string Hidden = "***";

    /// <summary>The most of a text that is shown: longer ones are a server's, and made to take long.</summary>
    private const int LongestText = 16 * 1024;

    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The user and password of any address, a proxy's too: RFC 3986, 3.2.1.</summary>
    private static readonly Regex User = Pattern(@"(?<keep>\b[a-z][a-z0-9+.-]{0,20}://)[^\s/?#""'<>]*(?=@)");

    /// <summary>The query of any web address: a SAS is one, and no other query is worth showing.</summary>
    private static readonly Regex Query = Pattern(@"(?<keep>https?://[^\s?""'<>]*)\?[^\s""'<>]*");

    /// <summary>A signature on its own, as a storage service repeats it in its errors.</summary>
    private static readonly Regex Signature = Pattern(@"(?<keep>\bsig(nature)?(=|%3D))[^&\s""'<>]+");

    /// <summary>Base64 of 32 bytes (an HMAC-SHA256, the signature of a SAS) or of 64 bytes (an account key).</summary>
    private static readonly Regex Base64Key = Pattern(@"(?<![A-Za-z0-9+/])(?<keep>)([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)(?![A-Za-z0-9+/=])");

    /// <summary>A JSON web token: RFC 7519.</summary>
    private static readonly Regex WebToken = Pattern(@"(?<keep>)\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?");

    /// <summary>What follows the scheme in the headers Authorization and Proxy-Authorization.</summary>
    private static readonly Regex Authorization = Pattern(@"(?<keep>\bauthorization:\s*[\w-]+\s+)[^\s""'<>]+");

    /// <summary>Secrets by name, in connection strings, forms and JSON.</summary>
    private static readonly Regex Named = Pattern(
        @"(?<keep>\b(accountkey|sharedaccesssignature|password|pwd|client_secret|client_assertion|access_token|refresh_token|id_token|accesssas)(""\s*:\s*""|\s*=\s*))[^\s;&""']+");

    /// <summary>What follows the scheme in an Authorization header, and a SAS as Resource Manager answers it.</summary>
    private static readonly Regex Bearer = Pattern(@"(?<keep>\bbearer\s+)[\w.~+/=-]{8,}");

    /// <summary>The text without its secrets and what a terminal would obey, and of more than 16,384 characters the first ones.</summary>
    /// <param name="text">The text.</param>
    public static string Redact(string text)
    {
        try
        {
            return PrintableText.OfLines(RedactShort(text.Length <= LongestText ? text : text.Substring(0, LongestText) + "..."));
        }
        catch (RegexMatchTimeoutException)
        {
            return Hidden;
        }
    }

    /// <summary>The exception, if nothing that it or its causes say holds a secret or what a terminal would obey; else another that says the rest.</summary>
    /// <param name="exception">The exception; null for none.</param>
    public static Exception? Harmless(Exception? exception)
    {
        string details = exception?.ToString() ?? string.Empty;
        string shown = Redact(details);
        return string.Equals(details, shown, StringComparison.Ordinal) ? exception : new InvalidOperationException(shown);
    }

    /// <summary>The object that an error concerns, without what an address may hold beside the place.</summary>
    internal static object? Harmless(object? target)
        => target switch
        {
            Uri { IsAbsoluteUri: true } address => WithoutQuery(address),
            string text => PrintableText.Of(Redact(text)),
            _ => target,
        };

    /// <summary>The address without query, fragment and user.</summary>
    internal static Uri WithoutQuery(Uri uri) => new UriBuilder(uri) { Query = string.Empty, Fragment = string.Empty, UserName = string.Empty, Password = string.Empty }.Uri;

    /// <summary>The secret as the credential classes want it.</summary>
    internal static string Reveal(SecureString secret) => new NetworkCredential(string.Empty, secret).Password;

    private static string RedactShort(string text)
    {
        foreach (Regex pattern in new[] { User, Query, Authorization, Named, Signature, Base64Key, WebToken, Bearer })
        {
            text = pattern.Replace(text, ReferenceEquals(pattern, Query) ? "${keep}" : "${keep}" + Hidden);
        }

        return text;
    }

    private static Regex Pattern(string expression)
        => new(expression, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchTimeout);
}

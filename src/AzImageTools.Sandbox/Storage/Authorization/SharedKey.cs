using System.Globalization;
using System.Text;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Authorization;

/// <summary>
/// The authorization schemes <c>SharedKey</c> and <c>SharedKeyLite</c> (Microsoft Learn, "Authorize with Shared Key", version 2009-09-19 and later).
/// </summary>
internal static class SharedKey
{
    /// <summary>From then on a length of zero is signed as nothing.</summary>
    private const string FirstWithEmptyLength = "2015-02-21";

    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(15);

    private static readonly string[] SignedHeaders =
    [
        "Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "Date",
        "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range",
    ];

    private static readonly string[] LiteHeaders = ["Content-MD5", "Content-Type", "Date"];

    /// <summary>Refuses a request that neither of the account's keys signed.</summary>
    public static void Check(CloudRequest request, string authorization, StorageAccount account)
    {
        var space = authorization.IndexOf(' ');
        var colon = authorization.IndexOf(':');
        if (space < 0 || colon < space || authorization.Substring(0, space) is not ("SharedKey" or "SharedKeyLite"))
        {
            throw StorageException.BadRequest(
                "InvalidAuthenticationInfo", "Authentication information is not given in the correct format. Check the value of Authorization header.");
        }

        CheckDate(request);
        var name = authorization.Substring(space + 1, colon - space - 1);
        var text = authorization.StartsWith("SharedKey ", StringComparison.Ordinal) ? Text(request, account.Name) : LiteText(request, account.Name);
        var signature = authorization.Substring(colon + 1).Trim();
        if (!string.Equals(name, account.Name, StringComparison.OrdinalIgnoreCase) || !account.Keys.Any(key => Secrets.AreEqual(signature, Secrets.Sign(key.Value, text))))
        {
            throw StorageException.AuthenticationFailed(
                "The MAC signature found in the HTTP request is not the same as any computed signature. Server used following string to sign: '" + text + "'.");
        }
    }

    private static string Text(CloudRequest request, string account)
    {
        var text = new StringBuilder(request.Method).Append('\n');
        foreach (var header in SignedHeaders)
        {
            text.Append(SignedValue(request, header)).Append('\n');
        }

        AppendHeaders(text, request);
        text.Append('/').Append(account).Append(Path(request));
        foreach (var parameter in request.Query.OrderBy(entry => entry.Key.ToLowerInvariant(), StringComparer.Ordinal))
        {
            text.Append('\n').Append(parameter.Key.ToLowerInvariant()).Append(':').Append(parameter.Value);
        }

        return text.ToString();
    }

    private static string LiteText(CloudRequest request, string account)
    {
        var text = new StringBuilder(request.Method).Append('\n');
        foreach (var header in LiteHeaders)
        {
            text.Append(SignedValue(request, header)).Append('\n');
        }

        AppendHeaders(text, request);
        text.Append('/').Append(account).Append(Path(request));
        return request.QueryValue("comp") is { Length: > 0 } component ? text.Append("?comp=").Append(component).ToString() : text.ToString();
    }

    private static string SignedValue(CloudRequest request, string header) => header switch
    {
        // What was sent is what was read: a header of the length may be missing, or be worked out later.
        "Content-Length" => request.Body.Length > 0 || string.CompareOrdinal(request.Header("x-ms-version") ?? "", FirstWithEmptyLength) < 0
            ? request.Body.Length.ToString(CultureInfo.InvariantCulture)
            : "",
        "Date" => request.Header("x-ms-date") is null ? request.Header(header) ?? "" : "",
        _ => request.Header(header) ?? "",
    };

    private static void AppendHeaders(StringBuilder text, CloudRequest request)
    {
        var headers = request.Headers
            .Select(header => (Name: header.Key.ToLowerInvariant(), header.Value))
            .Where(header => header.Name.StartsWith("x-ms-", StringComparison.Ordinal))
            .OrderBy(header => header.Name, StringComparer.Ordinal);
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(':').Append(value.Trim()).Append('\n');
        }
    }

    private static string Path(CloudRequest request) => request.Uri.AbsolutePath;

    /// <summary>
    /// The date of a request must be that of the world outside: it is the client's, to whom the sandbox's own time means nothing.
    /// </summary>
    private static void CheckDate(CloudRequest request)
    {
        var text = request.Header("x-ms-date") ?? request.Header("Date");
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            || (date - TimeProvider.System.GetUtcNow()).Duration() > Skew)
        {
            throw StorageException.AuthenticationFailed("Request date header too old: '" + text + "'");
        }
    }
}

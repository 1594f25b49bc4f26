using System.Globalization;

namespace AzImageTools.Sandbox.Wire;

/// <summary>A request as the sandbox's services see it: address taken apart, body read.</summary>
internal sealed class CloudRequest
{
    private readonly HttpRequestMessage _message;

    public CloudRequest(HttpRequestMessage message, RequestBody body)
    {
        _message = message;
        Body = body;
        Uri = message.RequestUri ?? throw new ArgumentException("A request needs an address.", nameof(message));
        Query = QueryString.Parse(Uri.Query);
    }

    public Uri Uri { get; }

    public string Method => _message.Method.Method;

    public RequestBody Body { get; }

    public IReadOnlyDictionary<string, string> Query { get; }

    /// <summary>All headers, those of the body among them.</summary>
    public IEnumerable<KeyValuePair<string, string>> Headers
    {
        get
        {
            var headers = _message.Headers.AsEnumerable();
            if (_message.Content is not null)
            {
                headers = headers.Concat(_message.Content.Headers);
            }

            return headers.Select(header => new KeyValuePair<string, string>(header.Key, string.Join(",", header.Value)));
        }
    }

    /// <summary>Whether a bearer token came with the request; any will do.</summary>
    public bool HasBearerToken
    {
        get
        {
            var authorization = _message.Headers.Authorization;
            return authorization is not null
                && string.Equals(authorization.Scheme, "Bearer", StringComparison.OrdinalIgnoreCase)
                && !string.IsNullOrWhiteSpace(authorization.Parameter);
        }
    }

    public string? Header(string name)
    {
        if (_message.Headers.TryGetValues(name, out var values))
        {
            return string.Join(",", values);
        }

        // The headers of a body refuse to be asked for others.
        return _message.Content is { } content
            ? content.Headers.Where(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase)).Select(header => string.Join(",", header.Value)).FirstOrDefault()
            : null;
    }

    /// <summary>A header's whole number; null where it is missing or none.</summary>
    public long? NumberHeader(string name)
        => long.TryParse(Header(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    public string QueryValue(string name) => Query.TryGetValue(name, out var value) ? value : "";
}

/// <summary>Takes the query of an address apart.</summary>
internal static class QueryString
{
    /// <summary>Names are matched without regard to case; the first of several equal names counts.</summary>
    public static IReadOnlyDictionary<string, string> Parse(string query)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in query.TrimStart('?').Split(['&'], StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            var name = Uri.UnescapeDataString(equals < 0 ? part : part.Substring(0, equals));
            if (!values.ContainsKey(name))
            {
                values.Add(name, equals < 0 ? "" : Uri.UnescapeDataString(part.Substring(equals + 1)));
            }
        }

        return values;
    }
}

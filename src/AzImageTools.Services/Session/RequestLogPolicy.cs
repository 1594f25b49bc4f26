using System.Diagnostics;
using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Session;

/// <summary>
/// Tells of each try of each request: as a verbose message method, address without query, status, time and Azure's ids, as debug
/// messages the headers that hold no secret. Where nobody reads that, it does nothing at all.
/// </summary>
internal sealed class RequestLogPolicy : HttpPipelinePolicy
{
    private const string Hidden = "***";
    private const string RangeHeader = "x-ms-range";

    /// <summary>
    /// Headers whose values are shown: those that Azure.Core shows in its own logs (DiagnosticsOptions.LoggedHeaderNames), and of
    /// Resource Manager and Blob Storage those that tell of ranges, conditions, limits and errors. Of all others the names alone.
    /// </summary>
    private static readonly HashSet<string> Shown = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept", "Cache-Control", "Connection", "Content-Length", "Content-Range", "Content-Type", "Date", "ETag", "Expires", "If-Match", "If-Modified-Since",
        "If-None-Match", "If-Unmodified-Since", "Last-Modified", "MS-CV", "Pragma", "Range", "Request-Id", "Retry-After", "Server", "traceparent", "Transfer-Encoding",
        "User-Agent", "x-ms-blob-content-length", "x-ms-blob-sequence-number", "x-ms-blob-type", "x-ms-client-request-id", "x-ms-content-crc64",
        "x-ms-correlation-request-id", "x-ms-copy-status", "x-ms-error-code", "x-ms-failure-cause", "x-ms-lease-action", "x-ms-lease-duration", "x-ms-lease-state",
        "x-ms-lease-status", "x-ms-page-write", RangeHeader, "x-ms-ratelimit-remaining-resource", "x-ms-ratelimit-remaining-subscription-reads",
        "x-ms-ratelimit-remaining-subscription-writes", "x-ms-ratelimit-remaining-subscription-deletes", "x-ms-request-id", "x-ms-request-server-encrypted",
        "x-ms-return-client-request-id", "x-ms-routing-request-id", "x-ms-version",
    };

    /// <summary>Headers with an address, which is shown without its query.</summary>
    private static readonly HashSet<string> Addresses = new(StringComparer.OrdinalIgnoreCase) { "Azure-AsyncOperation", "Location", "Operation-Location" };

    /// <summary>The policy. It has no state.</summary>
    public static RequestLogPolicy Instance { get; } = new();

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        => ProcessAsync(message, pipeline).AsTask().GetAwaiter().GetResult();

    public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        => RequestNotices.Current?.Reader is { } log ? TellAsync(message, pipeline, log) : ProcessNextAsync(message, pipeline);

    private static async ValueTask TellAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline, IOperationLog log)
    {
        string request = Describe(message.Request);
        if (log.WantsDebug)
        {
            log.Debug($"{request} is sent with {HeadersOf(message.Request.Headers)}");
        }

        long started = Stopwatch.GetTimestamp();
        try
        {
            await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            log.Verbose($"{request}: no answer after {Milliseconds(started)} ({exception.GetType().Name}).");
            throw;
        }

        Response answer = message.Response;
        string status = answer.Status.ToString(CultureInfo.InvariantCulture);
        log.Verbose(string.Join(" ", new[] { $"{request}: {status} in {Milliseconds(started)}.", RequestIds.Of(answer).Note }.Where(static part => part.Length > 0)));
        if (log.WantsDebug)
        {
            log.Debug($"{request} is answered {status} with {HeadersOf(answer.Headers)}");
        }
    }

    private static string Describe(Request request)
    {
        string range = request.Headers.TryGetValue(RangeHeader, out string? bytes) ? $" {bytes}" : string.Empty;
        return $"{request.Method} {SecretText.WithoutQuery(request.Uri.ToUri()).AbsoluteUri}{range}";
    }

    private static string Milliseconds(long started)
        => ((Stopwatch.GetTimestamp() - started) * 1000 / Stopwatch.Frequency).ToString(CultureInfo.InvariantCulture) + " ms";

    private static string HeadersOf(IEnumerable<HttpHeader> headers) => string.Join("; ", headers.Select(static header => $"{header.Name}: {ValueOf(header)}"));

    private static string ValueOf(HttpHeader header)
        => Shown.Contains(header.Name) ? header.Value
            : Addresses.Contains(header.Name) && Uri.TryCreate(header.Value, UriKind.Absolute, out Uri? address) ? SecretText.WithoutQuery(address).AbsoluteUri
            : Hidden;
}

using Azure;

namespace AzImageTools.Services;

/// <summary>What Azure calls a request by in its own logs: who asks its support for help is asked for these.</summary>
/// <param name="RequestId">Header <c>x-ms-request-id</c>; null where the answer has none.</param>
/// <param name="CorrelationId">Header <c>x-ms-correlation-request-id</c>, which Resource Manager alone answers.</param>
internal sealed record RequestIds(string? RequestId, string? CorrelationId)
{
    private const int LongestId = 128;

    /// <summary>The ids for the end of a message; empty where there are none.</summary>
    public string Note
        => RequestId is null ? string.Empty
            : CorrelationId is null ? $"(Request id: {RequestId}.)"
            : string.Equals(RequestId, CorrelationId, StringComparison.OrdinalIgnoreCase) ? $"(Request and correlation id: {RequestId}.)"
            : $"(Request id: {RequestId}; correlation id: {CorrelationId}.)";

    /// <summary>The ids of the answer that a failure came of.</summary>
    /// <param name="failure">The failure; its causes are looked through too.</param>
    public static RequestIds Of(Exception? failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is ImageServiceException known)
            {
                return new RequestIds(known.RequestId, known.CorrelationId);
            }

            if (cause is RequestFailedException failed && failed.GetRawResponse() is { } answer)
            {
                return Of(answer);
            }
        }

        return new RequestIds(null, null);
    }

    /// <summary>The ids of an answer.</summary>
    public static RequestIds Of(Response answer) => new(Read(answer, "x-ms-request-id"), Read(answer, "x-ms-correlation-request-id"));

    /// <summary>A header's value, if it can be an id: what answers may not be Azure.</summary>
    private static string? Read(Response answer, string header)
        => answer.Headers.TryGetValue(header, out string? id) && id is { Length: > 0 and <= LongestId } && id.All(static letter => letter is (>= '0' and <= '9') or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '-' or ':' or '_' or '.')
            ? id
            : null;
}

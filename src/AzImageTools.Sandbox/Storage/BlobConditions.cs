using System.Globalization;
using System.Net;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage;

/// <summary>The conditions a request may set on the blob as it is.</summary>
internal static class BlobConditions
{
    public static void CheckRead(CloudRequest request, PageBlob blob) => Check(request, blob, isRead: true);

    public static void CheckWrite(CloudRequest request, PageBlob blob) => Check(request, blob, isRead: false);

    /// <summary>x-ms-if-sequence-number-le, -lt and -eq of Put Page.</summary>
    public static void CheckSequenceNumber(CloudRequest request, PageBlob blob)
    {
        var current = blob.SequenceNumber;
        var holds = request.NumberHeader("x-ms-if-sequence-number-le") is not { } most || current <= most;
        holds &= request.NumberHeader("x-ms-if-sequence-number-lt") is not { } above || current < above;
        holds &= request.NumberHeader("x-ms-if-sequence-number-eq") is not { } equal || current == equal;
        if (!holds)
        {
            throw StorageException.Precondition("SequenceNumberConditionNotMet", "The sequence number condition specified was not met.");
        }
    }

    private static void Check(CloudRequest request, PageBlob blob, bool isRead)
    {
        if (request.Header("If-Match") is { } match && !Names(match, blob.ETag))
        {
            throw NotMet(HttpStatusCode.PreconditionFailed);
        }

        if (request.Header("If-None-Match") is { } none && Names(none, blob.ETag))
        {
            throw NotMet(isRead ? HttpStatusCode.NotModified : HttpStatusCode.PreconditionFailed);
        }

        // Dates in headers are whole seconds.
        var modified = blob.LastModified.AddTicks(-(blob.LastModified.Ticks % TimeSpan.TicksPerSecond));
        if (Date(request, "If-Unmodified-Since") is { } unmodifiedSince && modified > unmodifiedSince)
        {
            throw NotMet(HttpStatusCode.PreconditionFailed);
        }

        if (Date(request, "If-Modified-Since") is { } modifiedSince && modified <= modifiedSince)
        {
            throw NotMet(isRead ? HttpStatusCode.NotModified : HttpStatusCode.PreconditionFailed);
        }
    }

    private static bool Names(string header, string etag)
        => header.Split(',').Select(value => value.Trim()).Any(value => value is "*" || string.Equals(value.Trim('"'), etag.Trim('"'), StringComparison.Ordinal));

    private static DateTimeOffset? Date(CloudRequest request, string header)
        => DateTimeOffset.TryParse(request.Header(header), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

    private static StorageException NotMet(HttpStatusCode status)
        => new StorageException(status, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.");
}

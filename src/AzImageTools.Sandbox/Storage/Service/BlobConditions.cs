using System.Globalization;
using System.Net;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>The conditions a request may set on a blob or container as it is.</summary>
internal static class BlobConditions
{
    public static void CheckRead(CloudRequest request, StoredBlob blob)
    {
        if (request.Header("If-None-Match") is "*")
        {
            throw StorageException.BadRequest("UnsatisfiableCondition", "The request includes an unsatisfiable condition for this operation.");
        }

        Check(request, blob.ETag, blob.LastModified, isRead: true);
    }

    public static void CheckWrite(CloudRequest request, StoredBlob blob) => Check(request, blob.ETag, blob.LastModified, isRead: false);

    public static void CheckWrite(CloudRequest request, BlobContainer container) => Check(request, container.ETag, container.LastModified, isRead: false);

    /// <summary>Those on what is copied from.</summary>
    public static void CheckSource(CloudRequest request, string etag, DateTimeOffset lastModified)
    {
        if (!Hold(request, "x-ms-source-", etag, lastModified))
        {
            throw StorageException.Precondition("SourceConditionNotMet", "The source condition specified using HTTP conditional header(s) is not met.");
        }
    }

    /// <summary>Those on a blob that is not there.</summary>
    public static void CheckMissing(CloudRequest request)
    {
        if (request.Header("If-Match") is not null)
        {
            throw NotMet(HttpStatusCode.PreconditionFailed);
        }
    }

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

    private static void Check(CloudRequest request, string etag, DateTimeOffset lastModified, bool isRead)
    {
        if (Hold(request, "", etag, lastModified))
        {
            return;
        }

        // A reader who has it already is told so; all else is refused.
        var isFailed = !isRead || !HoldForReader(request, etag, lastModified);
        throw NotMet(isFailed ? HttpStatusCode.PreconditionFailed : HttpStatusCode.NotModified);
    }

    private static bool Hold(CloudRequest request, string prefix, string etag, DateTimeOffset lastModified)
        => !(request.Header(prefix + "If-None-Match") is { } none && Names(none, etag))
            && !(Date(request, prefix + "If-Modified-Since") is { } since && WholeSeconds(lastModified) <= since)
            && HoldForReader(request, etag, lastModified, prefix);

    private static bool HoldForReader(CloudRequest request, string etag, DateTimeOffset lastModified, string prefix = "")
        => !(request.Header(prefix + "If-Match") is { } match && !Names(match, etag))
            && !(Date(request, prefix + "If-Unmodified-Since") is { } since && WholeSeconds(lastModified) > since);

    /// <summary>Dates in headers are whole seconds.</summary>
    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));

    private static bool Names(string header, string etag)
        => header.Split(',').Select(value => value.Trim()).Any(value => value is "*" || string.Equals(value.Trim('"'), etag.Trim('"'), StringComparison.Ordinal));

    private static DateTimeOffset? Date(CloudRequest request, string header)
        => DateTimeOffset.TryParse(request.Header(header), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

    private static StorageException NotMet(HttpStatusCode status)
        => new StorageException(status, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.");
}

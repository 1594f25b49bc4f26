using System.Globalization;

namespace AzImageTools.Sandbox.Storage;

/// <summary>A page blob, in a storage account or behind a managed disk. All but <see cref="Data"/> is used under the cloud's lock.</summary>
internal sealed class PageBlob : IDisposable
{
    private static long _lastVersion = DateTime.UtcNow.Ticks;

    public PageBlob(string name, PageData data, DateTimeOffset now)
    {
        Name = name;
        Data = data;
        Created = now;
        LastModified = now;
        ETag = NextETag();
    }

    public string Name { get; }

    public PageData Data { get; }

    public DateTimeOffset Created { get; }

    public DateTimeOffset LastModified { get; private set; }

    public string ETag { get; private set; }

    public long SequenceNumber { get; set; }

    public BlobLease Lease { get; } = new();

    public Dictionary<string, string> Metadata { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Content-Type and its like, by the name they have in an answer.</summary>
    public Dictionary<string, string> ContentHeaders { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public static string NextETag() => "\"0x" + Interlocked.Increment(ref _lastVersion).ToString("X", CultureInfo.InvariantCulture) + "\"";

    public void Touch(DateTimeOffset now)
    {
        LastModified = now;
        ETag = NextETag();
    }

    public void Dispose() => Data.Dispose();
}

using System.Globalization;

namespace AzImageTools.Sandbox.Storage;

/// <summary>A blob of any type, or a snapshot of one. All but <see cref="Data"/> is used under the cloud's lock.</summary>
internal abstract class StoredBlob : IDisposable
{
    private static long _lastVersion = DateTime.UtcNow.Ticks;

    protected StoredBlob(string name, PageData data, DateTimeOffset now)
    {
        Name = name;
        Data = data;
        Created = now;
        LastModified = now;
        ETag = NextETag();
    }

    /// <summary>As in <c>x-ms-blob-type</c>.</summary>
    public abstract string Type { get; }

    public string Name { get; }

    /// <summary>The bytes.</summary>
    public PageData Data { get; }

    public DateTimeOffset Created { get; private set; }

    public DateTimeOffset LastModified { get; private set; }

    public string ETag { get; private set; }

    public BlobLease Lease { get; private set; } = new();

    public Dictionary<string, string> Metadata { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Content-Type and its like, by the name they have in an answer.</summary>
    public Dictionary<string, string> ContentHeaders { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Index tags.</summary>
    public SortedDictionary<string, string> Tags { get; set; } = new(StringComparer.Ordinal);

    /// <summary>The access tier that was asked for; null where it is the account's.</summary>
    public string? Tier { get; set; }

    /// <summary>The copy that made its content; null for none.</summary>
    public BlobCopy? Copy { get; set; }

    /// <summary>When it was taken, as <c>x-ms-snapshot</c> has it; null for the blob itself.</summary>
    public string? SnapshotTime { get; private set; }

    /// <summary>By their time, oldest first.</summary>
    public SortedDictionary<string, StoredBlob> Snapshots { get; private set; } = new(StringComparer.Ordinal);

    public static string NextETag() => "\"0x" + Interlocked.Increment(ref _lastVersion).ToString("X", CultureInfo.InvariantCulture) + "\"";

    public void Touch(DateTimeOffset now)
    {
        LastModified = now;
        ETag = NextETag();
    }

    /// <summary>Takes the place of another of the same name: its lease and its snapshots stay.</summary>
    public void Replace(StoredBlob existing)
    {
        Lease = existing.Lease;
        Snapshots = existing.Snapshots;
        existing.Data.Dispose();
    }

    /// <summary>Makes a snapshot of what it is now.</summary>
    /// <param name="data">A copy of the bytes, for the snapshot alone.</param>
    /// <param name="now">The time; the snapshot's is moved on where there is one of that time.</param>
    /// <param name="metadata">The snapshot's own; null for the blob's.</param>
    public StoredBlob TakeSnapshot(PageData data, DateTimeOffset now, Dictionary<string, string>? metadata)
    {
        string time;
        while (Snapshots.ContainsKey(time = FormatSnapshot(now)))
        {
            now = now.AddTicks(1);
        }

        var snapshot = NewSnapshot(data, now);
        snapshot.SnapshotTime = time;
        snapshot.Restore(Created, LastModified, ETag);
        snapshot.Metadata = new Dictionary<string, string>(metadata ?? Metadata, StringComparer.OrdinalIgnoreCase);
        snapshot.ContentHeaders = new Dictionary<string, string>(ContentHeaders, StringComparer.OrdinalIgnoreCase);
        snapshot.Tags = new SortedDictionary<string, string>(Tags, StringComparer.Ordinal);
        snapshot.Tier = Tier;
        snapshot.Copy = Copy;
        if (metadata is not null)
        {
            snapshot.Touch(now);
        }

        Snapshots.Add(time, snapshot);
        return snapshot;
    }

    /// <summary>Has the times and the version of a blob that was kept.</summary>
    public void Restore(DateTimeOffset created, DateTimeOffset lastModified, string etag, string? snapshotTime = null)
    {
        Created = created;
        LastModified = lastModified;
        ETag = etag;
        SnapshotTime ??= snapshotTime;
    }

    public void Dispose()
    {
        foreach (var snapshot in Snapshots.Values)
        {
            snapshot.Data.Dispose();
        }

        Data.Dispose();
    }

    protected abstract StoredBlob NewSnapshot(PageData data, DateTimeOffset now);

    private static string FormatSnapshot(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}

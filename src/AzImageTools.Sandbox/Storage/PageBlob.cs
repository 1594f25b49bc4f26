namespace AzImageTools.Sandbox.Storage;

/// <summary>A page blob, in a storage account or behind a managed disk. All but its bytes is used under the cloud's lock.</summary>
internal sealed class PageBlob(string name, PageData data, DateTimeOffset now) : StoredBlob(name, data, now)
{
    public const string TypeName = "PageBlob";

    public override string Type => TypeName;

    public long SequenceNumber { get; set; }

    /// <summary>What was written or cleared since the last snapshot; of a snapshot, between the one before and it.</summary>
    public PageRangeSet Changes { get; private set; } = new();

    /// <summary>Told by an incremental copy: its content is only that of its snapshots.</summary>
    public bool IsIncrementalCopy { get; set; }

    /// <summary>Counts how often Put Blob or Copy Blob made it anew: differences reach back no further.</summary>
    public int Generation { get; set; }

    /// <summary>Takes over what was kept of it.</summary>
    public void RestoreChanges(IEnumerable<PageRange> changes)
    {
        foreach (var range in changes)
        {
            Changes.Add(range);
        }
    }

    protected override StoredBlob NewSnapshot(PageData data, DateTimeOffset now)
    {
        var snapshot = new PageBlob(Name, data, now) { SequenceNumber = SequenceNumber, Generation = Generation, Changes = Changes };
        Changes = new PageRangeSet();
        return snapshot;
    }
}

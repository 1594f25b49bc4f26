namespace AzImageTools.Sandbox.Storage.Keeping;

/// <summary>A blob of any type with its snapshots, or the pages of a managed disk.</summary>
internal sealed record KeptBlob
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    public required KeptPages Pages { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset LastModified { get; init; }

    public required string ETag { get; init; }

    public Dictionary<string, string>? Metadata { get; init; }

    public Dictionary<string, string>? ContentHeaders { get; init; }

    public Dictionary<string, string>? Tags { get; init; }

    public string? Tier { get; init; }

    public KeptLease? Lease { get; init; }

    public KeptCopy? Copy { get; init; }

    public string? SnapshotTime { get; init; }

    public KeptBlob[]? Snapshots { get; init; }

    public long SequenceNumber { get; init; }

    public long[]? Changes { get; init; }

    public bool IsIncrementalCopy { get; init; }

    public int Generation { get; init; }

    public CommittedBlock[]? Blocks { get; init; }

    public int BlockCount { get; init; }

    public bool IsSealed { get; init; }

    public static KeptBlob Of(StoredBlob blob)
    {
        var pages = blob as PageBlob;
        return new KeptBlob
        {
            Name = blob.Name,
            Type = blob.Type,
            Pages = KeptPages.Of(blob.Data),
            Created = blob.Created,
            LastModified = blob.LastModified,
            ETag = blob.ETag,
            Metadata = NotEmpty(blob.Metadata),
            ContentHeaders = NotEmpty(blob.ContentHeaders),
            Tags = NotEmpty(blob.Tags),
            Tier = blob.Tier,
            Lease = KeptLease.Of(blob.Lease),
            Copy = blob.Copy is { } copy ? KeptCopy.Of(copy) : null,
            SnapshotTime = blob.SnapshotTime,
            Snapshots = blob.Snapshots.Count == 0 ? null : [.. blob.Snapshots.Values.Select(Of)],
            SequenceNumber = pages?.SequenceNumber ?? 0,
            Changes = pages is null ? null : KeptPages.Flatten(pages.Changes.Within(new PageRange(0, long.MaxValue))),
            IsIncrementalCopy = pages?.IsIncrementalCopy ?? false,
            Generation = pages?.Generation ?? 0,
            Blocks = blob is BlockBlob { Blocks.Count: > 0 } blocks ? [.. blocks.Blocks] : null,
            BlockCount = (blob as AppendBlob)?.BlockCount ?? 0,
            IsSealed = blob is AppendBlob { IsSealed: true },
        };
    }

    public StoredBlob Open(PageFolder folder)
    {
        var data = Pages.Open(folder);
        var blob = Make(data);
        blob.Restore(Created, LastModified, ETag, SnapshotTime);
        blob.Metadata = new Dictionary<string, string>(Metadata ?? [], StringComparer.OrdinalIgnoreCase);
        blob.ContentHeaders = new Dictionary<string, string>(ContentHeaders ?? [], StringComparer.OrdinalIgnoreCase);
        blob.Tags = new SortedDictionary<string, string>(Tags ?? [], StringComparer.Ordinal);
        blob.Tier = Tier;
        blob.Copy = Copy?.Restore();
        Lease?.Restore(blob.Lease);
        foreach (var snapshot in Snapshots ?? [])
        {
            var opened = snapshot.Open(folder);
            blob.Snapshots.Add(opened.SnapshotTime ?? throw new InvalidDataException("A snapshot has no time."), opened);
        }

        return blob;
    }

    private static Dictionary<string, string>? NotEmpty(IDictionary<string, string> values) => values.Count == 0 ? null : new Dictionary<string, string>(values, StringComparer.Ordinal);

    private StoredBlob Make(PageData data)
    {
        switch (Type)
        {
            case PageBlob.TypeName:
                var pages = new PageBlob(Name, data, Created) { SequenceNumber = SequenceNumber, IsIncrementalCopy = IsIncrementalCopy, Generation = Generation };
                pages.RestoreChanges(KeptPages.Ranges(Changes ?? []));
                return pages;
            case BlockBlob.TypeName:
                return new BlockBlob(Name, data, Created) { Blocks = Blocks ?? [] };
            case AppendBlob.TypeName:
                return new AppendBlob(Name, data, Created) { BlockCount = BlockCount, IsSealed = IsSealed };
            default:
                throw new InvalidDataException("'" + Type + "' is no type of blobs.");
        }
    }
}

/// <summary>A lease that was taken and not released.</summary>
internal sealed record KeptLease
{
    public required string Id { get; init; }

    /// <summary>In seconds; null for one without end.</summary>
    public double? Seconds { get; init; }

    public required DateTimeOffset Until { get; init; }

    public DateTimeOffset? BreaksAt { get; init; }

    /// <returns>Null where there is none.</returns>
    public static KeptLease? Of(BlobLease lease)
        => lease.Id is { } id ? new KeptLease { Id = id, Seconds = lease.Duration?.TotalSeconds, Until = lease.Until, BreaksAt = lease.BreaksAt } : null;

    public void Restore(BlobLease lease) => lease.Restore(Id, Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null, Until, BreaksAt);
}

/// <summary>A copy that has ended, or that the sandbox's end broke off.</summary>
internal sealed record KeptCopy
{
    public required string Id { get; init; }

    public required string Source { get; init; }

    public required long Total { get; init; }

    public required string Status { get; init; }

    public string? Problem { get; init; }

    public DateTimeOffset? Completed { get; init; }

    public string? DestinationSnapshot { get; init; }

    public static KeptCopy Of(BlobCopy copy) => new()
    {
        Id = copy.Id,
        Source = copy.Source,
        Total = copy.Total,
        Status = copy.Status,
        Problem = copy.Problem,
        Completed = copy.Completed,
        DestinationSnapshot = copy.DestinationSnapshot,
    };

    public BlobCopy Restore()
    {
        var copy = new BlobCopy(Source, Total, polls: 0) { Id = Id, DestinationSnapshot = DestinationSnapshot };
        var isBroken = Status == BlobCopy.Pending;
        copy.End(isBroken ? BlobCopy.Failed : Status, isBroken ? "500 InternalError \"The sandbox ended before the copy did.\"" : Problem, Completed);
        return copy;
    }
}

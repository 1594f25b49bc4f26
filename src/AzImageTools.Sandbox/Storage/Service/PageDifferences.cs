namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>What of a page blob differs from one of its snapshots (REST reference, Get Page Ranges with <c>prevsnapshot</c>).</summary>
internal static class PageDifferences
{
    /// <summary>What was written or cleared since, in order.</summary>
    /// <param name="later">The blob, or a snapshot of it.</param>
    /// <param name="blob">The blob itself.</param>
    /// <param name="earlierTime">The time of the snapshot to compare with.</param>
    /// <param name="window">What of it is asked for.</param>
    public static List<(PageRange Range, bool IsClear)> Find(PageBlob later, PageBlob blob, string earlierTime, PageRange window)
    {
        if (!blob.Snapshots.TryGetValue(earlierTime, out var found) || found is not PageBlob earlier)
        {
            throw StorageException.Conflict("PreviousSnapshotNotFound", "The previous snapshot is not found.");
        }

        if (later.SnapshotTime is { } time && string.CompareOrdinal(time, earlierTime) < 0)
        {
            throw StorageException.BadRequest("PreviousSnapshotCannotBeNewer", "The prevsnapshot query parameter value cannot be newer than snapshot query parameter value.");
        }

        if (earlier.Generation != later.Generation)
        {
            throw StorageException.Conflict("BlobOverwritten", "The blob has been recreated since the previous snapshot was taken.");
        }

        var changes = new PageRangeSet();
        foreach (var step in blob.Snapshots.Values.Append(blob).Cast<PageBlob>().Where(step => IsAfter(step, earlierTime) && !IsAfter(step, later.SnapshotTime)))
        {
            foreach (var range in step.Changes.Within(window))
            {
                changes.Add(range);
            }
        }

        return [.. changes.Within(window).SelectMany(range => Divide(range, later.Data))];
    }

    /// <summary>Whether a step comes after a moment; the blob itself comes after all its snapshots.</summary>
    private static bool IsAfter(PageBlob step, string? moment)
        => moment is not null && (step.SnapshotTime is null || string.CompareOrdinal(step.SnapshotTime, moment) > 0);

    /// <summary>Tells what of a change holds pages from what was cleared.</summary>
    private static IEnumerable<(PageRange Range, bool IsClear)> Divide(PageRange change, PageData data)
    {
        var position = change.Start;
        foreach (var written in data.GetWritten(change))
        {
            if (written.Start > position)
            {
                yield return (new PageRange(position, written.Start), true);
            }

            yield return (written, false);
            position = written.End;
        }

        if (position < change.End)
        {
            yield return (new PageRange(position, change.End), true);
        }
    }
}

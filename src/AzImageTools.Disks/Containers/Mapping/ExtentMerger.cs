namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>Makes one extent of those that follow each other without a gap.</summary>
internal static class ExtentMerger
{
    /// <param name="extents">In ascending order, not overlapping, none empty.</param>
    public static IEnumerable<DiskExtent> Merge(IEnumerable<DiskExtent> extents)
    {
        DiskExtent pending = default;
        foreach (DiskExtent extent in extents)
        {
            if (pending.Length > 0 && extent.Offset == pending.End)
            {
                pending = pending with { Length = pending.Length + extent.Length };
                continue;
            }

            if (pending.Length > 0)
            {
                yield return pending;
            }

            pending = extent;
        }

        if (pending.Length > 0)
        {
            yield return pending;
        }
    }
}

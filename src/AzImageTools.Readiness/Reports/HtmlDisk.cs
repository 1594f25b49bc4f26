using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;

namespace AzImageTools.Readiness.Reports;

/// <summary>The picture of the disk: its partitions in their order, what of them is used, and what the image keeps of it all.</summary>
internal static class HtmlDisk
{
    private const double Width = 1000;
    private const double MinimumWidth = 14;
    private const double Gap = 3;
    private const int MaxParts = 64;

    public static Html Render(ReadinessReport report, string id)
    {
        if (report.Disk is not { Capacity: > 0 } disk)
        {
            return Html.Empty;
        }

        List<DiskPart> parts = DiskPart.Split(disk);
        bool isCut = parts.Count > MaxParts;
        parts = isCut ? parts.GetRange(0, MaxParts) : parts;
        double stored = Math.Min(1, Math.Max(0, disk.AllocatedBytes / (double)disk.Capacity));
        string zero = ByteSize.Format(Math.Max(0, disk.Capacity - disk.AllocatedBytes));
        string summary = $"{ByteSize.Format(disk.Capacity)} in {ReadinessSummary.Count(disk.Partitions.Count, "partition")}; the image file stores {ByteSize.Format(disk.AllocatedBytes)} of it, the other {zero} are zeros.";
        return Html.Of($"""
            <div class="group"><h3>The disk</h3>
            <p>{summary}</p>
            <svg class="disk" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-labelledby="{id}-picture"><title id="{id}-picture">{summary} The table below has the same figures.</title>
            {Bars(parts)}
            <rect class="zero" x="0" y="82" width="1000" height="18" rx="3"/><rect class="stored" x="0" y="82" width="{Width * stored}" height="18" rx="3"/>
            </svg>
            <ul class="legend" aria-hidden="true"><li class="used">Used</li><li class="free">Free</li><li class="unknown">Unknown</li><li class="gap">No partition</li><li class="stored">Stored in the image</li><li class="zero">Zeros</li></ul>
            <div class="scroll" tabindex="0" role="region" aria-label="Partitions of {HtmlFinding.FileName(report)}, {id}"><table>
            <thead><tr><th scope="col" class="number">No.</th><th scope="col">Partition</th><th scope="col" class="number">Size</th><th scope="col" class="number">Used</th><th scope="col" class="number">Free</th></tr></thead>
            <tbody>
            {parts.Where(part => part.Partition is not null).Select(Row)}</tbody></table></div>
            {(isCut ? Html.Of($"""<p class="muted">There are more partitions than are shown.</p>""") : Html.Empty)}
            </div>
            """);
    }

    /// <summary>Each part by its share of the disk; small ones are drawn as wide as they can still be seen.</summary>
    private static IEnumerable<Html> Bars(List<DiskPart> parts)
    {
        double room = Width - (Gap * Math.Max(0, parts.Count - 1));
        double total = Math.Max(1, parts.Sum(part => (double)part.Length));
        double[] wanted = [.. parts.Select(part => Math.Max(MinimumWidth, room * part.Length / total))];
        double scale = room / Math.Max(1, wanted.Sum());
        double left = 0;
        for (int index = 0; index < parts.Count; index++)
        {
            DiskPart part = parts[index];
            double width = wanted[index] * scale;
            string kind = part.Partition is null ? "gap" : part.Volume?.FreeBytes is null ? "unknown" : "free";
            yield return Html.Of($"""<rect class="{kind}" x="{left}" y="0" width="{width}" height="70" rx="3"/>""");
            if (part.UsedShare is { } used)
            {
                yield return Html.Of($"""<rect class="used" x="{left}" y="0" width="{width * used}" height="70" rx="3"/>""");
            }

            left += width + Gap;
        }
    }

    private static Html Row(DiskPart part)
    {
        Partition partition = part.Partition!;
        VolumeInfo? volume = part.Volume;
        string used = volume?.FreeBytes is { } free ? ByteSize.Format(Math.Max(0, volume.Capacity - free)) : "–";
        string kind = volume is null ? partition.TypeName : $"{volume.FileSystem}, {partition.TypeName}";
        string name = volume is { Label.Length: > 0 } ? volume.Label : partition.Name;
        return Html.Of($"""
            <tr><td class="number">{partition.Number}</td><td>{(name.Length > 0 ? name : partition.TypeName)}<span class="muted detail">{kind}</span></td><td class="number">{ByteSize.Format(partition.Length)}</td><td class="number">{used}</td><td class="number">{(volume?.FreeBytes is { } bytes ? ByteSize.Format(bytes) : "–")}</td></tr>

            """);
    }
}

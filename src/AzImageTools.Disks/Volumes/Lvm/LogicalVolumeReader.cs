namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>Makes the logical volumes of a group: linear and striped ones are mapped to the disk, others are named and refused.</summary>
/// <param name="disk">The disk.</param>
/// <param name="group">The group.</param>
/// <param name="physicalVolumes">The disk's physical volumes by their identifiers.</param>
internal sealed class LogicalVolumeReader(IByteSource disk, VolumeGroup group, IReadOnlyDictionary<string, PhysicalVolume> physicalVolumes)
{
    private const int SectorSize = 512;
    private const long SmallestStripe = 4096;

    /// <summary>Why volumes can't be read that hold other volumes' changes: by the names of both.</summary>
    private readonly Dictionary<string, string> _snapshots = FindSnapshots(group);

    /// <summary>The volumes that snapshots were taken of.</summary>
    private readonly HashSet<string> _origins = [.. group.LogicalVolumes.SelectMany(static volume => volume.Sections)
        .Where(static segment => segment.FindText("type") == "snapshot").Select(static segment => segment.FindText("origin")).OfType<string>()];

    /// <summary>The visible volumes, and snapshots, which are visible to people though not marked so. What the others are parts of is refused.</summary>
    /// <exception cref="DiskFormatException">The metadata are damaged.</exception>
    public IEnumerable<LogicalVolume> ReadAll()
        => group.LogicalVolumes.Where(section => section.Lists("status", "VISIBLE") || _snapshots.ContainsKey(section.Name)).Select(Read);

    private LogicalVolume Read(MetadataSection section)
    {
        VolumeGroup.RequireName(section);
        List<string> problems = [];
        List<LogicalVolumeSegment> segments = [];
        long extents = 0;
        foreach (MetadataSection segment in section.Sections.OrderBy(static segment => segment.GetNumber("start_extent")))
        {
            long count = segment.GetNumber("extent_count");
            if (segment.GetNumber("start_extent") != extents || count == 0 || extents + count > long.MaxValue / group.ExtentSize)
            {
                throw section.Damaged("has segments that do not follow each other");
            }

            if (ReadSegment(segment, extents, count, problems) is { } mapped)
            {
                segments.Add(mapped);
            }

            extents += count;
        }

        if (extents == 0 || section.Sections.Count != section.GetNumber("segment_count"))
        {
            throw section.Damaged($"has {section.Sections.Count} segments, not as many as it says");
        }

        if (_snapshots.TryGetValue(section.Name, out string? snapshot))
        {
            problems.Add(snapshot);
        }

        return new LogicalVolume(disk, group.Name + "/" + section.Name, extents * group.ExtentSize, segments, problems.Count == 0 ? null : string.Join(" ", problems.Distinct(StringComparer.Ordinal)))
        {
            HasSnapshot = _origins.Contains(section.Name),
        };
    }

    /// <summary>A segment; null where it can't be read, and a problem then says why.</summary>
    private LogicalVolumeSegment? ReadSegment(MetadataSection segment, long firstExtent, long extentCount, List<string> problems)
    {
        // What follows a '+' are flags for LVM2 versions that do not know them.
        string type = segment.GetText("type").Split('+')[0];
        long start = firstExtent * group.ExtentSize;
        long length = extentCount * group.ExtentSize;
        switch (type)
        {
            case "striped" or "linear":
                return ReadAreas(segment, extentCount, problems) is { } areas
                    ? new LogicalVolumeSegment(start, length, areas.Count == 1 ? length : ReadStripeSize(segment, extentCount / areas.Count), areas)
                    : null;
            case "zero":
                return new LogicalVolumeSegment(start, length, length, []);
            default:
                problems.Add($"It is of the type '{NameOf(type)}', which is not read: only linear and striped volumes are.");
                return null;
        }
    }

    /// <summary>Where on the disk a segment's areas begin; null where one is missing.</summary>
    private List<long>? ReadAreas(MetadataSection segment, long extentCount, List<string> problems)
    {
        long count = segment.GetNumber("stripe_count");
        IReadOnlyList<object> stripes = segment.GetList("stripes");
        if (count == 0 || stripes.Count != 2 * count || extentCount % count != 0)
        {
            throw segment.Damaged($"lists {stripes.Count} values for {count} stripes of {extentCount} extents");
        }

        List<long> areas = [];
        for (int i = 0; i < stripes.Count; i += 2)
        {
            if (stripes[i] is not string name || stripes[i + 1] is not long first || first < 0)
            {
                throw segment.Damaged("has stripes that are not names and numbers");
            }

            if (!group.Members.TryGetValue(name, out VolumeGroupMember? member))
            {
                problems.Add("It lies on another logical volume, which is not supported.");
                return null;
            }

            if (member.IsMissing || !physicalVolumes.TryGetValue(member.Id, out PhysicalVolume? volume))
            {
                problems.Add($"Its physical volume {Dashed(member.Id)}{(member.Device is { } device ? $", once {NameOf(device)}," : string.Empty)} is missing.");
                return null;
            }

            areas.Add(volume.DiskOffset + Locate(segment, member, volume, first, extentCount / count));
        }

        return areas;
    }

    /// <summary>Where on a physical volume an area begins, which must lie within it.</summary>
    private long Locate(MetadataSection segment, VolumeGroupMember member, PhysicalVolume volume, long first, long count)
    {
        long held = Math.Min(member.ExtentCount, Math.Max(0, volume.Content.Length - member.FirstExtent) / group.ExtentSize);
        return first <= held - count
            ? member.FirstExtent + (first * group.ExtentSize)
            : throw segment.Damaged($"has {count} extents from extent {first} on of the physical volume {Dashed(member.Id)}, which holds {held}");
    }

    private long ReadStripeSize(MetadataSection segment, long extentsOfArea)
    {
        long size = segment.GetNumber("stripe_size") * SectorSize;
        return size >= SmallestStripe && extentsOfArea * group.ExtentSize % size == 0 ? size : throw segment.Damaged($"has stripes of {size} bytes");
    }

    /// <summary>A snapshot's own volume holds changes only; an origin's content changes while a snapshot is merged into it.</summary>
    private static Dictionary<string, string> FindSnapshots(VolumeGroup group)
    {
        Dictionary<string, string> found = new(StringComparer.Ordinal);
        foreach (MetadataSection segment in group.LogicalVolumes.SelectMany(static volume => volume.Sections).Where(static segment => segment.FindText("type") == "snapshot"))
        {
            if (segment.FindText("cow_store") is { } store)
            {
                found[store] = "It is a snapshot, which is not read: only linear and striped volumes are.";
            }
            else if (segment.FindText("merging_store") is { } merging && segment.FindText("origin") is { } origin)
            {
                found[merging] = found[origin] = "A snapshot is being merged, which is not supported.";
            }
        }

        return found;
    }

    private static string Dashed(string id)
    {
        // Groups of 6, 4, 4, 4, 4, 4 and 6, as tools print it.
        const int Length = 32;
        string known = NameOf(id);
        return known.Length != Length ? known
            : string.Join("-", new[] { 0, 6, 10, 14, 18, 22, 26, Length }.Zip(new[] { 6, 10, 14, 18, 22, 26, Length }, (start, end) => known.Substring(start, end - start)));
    }

    /// <summary>A text of the guest's, fit for a message.</summary>
    private static string NameOf(string text)
    {
        const int LongestName = 64;
        return new string([.. text.Take(LongestName).Select(static c => c is > ' ' and <= '~' ? c : '?')]);
    }
}

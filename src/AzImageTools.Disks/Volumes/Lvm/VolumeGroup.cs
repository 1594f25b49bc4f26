namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>A volume group, as a text of its metadata describes it (lvm2, lib/format_text/import_vsn1.c).</summary>
internal sealed class VolumeGroup
{
    private const int SectorSize = 512;
    private const long LargestExtent = uint.MaxValue;

    private readonly MetadataSection _section;

    private VolumeGroup(MetadataSection section)
    {
        _section = section;
        RequireName(section);
        Id = section.GetText("id");
        SequenceNumber = section.GetNumber("seqno");
        ExtentSize = section.GetNumber("extent_size", LargestExtent) * SectorSize;
        if (ExtentSize == 0)
        {
            throw section.Damaged("has extents of no size");
        }

        foreach (MetadataSection volume in section.FindSection("physical_volumes")?.Sections ?? [])
        {
            Members.Add(volume.Name, new VolumeGroupMember(
                volume.GetText("id").Replace("-", string.Empty),
                volume.FindText("device"),
                volume.GetNumber("pe_start", long.MaxValue / SectorSize) * SectorSize,
                volume.GetNumber("pe_count"),
                volume.Lists("flags", "MISSING") || volume.Lists("status", "MISSING")));
        }
    }

    /// <summary>Its name, of letters, digits and "+_.-".</summary>
    public string Name => _section.Name;

    /// <summary>Its identifier.</summary>
    public string Id { get; }

    /// <summary>Which state of the group it is: each change counts one up.</summary>
    public long SequenceNumber { get; }

    /// <summary>Bytes in an extent.</summary>
    public long ExtentSize { get; }

    /// <summary>Its physical volumes by the names that segments call them.</summary>
    public Dictionary<string, VolumeGroupMember> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>The sections of its logical volumes, hidden ones included.</summary>
    public IReadOnlyList<MetadataSection> LogicalVolumes => _section.FindSection("logical_volumes")?.Sections ?? [];

    /// <summary>Parses a text.</summary>
    /// <exception cref="DiskFormatException">It is not a description of a volume group.</exception>
    public static VolumeGroup Parse(byte[] text, string source)
    {
        MetadataSection root = MetadataText.Parse(text, source);
        if (root.GetText("contents") != "Text Format Volume Group" || root.GetNumber("version") != 1)
        {
            throw root.Damaged("is of a kind or version that is not supported");
        }

        return root.Sections.Count == 1 ? new VolumeGroup(root.Sections[0]) : throw root.Damaged($"describes {root.Sections.Count} volume groups");
    }

    /// <summary>Refuses a name that LVM2 does not allow (lvm(8), "VALID NAMES"): names reach terminals.</summary>
    public static void RequireName(MetadataSection section)
    {
        const int LongestName = 127;
        if (section.Name.Length > LongestName || !section.Name.All(static c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '+' or '_' or '.' or '-'))
        {
            throw section.Damaged("has a name that is not valid");
        }
    }
}

/// <summary>A physical volume as its group describes it.</summary>
/// <param name="Id">Its identifier, without dashes.</param>
/// <param name="Device">What it was last called; a hint, and the guest's text.</param>
/// <param name="FirstExtent">Where on it its first extent begins, in bytes.</param>
/// <param name="ExtentCount">How many extents it has.</param>
/// <param name="IsMissing">Whether the group did without it when it was last changed.</param>
internal sealed record VolumeGroupMember(string Id, string? Device, long FirstExtent, long ExtentCount, bool IsMissing);

namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>
/// LVM2's logical volumes on a disk (lvm2; lvm(8), pvck(8)): found through the labels and metadata of the disk's physical
/// volumes. Of several states of a group, that with the highest sequence number counts.
/// </summary>
internal static class LogicalVolumeManager
{
    // Each volume costs some reads, and each text some memory, and both are as many as the disk says.
    private const int MostVolumes = 512;
    private const int MostMetadata = 16 << 20;

    /// <summary>Opens the logical volumes. What is wrong becomes a problem of a physical volume or of a logical one.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="physicalVolumes">Its physical volumes.</param>
    public static IReadOnlyList<LogicalVolume> Open(IByteSource disk, IReadOnlyList<PhysicalVolume> physicalVolumes)
    {
        List<LogicalVolume> volumes = [];
        foreach ((VolumeGroup group, PhysicalVolume source) in ReadGroups(physicalVolumes))
        {
            try
            {
                LogicalVolumeReader reader = new(disk, group, Identify(group, physicalVolumes));
                volumes.AddRange(reader.ReadAll().Take(MostVolumes + 1 - volumes.Count));
            }
            catch (DiskFormatException exception)
            {
                source.AddProblem(exception.Message);
            }

            if (volumes.Count > MostVolumes)
            {
                source.AddProblem($"There are more than {MostVolumes} logical volumes; the others are left out.");
                volumes.RemoveAt(MostVolumes);
                break;
            }
        }

        return volumes;
    }

    /// <summary>The latest state of each group, with the volume that it was read from.</summary>
    private static List<(VolumeGroup Group, PhysicalVolume Source)> ReadGroups(IReadOnlyList<PhysicalVolume> physicalVolumes)
    {
        List<(VolumeGroup Group, PhysicalVolume Source)> groups = [];
        HashSet<(int Length, uint Checksum)> known = [];
        long total = 0;
        foreach (PhysicalVolume volume in physicalVolumes)
        {
            foreach (byte[] text in volume.ReadMetadata())
            {
                // Every physical volume of a group holds the same text.
                if (!known.Add((text.Length, LvmChecksum.Compute(text))))
                {
                    continue;
                }

                total += text.Length;
                if (total > MostMetadata)
                {
                    volume.AddProblem("The disk holds more LVM2 metadata than is read.");
                    return groups;
                }

                AddGroup(text, volume, groups);
            }
        }

        return groups;
    }

    private static void AddGroup(byte[] text, PhysicalVolume volume, List<(VolumeGroup Group, PhysicalVolume Source)> groups)
    {
        try
        {
            VolumeGroup group = VolumeGroup.Parse(text, volume.Content.Name);
            int index = groups.FindIndex(other => other.Group.Id == group.Id);
            if (index < 0)
            {
                groups.Add((group, volume));
            }
            else if (group.SequenceNumber > groups[index].Group.SequenceNumber)
            {
                groups[index] = (group, volume);
            }
        }
        catch (DiskFormatException exception)
        {
            volume.AddProblem(exception.Message);
        }
    }

    /// <summary>The disk's physical volumes by identifier; one that is there twice is a copy, and none of both counts.</summary>
    private static Dictionary<string, PhysicalVolume> Identify(VolumeGroup group, IReadOnlyList<PhysicalVolume> physicalVolumes)
    {
        Dictionary<string, PhysicalVolume> identified = new(StringComparer.Ordinal);
        foreach (IGrouping<string, PhysicalVolume> same in physicalVolumes.Where(static volume => volume.Id is not null).GroupBy(static volume => volume.Id!, StringComparer.Ordinal))
        {
            PhysicalVolume[] found = [.. same];
            if (found.Length == 1)
            {
                identified.Add(same.Key, found[0]);
            }
            else if (group.Members.Values.Any(member => member.Id == same.Key))
            {
                found[0].AddProblem($"Another physical volume of the disk has the same identifier: the volumes of the group {group.Name} on it are not read.");
            }
        }

        return identified;
    }
}

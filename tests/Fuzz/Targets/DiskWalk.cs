using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with a disk image's file.</summary>
internal static class DiskWalk
{
    private const int LargestExtentCount = 2000;
    private const int ReadCount = 6;
    private const int LargestRead = 70_000;

    /// <summary>Checks the file, opens the container, asks for all it tells, and reads some of it.</summary>
    public static bool Open(string path, FuzzRandom random) => Open(path, random, watch: null);

    /// <summary>The same, and each read is counted: from outside, where the disk itself is a file.</summary>
    public static bool Open(string path, FuzzRandom random, ReadWatch? watch)
    {
        CancellationToken cancellation = watch?.Token ?? CancellationToken.None;
        Attempt(() => Count(DiskChecker.Check(path, null, cancellation), watch));
        VirtualDisk? opened = null;
        watch?.Count();
        Attempt(() => opened = DiskOpener.Open(path, null, cancellation));
        if (opened is null)
        {
            return false;
        }

        using VirtualDisk disk = opened;
        _ = disk.Problems.Count + disk.FileSize;
        List<DiskExtent> extents = [];
        Attempt(() => Count(disk.GetExtents(0, disk.Capacity), watch, extents));
        Attempt(() => _ = disk.AllocatedBytes);
        byte[] buffer = new byte[LargestRead];
        for (int i = 0; i < ReadCount; i++)
        {
            long offset = i switch
            {
                0 => 0,
                1 => disk.Capacity - 1,
                _ when extents.Count > 0 => random.Pick(extents) is var extent && random.OneIn(2) ? extent.Offset : Math.Max(0, extent.End - 512),
                _ => random.Below(disk.Capacity),
            };
            int count = (int)Math.Min(1 + random.Below(random.OneIn(4) ? LargestRead : 4096), disk.Capacity - offset);
            watch?.Count();
            Attempt(() => disk.Read(offset, buffer.AsSpan(0, count)));
        }

        Attempt(() =>
        {
            long start = random.Below(disk.Capacity);
            _ = disk.GetExtents(start, random.Below(disk.Capacity - start)).Take(LargestExtentCount).Count();
        });
        Attempt(() =>
        {
            FixedVhdImage image = new(disk, DateTimeOffset.UnixEpoch);
            image.Read(Math.Max(0, image.Length - LargestRead), buffer.AsSpan(0, (int)Math.Min(LargestRead, image.Length)));
            _ = image.StrandsBackupPartitionTable(PartitionTable.Read(disk));
        });
        return true;
    }

    /// <summary>Takes the first of what is enumerated; each step may read.</summary>
    private static void Count<T>(IEnumerable<T> items, ReadWatch? watch, List<T>? found = null)
    {
        using IEnumerator<T> enumerator = items.GetEnumerator();
        for (int i = 0; i < LargestExtentCount; i++)
        {
            watch?.Step();
            if (!enumerator.MoveNext())
            {
                return;
            }

            found?.Add(enumerator.Current);
        }
    }

    /// <summary>Looks a disk over: container, partitions, volumes, guest, and the volumes' files.</summary>
    public static bool Inspect(string path, FuzzRandom random)
    {
        DiskInfo? info = null;
        Attempt(() =>
        {
            using OpenedImage image = OpenedImage.Open(path);
            info = image.Info;
        });
        Attempt(() => _ = DiskChecker.Check(path).Take(LargestExtentCount).Count());
        Attempt(() =>
        {
            using OpenedImage image = OpenedImage.Open(path);
            foreach (DiskVolume volume in image.Volumes)
            {
                VolumeWalk.Read(volume.Content, random);
            }
        });
        return info is not null;
    }

    /// <summary>Runs an action; the one exception that content may cause is its answer.</summary>
    public static void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (DiskFormatException)
        {
            // The answer to damage.
        }
    }
}

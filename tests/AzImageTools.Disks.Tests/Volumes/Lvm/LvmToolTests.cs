using System.Globalization;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Lvm;

/// <summary>Volumes that lvm2 makes here hold for us what they hold where lvs(8) says that their segments are.</summary>
public sealed class LvmToolTests : IDisposable
{
    private const long Mebibyte = 1 << 20;
    private const long Volume = 24 * Mebibyte;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Volumes_on_several_partitions_are_where_lvs_says()
    {
        (long Offset, long Length)[] places = [(Mebibyte, Volume), (25 * Mebibyte, Volume), (49 * Mebibyte, Volume)];
        string path = await MakeDiskAsync(74 * Mebibyte, "-n", "1:2048:+24M", "-n", "2:0:+24M", "-n", "3:0:+24M");
        await using LvmTools lvm = await LvmTools.CreateAsync(_folder, path, places);
        string[] devices = [.. Enumerable.Range(1, 3).Select(lvm.Device)];
        await lvm.RunAsync("pvcreate", "--metadatasize", "60k", "--dataalignment", "64k", devices[0]);
        await lvm.RunAsync("pvcreate", "--pvmetadatacopies", "2", devices[1]);
        await lvm.RunAsync("pvcreate", "--pvmetadatacopies", "0", "--labelsector", "3", devices[2]);
        await lvm.RunAsync("vgcreate", ["-s", "512k", "data-vg", .. devices]);
        await CreateAsync(lvm, "-l", "7", "-n", "one", "data-vg", devices[0]);
        await CreateAsync(lvm, "-l", "9", "-i", "3", "-I", "4k", "-n", "three-stripes", "data-vg");
        await CreateAsync(lvm, "-l", "8", "-i", "2", "-I", "256k", "-n", "two_stripes", "data-vg", devices[1], devices[2]);
        await lvm.RunAsync("lvextend", "-l", "+5", "data-vg/one", devices[2]);
        await lvm.RunAsync("lvextend", "-l", "+3", "data-vg/one", devices[0]);
        await lvm.RunAsync("lvextend", "-i", "1", "-l", "+4", "data-vg/two_stripes", devices[0]);
        await lvm.RunAsync("lvremove", "-f", "data-vg/three-stripes");
        await CreateAsync(lvm, "-l", "30", "-n", "rest", "data-vg");

        // Until the ring of the smallest area has been gone round: 60 KiB, of some 3 KiB each time.
        for (int i = 0; i < 12; i++)
        {
            await lvm.RunAsync("vgchange", "--addtag", "wrap", "data-vg");
            await lvm.RunAsync("vgchange", "--deltag", "wrap", "data-vg");
        }

        await AssertVolumesAsync(lvm, path, places, ["data-vg/one", "data-vg/rest", "data-vg/two_stripes"]);
    }

    [Fact]
    public async Task A_physical_volume_over_the_whole_disk_is_read()
    {
        string path = _folder.File("disk.raw");
        await using (FileStream file = File.Create(path))
        {
            file.SetLength(Volume);
        }

        await using LvmTools lvm = await LvmTools.CreateAsync(_folder, path, (0, Volume));
        await lvm.RunAsync("pvcreate", lvm.Device(1));
        await lvm.RunAsync("vgcreate", "-s", "4m", "vg", lvm.Device(1));
        await CreateAsync(lvm, "-l", "3", "-n", "a.b+c", "vg");
        await AssertVolumesAsync(lvm, path, [(0, Volume)], ["vg/a.b+c"]);
    }

    private static Task CreateAsync(LvmTools lvm, params string[] arguments) => lvm.RunAsync("lvcreate", ["-an", "-Zn", "-Wn", .. arguments]);

    /// <summary>Fills the volumes' data areas with noise, then compares what we read with what lies where lvs says.</summary>
    private static async Task AssertVolumesAsync(LvmTools lvm, string path, (long Offset, long Length)[] places, string[] names)
    {
        string[][] segments = [.. (await lvm.RunAsync("lvs", "--noheadings", "--nosuffix", "--units", "b", "--separator", "|", "-o", "vg_name,lv_name,seg_start,seg_size,stripe_size,vg_extent_size,devices"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Trim().Split('|'))];
        Dictionary<int, long> dataStarts = (await lvm.RunAsync("pvs", "--noheadings", "--nosuffix", "--units", "b", "--separator", "|", "-o", "pv_name,pe_start"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Trim().Split('|'))
            .ToDictionary(fields => lvm.NumberOf(fields[0]), static fields => long.Parse(fields[1], CultureInfo.InvariantCulture));
        byte[] disk = await File.ReadAllBytesAsync(path);
        Random random = new(1);
        foreach ((int number, long start) in dataStarts)
        {
            // Not what lies behind the extents: there may be a second metadata area.
            random.NextBytes(disk.AsSpan((int)(places[number - 1].Offset + start), (int)(places[number - 1].Length - start - (4 * Mebibyte))));
        }

        MemorySource source = new(disk);
        DiskVolume[] volumes = [.. new OpenedImage(source).Volumes.Where(static volume => volume.LogicalVolumeName is not null)];
        Assert.Equal(names, volumes.Select(static volume => volume.LogicalVolumeName).Order(StringComparer.Ordinal));
        foreach (DiskVolume volume in volumes)
        {
            Assert.Null(volume.Problem);
            byte[] expected = new byte[volume.Content.Length];
            foreach (string[] segment in segments.Where(segment => $"{segment[0]}/{segment[1]}" == volume.LogicalVolumeName))
            {
                CopySegment(lvm, segment, places, dataStarts, disk, expected);
            }

            Assert.True(expected.AsSpan().SequenceEqual(DiskContent.Read(volume.Content, 0, expected.Length)), volume.LogicalVolumeName);
            Assert.True(expected.AsSpan(5000, 700_000).SequenceEqual(DiskContent.Read(volume.Content, 5000, 700_000)), volume.LogicalVolumeName);
        }
    }

    private static void CopySegment(LvmTools lvm, string[] segment, (long Offset, long Length)[] places, Dictionary<int, long> dataStarts, byte[] disk, byte[] expected)
    {
        long[] numbers = [.. segment[2..6].Select(static field => long.Parse(field, CultureInfo.InvariantCulture))];
        (long start, long size, long stripe, long extent) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        long[] areas = [.. segment[6].Split(',').Select(area =>
        {
            string[] parts = area.TrimEnd(')').Split('(');
            int number = lvm.NumberOf(parts[0]);
            return places[number - 1].Offset + dataStarts[number] + (long.Parse(parts[1], CultureInfo.InvariantCulture) * extent);
        })];
        stripe = areas.Length == 1 ? size : stripe;
        for (long done = 0; done < size; done += stripe)
        {
            long row = done / stripe;
            disk.AsSpan((int)(areas[row % areas.Length] + (row / areas.Length * stripe)), (int)stripe).CopyTo(expected.AsSpan((int)(start + done)));
        }
    }

    private async Task<string> MakeDiskAsync(long length, params string[] partitions)
    {
        ExternalTool.SkipUnlessInstalled("sgdisk");
        string path = _folder.File("disk.raw");
        await using (FileStream file = File.Create(path))
        {
            file.SetLength(length);
        }

        await ExternalTool.RunAsync("sgdisk", [.. partitions, path]);
        return path;
    }
}

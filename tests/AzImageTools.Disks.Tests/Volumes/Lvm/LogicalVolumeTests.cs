using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Lvm;

/// <summary>The disk 'lvm' of tests/data, made by lvm2, as it is and damaged.</summary>
public sealed class LogicalVolumeTests : IDisposable
{
    private const int First = 44 << 20;
    private const int Second = 68 << 20;

    private readonly TempFolder _folder = new();
    private readonly byte[] _disk;

    public LogicalVolumeTests()
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("lvm.vhd", _folder));
        _disk = DiskContent.Read(disk, 0, (int)disk.Capacity);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Linear_and_striped_volumes_are_read_and_others_are_named_and_refused()
    {
        Assert.True(LvmMetadata.Read(_disk, First).IsWrapped);
        IReadOnlyList<DiskVolume> volumes = Open();
        Assert.Equal(
            [FileSystemKind.Unknown, FileSystemKind.Fat32, FileSystemKind.Ext4, FileSystemKind.LvmPhysicalVolume, FileSystemKind.LvmPhysicalVolume],
            volumes.Where(static volume => volume.Partition is not null).Select(static volume => volume.Kind));
        Assert.Equal(
            [
                ("system/mirrored", FileSystemKind.Unknown, 2, "'raid1'"),
                ("system/nothing", FileSystemKind.Unknown, 3, null),
                ("system/pool", FileSystemKind.Unknown, 2, "'thin-pool'"),
                ("system/root", FileSystemKind.Ext4, 10, null),
                ("system/snap", FileSystemKind.Unknown, 2, "is a snapshot"),
                ("system/thin", FileSystemKind.Unknown, 100, "'thin'"),
                ("system/usr", FileSystemKind.Ext4, 8, null),
                ("system/var-data", FileSystemKind.Ext4, 4, null),
            ],
            volumes.Where(static volume => volume.LogicalVolumeName is not null).OrderBy(static volume => volume.LogicalVolumeName, StringComparer.Ordinal)
                .Select(static volume => (volume.LogicalVolumeName!, volume.Kind, (int)(volume.Content.Length >> 20), volume.Problem is null ? null : QuoteOf(volume.Problem))));
        Assert.All(volumes.Where(static volume => volume.Problem is not null), static volume =>
        {
            Assert.Null(volume.FileSystem);
            Assert.StartsWith("memory, logical volume " + volume.LogicalVolumeName, Assert.Throws<DiskFormatException>(() => volume.Content.Read(0, new byte[1])).Message);
            Assert.Throws<DiskFormatException>(() => volume.Content.GetExtents(0, 512).Count());
        });
        Assert.All(volumes.Where(static volume => volume.LogicalVolumeName is not null), static volume => Assert.Null(volume.Offset));

        // os-release lies on the striped volume, the file of 12,000 bytes in the second segment of a linear one.
        Assert.StartsWith("PRETTY_NAME=\"Debian GNU/Linux 12", ReadText(Find(volumes, "usr"), "lib/os-release"), StringComparison.Ordinal);
        Assert.Equal("golden-lvm\n", ReadText(Find(volumes, "root"), "etc/hostname"));
    }

    [Theory]
    [InlineData("root")]
    [InlineData("usr")]
    [InlineData("var-data")]
    public async Task A_volume_that_is_read_is_whole_for_e2fsck(string name)
    {
        ExternalTool.SkipUnlessInstalled("e2fsck");
        string path = DiskContent.Save(Find(Open(), name).Content, _folder.File("volume.img"));
        await ExternalTool.RunAsync("e2fsck", "-f", "-n", path);
    }

    [Fact]
    public void Extents_and_the_map_to_the_disk_tell_where_the_content_is()
    {
        using VirtualDisk opened = DiskOpener.Open(_folder.File("lvm.vhd"));
        DistantSource disk = new(DiskContent.Read(opened, 0, (int)opened.Capacity), new ReadBudget("disk"));
        foreach (DiskVolume volume in new OpenedImage(disk).Volumes.Where(static volume => volume is { Problem: null, LogicalVolumeName: not null }))
        {
            DiskContent.AssertExtentsHoldAllData(volume.Content, 0, volume.Content.Length);
            DiskContent.AssertExtentsHoldAllData(volume.Content, 100_000, 3_000_000);
            byte[] expected = DiskContent.Read(volume.Content, 70_001, 1_300_000);
            byte[] mapped = [.. Map(volume, new DiskExtent(70_001, 1_300_000)).SelectMany(extent => DiskContent.Read(disk, extent.Offset, (int)extent.Length))];
            Assert.Equal(volume.LogicalVolumeName == "system/nothing" ? [] : expected, mapped);
        }

        DiskVolume boot = new OpenedImage(disk).Volumes[2];
        Assert.Equal([new DiskExtent((36 << 20) + 5, 7)], Map(boot, new DiskExtent(5, 7)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Find(Open(), "root").Content.GetExtents(10 << 20, 1));
        Assert.Throws<DiskFormatException>(() => Find(Open(), "root").Content.Read((10 << 20) - 1, new byte[2]));

        IReadOnlyList<DiskExtent> Map(DiskVolume volume, DiskExtent range)
        {
            disk.Hints.Clear();
            volume.Content.Prefetch([range]);
            return disk.Hints;
        }
    }

    [Fact]
    public void A_missing_physical_volume_is_named_by_the_volumes_that_need_it()
    {
        _disk.AsSpan(Second + 512, 512).Clear();
        IReadOnlyList<DiskVolume> volumes = Open();
        Assert.All(["root", "usr", "var-data"], name =>
        {
            DiskVolume volume = Find(volumes, name);
            Assert.Null(volume.FileSystem);
            Assert.Matches("Its physical volume 5a1d0c-3e7b-424f-6d9e-213c-8b6d-5f0e02, once /tmp/.*/pv5, is missing", volume.Problem);
        });
        Assert.Null(volumes[3].Problem);
    }

    [Fact]
    public void A_member_that_the_group_did_without_counts_as_missing()
    {
        Rewrite(static text => text.Replace("flags = []\ndev_size", "flags = [\"MISSING\"]\ndev_size", StringComparison.Ordinal));
        Assert.Contains("is missing", Find(Open(), "var-data").Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_metadata_are_read_from_another_physical_volume()
    {
        LvmMetadata.AreaOf(_disk, First)[100] ^= 1;
        IReadOnlyList<DiskVolume> volumes = Open();
        Assert.Contains("The header of a metadata area is damaged", volumes[3].Problem, StringComparison.Ordinal);
        Assert.Null(volumes[4].Problem);
        Assert.Equal(FileSystemKind.Ext4, Find(volumes, "root").Kind);

        LvmMetadata.AreaOf(_disk, Second)[40] ^= 1;
        LvmMetadata.Sign(LvmMetadata.AreaOf(_disk, Second));
        volumes = Open();
        Assert.Contains("The checksum of the metadata is wrong", volumes[4].Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(volumes, static volume => volume.LogicalVolumeName is not null);
    }

    [Fact]
    public void A_damaged_label_is_a_problem_of_its_volume()
    {
        _disk[First + 512 + 40] ^= 1;
        IReadOnlyList<DiskVolume> volumes = Open();
        Assert.Contains("label of the physical volume is damaged", volumes[3].Problem, StringComparison.Ordinal);
        Assert.Contains("is missing", Find(volumes, "root").Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(First)]
    [InlineData(Second)]
    public void The_highest_sequence_number_wins(int older)
    {
        string text = LvmMetadata.Read(_disk, older).Text;
        long number = long.Parse(text.Split("seqno = ")[1].Split('\n')[0], CultureInfo.InvariantCulture);
        LvmMetadata.Write(_disk, older, text.Replace($"seqno = {number}", $"seqno = {number - 1}", StringComparison.Ordinal).Replace("var-data {", "older {", StringComparison.Ordinal));
        Assert.Equal(FileSystemKind.Ext4, Find(Open(), "var-data").Kind);
        Assert.DoesNotContain(Open(), static volume => volume.LogicalVolumeName == "system/older");
    }

    [Fact]
    public void Two_groups_of_one_name_are_two_groups()
    {
        string text = LvmMetadata.Read(_disk, Second).Text;
        string id = text.Split("id = \"")[1].Split('"')[0];
        LvmMetadata.Write(_disk, Second, text.Replace(id, new string('x', id.Length), StringComparison.Ordinal));
        Assert.Equal(2, Open().Count(static volume => volume.LogicalVolumeName == "system/root"));
    }

    [Theory]
    [InlineData("stripe_size = 128", "stripe_size = 0", "stripes of 0 bytes")]
    [InlineData("stripe_size = 128", "stripe_size = 300", "stripes of")]
    [InlineData("stripe_count = 2", "stripe_count = 3", "3 stripes")]
    [InlineData("stripe_count = 2", "stripe_count = 0", "0 stripes")]
    [InlineData("\"pv1\", 8\n", "\"pv1\", 20\n", "4 extents from extent 20 on")]
    [InlineData("\"pv1\", 8\n", "\"pv1\", 9223372036854775807\n", "on of the physical volume")]
    [InlineData("\"pv1\", 8\n", "\"pv1\", -1\n", "stripes that are not")]
    [InlineData("\"pv1\", 8\n", "8, \"pv1\"\n", "stripes that are not")]
    [InlineData("extent_size = 2048", "extent_size = 0", "no size")]
    [InlineData("extent_size = 2048", "extent_size = 99999999999", "number 99999999999")]
    [InlineData("extent_count = 100", "extent_count = 9223372036854775807", "number")]
    [InlineData("start_extent = 6", "start_extent = 7", "follow each other")]
    [InlineData("segment_count = 2", "segment_count = 3", "has 2 segments")]
    [InlineData("var-data {", "var\u001b[31m {", "neither|Neither|valid")]
    [InlineData("var-data {", "v\u00e4r {", "not valid")]
    [InlineData("version = 1", "version = 2", "kind or version")]
    [InlineData("seqno = ", "seqno = \"", "")]
    [InlineData("pe_start = 128", "pe_start = 99999999999999999", "number|holds 0")]
    [InlineData("logical_volumes {", "logical_volumes {{", "")]
    [InlineData("usr {", "root {", "two values 'root'")]
    public void Metadata_that_make_no_sense_are_a_problem_and_no_volumes(string what, string with, string problem)
    {
        Rewrite(text => text.Replace(what, with, StringComparison.Ordinal));
        IReadOnlyList<DiskVolume> volumes = Open();
        Assert.Matches(problem, Assert.Single(volumes, static volume => volume is { Partition: not null, Problem: not null }).Problem);
        Assert.DoesNotContain(volumes, static volume => volume.LogicalVolumeName == "system/var-data" && volume.Problem is null);
    }

    [Fact]
    public void A_volume_on_another_logical_volume_is_refused()
    {
        Rewrite(static text => text.Replace("\"pv1\", 8\n", "\"pvmove0\", 8\n", StringComparison.Ordinal));
        Assert.Contains("lies on another logical volume", Find(Open(), "var-data").Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_origin_is_refused_while_a_snapshot_is_merged_into_it()
    {
        Rewrite(static text => text.Replace("cow_store", "merging_store", StringComparison.Ordinal));
        Assert.Contains("being merged", Find(Open(), "root").Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_changed_on_a_striped_volume_of_an_overlay_and_not_on_one_with_a_snapshot()
    {
        using DiskOverlay overlay = new(new MemorySource(_disk));
        IReadOnlyList<DiskVolume> volumes = new OpenedImage(overlay).Volumes;
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(() => Writable(volumes, "root").Rewrite("etc/hostname", "other"u8.ToArray(), DateTimeOffset.UnixEpoch));
        Assert.Equal(DiskRepairProblem.VolumeNotRepairable, refusal.Problem);
        Assert.Contains("snapshot", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(overlay.EnumerateChanges());

        string text = string.Concat(Enumerable.Repeat("PRETTY_NAME=changed\n", 20_000));
        Writable(volumes, "usr").Rewrite("lib/os-release", Encoding.UTF8.GetBytes(text), DateTimeOffset.UnixEpoch);
        Assert.Equal(text, ReadText(Find(new OpenedImage(overlay).Volumes, "usr"), "lib/os-release"));
        Assert.Equal("golden-lvm\n", ReadText(Find(new OpenedImage(overlay).Volumes, "root"), "etc/hostname"));

        static IWritableFiles Writable(IReadOnlyList<DiskVolume> volumes, string name) => Assert.IsType<IWritableFiles>(Find(volumes, name).FileSystem, exactMatch: false);
    }

    [Fact]
    public void Volumes_beyond_what_is_opened_are_told_of()
    {
        Rewrite(static text => text.Replace(
            "logical_volumes {\n",
            "logical_volumes {\n" + string.Concat(Enumerable.Range(0, 600).Select(static i => $"l{i} {{\nstatus=[\"VISIBLE\"]\nsegment_count=1\ns {{\nstart_extent=0\nextent_count=1\ntype=\"zero\"\n}}\n}}\n")),
            StringComparison.Ordinal));
        IReadOnlyList<DiskVolume> volumes = Open();
        Assert.Equal(512, volumes.Count(static volume => volume.LogicalVolumeName is not null));
        Assert.Contains("more than 512 logical volumes", volumes[3].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_physical_volumes_with_one_identifier_are_copies_and_are_not_read()
    {
        _disk.AsSpan(First, 1024).CopyTo(_disk.AsSpan(Second));
        IReadOnlyList<DiskVolume> volumes = Open();
        Assert.Contains("has the same identifier", volumes[3].Problem, StringComparison.Ordinal);
        Assert.Contains("is missing", Find(volumes, "root").Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_area_that_is_not_in_use_holds_nothing()
    {
        foreach (int volume in new[] { First, Second })
        {
            Span<byte> area = LvmMetadata.AreaOf(_disk, volume);
            BinaryPrimitives.WriteUInt32LittleEndian(area[60..], 1);
            LvmMetadata.Sign(area);
        }

        IReadOnlyList<DiskVolume> volumes = Open();
        Assert.All(volumes, static volume => Assert.Null(volume.Problem));
        Assert.Equal(5, volumes.Count);
    }

    private static DiskVolume Find(IReadOnlyList<DiskVolume> volumes, string name) => Assert.Single(volumes, volume => volume.LogicalVolumeName == "system/" + name);

    private static string ReadText(DiskVolume volume, string path)
    {
        using StreamReader reader = new(volume.FileSystem!.OpenFile(path), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>The type, or what else a problem says of one.</summary>
    private static string QuoteOf(string problem) => problem.Contains('\'', StringComparison.Ordinal) ? "'" + problem.Split('\'')[1] + "'" : problem.Contains("is a snapshot", StringComparison.Ordinal) ? "is a snapshot" : problem;

    private IReadOnlyList<DiskVolume> Open()
    {
        MemorySource disk = new(_disk);
        return new OpenedImage(disk).Volumes;
    }

    /// <summary>Changes the text in both physical volumes.</summary>
    private void Rewrite(Func<string, string> change)
    {
        string text = LvmMetadata.Read(_disk, First).Text;
        string changed = change(text);
        Assert.NotEqual(text, changed);
        LvmMetadata.Write(_disk, First, changed);
        LvmMetadata.Write(_disk, Second, changed);
    }
}

using System.Buffers.Binary;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Items;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Images;

public sealed class OpenedImageTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ready-dynamic.vhdx")]
    [InlineData("linux.vhd")]
    public void Everything_that_is_asked_of_a_disk_goes_by_one_partition_table_and_file_systems_opened_once(string name)
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack(name, _folder));
        byte[] bytes = DiskContent.Read(disk, 0, (int)disk.Capacity);
        DistantSource source = new(bytes, new ReadBudget("disk"));
        using OpenedImage image = new(source);
        Assert.Equal(0, source.Reads);

        Assert.NotNull(image.Guest);
        Assert.NotEmpty(image.Info.Volumes);
        Assert.NotEmpty(image.FreeSpace.Volumes);
        Assert.NotEmpty(image.GuestProblems.Append(string.Empty));
        using DiskItems items = new(image);
        Assert.NotEmpty(items.Find("*"));
        _ = new FixedVhdImage(source, DateTimeOffset.UnixEpoch, uniqueId: null, image.FreeSpace);

        // The table's header is read twice: looked for, and read. What a file system reads to be opened, and never again:
        // the record of NTFS' master file table, ext's superblock.
        Assert.InRange(source.ReadsAt[512], 1, 2);
        long[] opened = [.. image.Volumes.Where(static volume => volume.FileSystem is not null && volume.Kind is not FileSystemKind.Fat32).Select(volume => volume.Offset!.Value
            + (volume.Kind == FileSystemKind.Ntfs ? BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan((int)volume.Offset.Value + 48)) * bytes[volume.Offset.Value + 13] * 512 : 1024))];
        Assert.NotEmpty(opened);
        Assert.All(opened, place => Assert.Equal(1, source.ReadsAt[place]));
    }

    [Fact]
    public void Many_who_ask_at_once_are_told_the_same()
    {
        using OpenedImage image = TestDisks.Open(TestDisks.Unpack("ready-dynamic.vhdx", _folder));
        object[][] answers = new object[16][];
        Parallel.For(0, answers.Length, number => answers[number] = [image.Volumes, image.Info, image.Guest!, image.Hives!, image.FreeSpace, image.Table]);
        Assert.All(answers, answer => Assert.True(answer.Zip(answers[0]).All(static pair => ReferenceEquals(pair.First, pair.Second))));
        Assert.Equal(GuestFamily.Windows, image.Guest?.Family);
    }

    [Fact]
    public void A_disk_that_is_no_file_is_told_of_like_one_that_is()
    {
        string path = TestDisks.Unpack("ready-dynamic.vhdx", _folder);
        using VirtualDisk disk = DiskOpener.Open(path);
        using OpenedImage image = new(new DistantSource(DiskContent.Read(disk, 0, (int)disk.Capacity), new ReadBudget("disk")));
        DiskInfo expected = TestDisks.Inspect(path);
        DiskInfo actual = image.Info;
        Assert.Equal(
            (expected.Capacity, expected.PartitionStyle, expected.SupportedGenerations, expected.Guest?.ToString()),
            (actual.Capacity, actual.PartitionStyle, actual.SupportedGenerations, actual.Guest?.ToString()));
        Assert.Equal(expected.Volumes.Select(static volume => volume.ToString()), actual.Volumes.Select(static volume => volume.ToString()));
        Assert.Equal(("distant", DiskFormat.Raw), (actual.Path, actual.Format));
        Assert.True(image.BytesRead > 0);
        Assert.Null(image.Disk);
        Assert.Throws<ArgumentException>(() => VhdConverter.Prepare(image, _folder.File("made.vhd")));
    }

    [Fact]
    public void Closing_an_image_closes_the_file_that_it_opened_and_no_other()
    {
        string path = TestDisks.Unpack("ready-dynamic.vhdx", _folder);
        using (VirtualDisk disk = DiskOpener.Open(path))
        {
            new OpenedImage(disk).Dispose();
            disk.Read(0, new byte[512]);
        }

        OpenedImage image = TestDisks.Open(path);
        Assert.NotNull(image.Hives?.System);
        image.Dispose();
        image.Dispose();
        Assert.Throws<ObjectDisposedException>(() => image.Source.Read(1 << 20, new byte[512]));
    }
}

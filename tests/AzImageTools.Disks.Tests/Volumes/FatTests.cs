using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

public class FatTests
{
    private const string FragmentedFile = "fragmented.bin";

    [Theory]
    [InlineData("fat16", FileSystemKind.Fat16)]
    [InlineData("fat32", FileSystemKind.Fat32)]
    public void The_volume_tells_its_kind_label_and_size(string volume, FileSystemKind kind)
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(volume, folder);
        IFileSystem files = Open(image);
        Assert.Equal(kind, files.Kind);
        Assert.Equal(kind, FileSystem.Probe(new MemoryByteSource(image)));
        Assert.Equal("FAT VOLUME", files.Label);
        Assert.Equal(image.Length, files.Capacity);
    }

    [Fact]
    public void A_chain_of_clusters_that_runs_in_a_circle_is_refused()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage("fat16", folder);
        int table = ReadUInt16(image, 14) * 512;

        // Each cluster of the volume leads to the one before it, and the first back to a later one.
        for (int cluster = 3; cluster < 6000; cluster++)
        {
            WriteUInt16(image, table + (cluster * 2), cluster - 1);
        }

        WriteUInt16(image, table + 4, 40);
        using Stream content = Open(image).OpenFile(FragmentedFile);
        Assert.Contains("comes back", Assert.Throws<DiskFormatException>(() => content.CopyTo(Stream.Null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_clusters_that_leaves_the_volume_is_refused()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage("fat16", folder);
        int table = ReadUInt16(image, 14) * 512;
        for (int cluster = 2; cluster < 6000; cluster++)
        {
            WriteUInt16(image, table + (cluster * 2), 0xFFE0);
        }

        using Stream content = Open(image).OpenFile(FragmentedFile);
        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => content.CopyTo(Stream.Null));
        Assert.Equal("FAT, FAT Data Structure", refusal.Rule);
        Assert.InRange(refusal.Offset!.Value, table, image.Length);
    }

    [Fact]
    public void A_long_name_whose_checksum_is_wrong_gives_way_to_the_short_one()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage("fat16", folder);
        int entry = image.AsSpan().IndexOf("FRAGME~1BIN"u8);
        Assert.True(entry > 0);
        image[entry - 32 + 13] ^= 0x55;
        IFileSystem files = Open(image);
        Assert.Null(files.GetEntry(FragmentedFile));
        Assert.Equal("FRAGME~1.BIN", files.GetEntry("fragme~1.bin")?.Name);
    }

    [Fact]
    public void A_volume_that_was_not_unmounted_is_dirty()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage("fat32", folder);
        int table = ReadUInt16(image, 14) * 512;
        image[table + 7] &= 0xF7;
        Assert.True(Open(image).IsDirty);
    }

    [Fact]
    public void Volumes_of_BitLocker_are_recognised_and_not_opened()
    {
        byte[] sector = new byte[4096];
        "-FVE-FS-"u8.CopyTo(sector.AsSpan(3));
        Assert.Equal(FileSystemKind.BitLocker, FileSystem.Probe(new MemoryByteSource(sector)));
        Assert.Null(FileSystem.TryOpen(new MemoryByteSource(sector)));
    }

    [Fact]
    public void Zeros_and_volumes_too_small_for_a_boot_sector_hold_nothing()
    {
        Assert.Equal(FileSystemKind.Unknown, FileSystem.Probe(new MemoryByteSource(new byte[4096])));
        Assert.Null(FileSystem.TryOpen(new MemoryByteSource([])));
    }

    private static byte[] ReadImage(string volume, TempFolder folder) => File.ReadAllBytes(TestFile.Unpack($"volumes/{volume}.img", folder));

    private static IFileSystem Open(byte[] image) => FileSystem.TryOpen(new MemoryByteSource(image))!;

    private static int ReadUInt16(byte[] image, int offset) => image[offset] | (image[offset + 1] << 8);

    private static void WriteUInt16(byte[] image, int offset, int value)
    {
        image[offset] = (byte)value;
        image[offset + 1] = (byte)(value >> 8);
    }
}

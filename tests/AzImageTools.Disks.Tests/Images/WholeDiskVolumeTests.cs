using System.Buffers.Binary;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Images;

/// <summary>A boot record's signature over a file system that has the disk to itself.</summary>
public sealed class WholeDiskVolumeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Image => _folder.File("disk.raw");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("nothing")]
    [InlineData("boot code")]
    [InlineData("partitions beyond the disk")]
    public async Task A_signature_without_partitions_leaves_the_file_system_to_be_found(string beside)
    {
        await MakeAsync(beside);

        DiskInfo info = TestDisks.Inspect(Image);
        Assert.Equal((PartitionStyle.None, 0), (info.PartitionStyle, info.Partitions.Count));
        Assert.Equal((FileSystemKind.Ext4, "whole"), (Assert.Single(info.Volumes).FileSystem, info.Volumes[0].Label));
        Assert.Empty(info.Problems);
        Assert.Empty(DiskChecker.Check(Image));
    }

    [Fact]
    public async Task A_partition_that_lies_on_the_disk_makes_it_a_partition_table()
    {
        await MakeAsync("a partition");

        DiskInfo info = TestDisks.Inspect(Image);
        Assert.Equal((PartitionStyle.Mbr, 1), (info.PartitionStyle, info.Partitions.Count));
    }

    [Fact]
    public void Boot_code_alone_is_no_partition_table_and_that_is_said()
    {
        byte[] disk = new byte[32 << 20];
        new Random(5).NextBytes(disk.AsSpan(0, 510));
        disk[446] = 0x33;
        BinaryPrimitives.WriteUInt16LittleEndian(disk.AsSpan(510), 0xAA55);
        PartitionTable table = new OpenedImage(new MemorySource(disk)).Table;

        Assert.Equal((PartitionStyle.None, 0), (table.Style, table.Partitions.Count));
        Assert.Contains("no partition table", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_was_initialised_and_not_partitioned_has_an_empty_table()
    {
        byte[] disk = new byte[32 << 20];
        BinaryPrimitives.WriteUInt16LittleEndian(disk.AsSpan(510), 0xAA55);
        PartitionTable table = new OpenedImage(new MemorySource(disk)).Table;

        Assert.Equal((PartitionStyle.Mbr, 0), (table.Style, table.Partitions.Count));
        Assert.Empty(table.Problems);
    }

    private async Task MakeAsync(string beside)
    {
        ExternalTool.SkipUnlessInstalled("mke2fs");
        await ExternalTool.RunAsync("mke2fs", "-q", "-F", "-t", "ext4", "-L", "whole", Image, "32M");
        byte[] sector = new byte[512];
        switch (beside)
        {
            case "boot code":
                new Random(7).NextBytes(sector);
                sector[446 + 16] = 0x7F;
                break;
            case "partitions beyond the disk":
                WriteEntry(sector, 0, 0x83, 1_000_000, 5000);
                WriteEntry(sector, 1, 0x07, 2_000_000_000, 1);
                break;
            case "a partition":
                WriteEntry(sector, 0, 0x83, 2048, 4096);
                break;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(sector.AsSpan(510), 0xAA55);
        await using FileStream file = File.OpenWrite(Image);
        file.Write(sector);
    }

    private static void WriteEntry(byte[] sector, int index, byte type, uint start, uint count)
    {
        Span<byte> entry = sector.AsSpan(446 + (index * 16), 16);
        entry[4] = type;
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], start);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], count);
    }
}

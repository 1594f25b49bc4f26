using System.Buffers.Binary;
using System.Text;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;
using AzImageTools.Disks.Volumes.Xfs;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Xfs;

public sealed class XfsTests : IDisposable
{
    private const int SectorSize = 512;
    private const int LogStart = 48;
    private const int GroupBlocks = 84;
    private const int Flags = 100;
    private const int GroupBlockLog = 124;
    private const int Features = 216;
    private const int Checksum = 224;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("xfs", "Größe XFS")]
    [InlineData("xfs4", "XFS 4")]
    public void The_volume_tells_its_kind_label_and_size(string volume, string label)
    {
        byte[] image = ReadImage(volume);
        IFileSystem files = Open(image);
        Assert.Equal((FileSystemKind.Xfs, label, (long)image.Length, false), (files.Kind, files.Label, files.Capacity, files.IsDirty));
        Assert.Equal(FileSystemKind.Xfs, FileSystem.Probe(new MemoryByteSource(image)));
    }

    [Theory]
    [InlineData(0x200, "zoned storage")]
    [InlineData(0x0400_0000, "0x4000000")]
    public void A_feature_that_is_not_supported_is_named(uint feature, string name)
    {
        byte[] image = ReadImage("xfs");
        AddFeature(image, feature);
        Assert.Contains(name, Assert.Throws<DiskFormatException>(() => Open(image)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x40)]
    [InlineData(0x80)]
    [InlineData(0x100)]
    public void A_feature_that_changes_nothing_for_a_reader_is_passed_over(uint feature)
    {
        byte[] image = ReadImage("xfs");
        AddFeature(image, feature);
        Assert.Equal(12345, Open(image).GetEntry("Links/original.txt")?.Length);
    }

    [Fact]
    public void A_volume_that_is_marked_for_repair_is_dirty()
    {
        byte[] image = ReadImage("xfs");
        AddFeature(image, 0x10);
        Assert.True(Open(image).IsDirty);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void A_version_that_is_not_supported_is_named(byte version)
    {
        byte[] image = ReadImage("xfs4");
        image[Flags + 1] = (byte)((image[Flags + 1] & 0xF0) | version);
        Assert.Contains($"version {version}", Assert.Throws<DiskFormatException>(() => Open(image)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_of_version_1_are_refused()
    {
        byte[] image = ReadImage("xfs4");
        image[Flags] &= 0xDF;
        Assert.Contains("folders of version 1", Assert.Throws<DiskFormatException>(() => Open(image)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 0x7F)]
    [InlineData(8, 0x01)]
    [InlineData(GroupBlocks, 0xFF)]
    [InlineData(88, 0x01)]
    [InlineData(102, 0x00)]
    [InlineData(104, 0x03)]
    [InlineData(120, 0x40)]
    [InlineData(122, 0x0A)]
    [InlineData(GroupBlockLog, 0x20)]
    [InlineData(126, 0x01)]
    [InlineData(192, 0xFF)]
    public void A_superblock_whose_numbers_make_no_sense_is_refused(int offset, byte value)
    {
        byte[] image = ReadImage("xfs4");
        image[offset] = value;
        Assert.Throws<DiskFormatException>(() => Open(image));
    }

    [Fact]
    public void A_superblock_with_a_wrong_checksum_is_refused()
    {
        byte[] image = ReadImage("xfs");
        image[108] ^= 1;
        Assert.Contains("checksum", Assert.Throws<DiskFormatException>(() => Open(image)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_larger_than_its_partition_is_refused()
    {
        byte[] image = ReadImage("xfs");
        Assert.Throws<DiskFormatException>(() => FileSystem.TryOpen(new MemoryByteSource(image, image.Length / 2)));
    }

    [Theory]
    [InlineData("XDD3", "Forms/pieces")]
    [InlineData("XDB3", "Forms/30")]
    public void A_block_with_a_wrong_checksum_is_not_read(string signature, string path)
    {
        byte[] image = ReadImage("xfs");
        for (int offset = 0; offset < image.Length; offset += SectorSize)
        {
            if (image.AsSpan(offset).StartsWith(Encoding.ASCII.GetBytes(signature)))
            {
                image[offset + 80] ^= 0x10;
            }
        }

        Assert.Contains("checksum", Assert.Throws<DiskFormatException>(() => Open(image).Enumerate(path).Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_inode_in_the_place_of_another_is_not_read()
    {
        byte[] image = ReadImage("xfs");
        const int InodeSize = 512;
        int[] inodes = [.. Enumerable.Range(0, image.Length / InodeSize).Select(static number => number * InodeSize).Where(offset => image.AsSpan(offset).StartsWith("IN"u8))];
        for (int i = 1; i < inodes.Length; i++)
        {
            image.AsSpan(inodes[0], InodeSize).CopyTo(image.AsSpan(inodes[i]));
        }

        Assert.Contains("another one is in its place", Assert.Throws<DiskFormatException>(() => Open(image).Enumerate(string.Empty).Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_whose_log_was_not_carried_out_is_dirty_and_read_as_it_is_stored()
    {
        IFileSystem files = Open(ReadImage("xfs-log"));
        Assert.True(files.IsDirty);
        Assert.Equal("XFS log", files.Label);
        Assert.Empty(files.Enumerate(string.Empty));
    }

    [Fact]
    public void A_volume_whose_log_was_never_written_is_clean()
    {
        byte[] image = ReadImage("xfs4");
        Span<byte> log = FindLog(image);
        Assert.False(Open(image).IsDirty);
        log.Clear();
        Assert.False(Open(image).IsDirty);
    }

    [Theory]
    [InlineData("xfs", 0)]
    [InlineData("xfs4", 0)]
    [InlineData("xfs4", SectorSize + 9)]
    [InlineData("xfs4", 15)]
    [InlineData("xfs4", 43)]
    public void A_log_that_does_not_end_with_the_note_of_unmounting_makes_a_volume_dirty(string volume, int offset)
    {
        byte[] image = ReadImage(volume);
        Span<byte> log = FindLog(image);
        int record = FindLastRecord(log);
        log[record + offset] ^= 0x28;
        Assert.True(Open(image).IsDirty);
    }

    [Fact]
    public void A_log_on_another_device_does_not_tell()
    {
        byte[] image = ReadImage("xfs4");
        image.AsSpan(LogStart, sizeof(ulong)).Clear();
        Assert.Null(Open(image).IsDirty);
    }

    [Fact]
    public void A_file_in_a_large_folder_is_found_with_few_small_reads()
    {
        MemoryByteSource source = new(ReadImage("xfs"));
        IFileSystem files = FileSystem.TryOpen(source)!;
        source.BytesRead = source.Reads = 0;
        Assert.NotNull(files.GetEntry("Forms/pieces/" + string.Concat(Enumerable.Repeat("long-", 30)) + "777"));
        Assert.InRange(source.BytesRead, 1, 64 * 1024);
        Assert.InRange(source.Reads, 1, 16);
    }

    [Fact]
    public void The_hash_of_a_name_is_that_of_the_format()
    {
        // XFS Algorithms & Data Structures, "Block Directories": the hashes that xfs_db shows.
        Assert.Equal(0x2Eu, FolderIndex.Hash("."u8));
        Assert.Equal(0x172Eu, FolderIndex.Hash(".."u8));
    }

    [Fact]
    public void An_index_of_a_folder_that_leads_in_a_circle_is_refused()
    {
        const string Missing = "no such name";
        byte[] image = ReadImage("xfs4");
        int[] nodes = FindBlocks(image, 8, 0xFE, 0xBE);
        int node = nodes.MaxBy(offset => BinaryPrimitives.ReadUInt16BigEndian(image.AsSpan(offset + 12)));
        uint firstLeaf = BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(node + 20));
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(node + 16), uint.MaxValue);
        foreach (int leaf in FindBlocks(image, 8, 0xD2, 0xFF))
        {
            // All entries of the hash that is looked for, deleted; the leaf after each is the first one again.
            BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(leaf), firstLeaf);
            for (int i = 0; i < BinaryPrimitives.ReadUInt16BigEndian(image.AsSpan(leaf + 12)); i++)
            {
                BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(leaf + 16 + (i * 8)), FolderIndex.Hash(Encoding.UTF8.GetBytes(Missing)));
                BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(leaf + 20 + (i * 8)), 0);
            }
        }

        Assert.Throws<DiskFormatException>(() => Open(image).GetEntry("Forms/" + Missing));
    }

    [Theory]
    [InlineData("BMAP")]
    [InlineData("ABTB")]
    public void A_tree_with_a_block_of_another_level_is_refused(string signature)
    {
        byte[] image = ReadImage("xfs4");
        foreach (int block in FindBlocks(image, 0, Encoding.ASCII.GetBytes(signature)))
        {
            image[block + 5] ^= 1;
        }

        Assert.Throws<DiskFormatException>(() => Open(image).Enumerate("Forms").Count() + Open(image).GetFreeExtents().Count());
        Assert.NotEmpty(Open(image).Enumerate("Links"));
    }

    [Fact]
    public void Free_ranges_that_are_met_twice_are_refused()
    {
        byte[] image = ReadImage("xfs4");
        foreach (int block in FindBlocks(image, 0, "ABTB"u8.ToArray()))
        {
            image[block + 7] = 2;
            image.AsSpan(block + 16, 8).CopyTo(image.AsSpan(block + 24));
        }

        Assert.Contains("not in order", Assert.Throws<DiskFormatException>(() => Open(image).GetFreeExtents().Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_of_other_people_is_read()
    {
        using VirtualDisk disk = DiskOpener.Open(TestFile.UnpackSample("volumes/xfs.vhdx", _folder));
        Partition partition = Assert.Single(PartitionTable.Read(disk).Partitions);
        IFileSystem files = FileSystem.TryOpen(new ByteSourceSlice(disk, partition.Offset, partition.Length, "the partition"))!;
        Assert.Equal((FileSystemKind.Xfs, false), (files.Kind, files.IsDirty));
        Assert.InRange(CountReadable(files, string.Empty), 4000, int.MaxValue);
        Assert.Equal(files.FreeBytes, files.GetFreeExtents().Sum(static extent => extent.Length));
    }

    /// <summary>How many files there are, each of which is read in part: some are very large.</summary>
    private static int CountReadable(IFileSystem files, string folder)
    {
        byte[] start = new byte[1000];
        int count = 0;
        foreach (FileSystemEntry entry in files.Enumerate(folder))
        {
            if (entry.IsDirectory)
            {
                count += CountReadable(files, entry.Path);
                continue;
            }

            using Stream content = files.OpenFile(entry.Path);
            Assert.Equal(Math.Min(start.Length, entry.Length), content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
            count++;
        }

        return count;
    }

    private static IFileSystem Open(byte[] image) => FileSystem.TryOpen(new MemoryByteSource(image))!;

    private static void AddFeature(byte[] image, uint feature)
    {
        Span<byte> features = image.AsSpan(Features);
        BinaryPrimitives.WriteUInt32BigEndian(features, BinaryPrimitives.ReadUInt32BigEndian(features) | feature);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(Checksum), StructureChecksum.Crc32COf(image.AsSpan(0, SectorSize), Checksum));
    }

    /// <summary>The log's bytes: blocks are numbered group by group.</summary>
    private static Span<byte> FindLog(byte[] image)
    {
        ulong start = BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(LogStart));
        int blockSize = BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(4));
        int groupLog = image[GroupBlockLog];
        long block = ((long)(start >> groupLog) * BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(GroupBlocks))) + (long)(start & ((1UL << groupLog) - 1));
        return image.AsSpan((int)(block * blockSize), BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(96)) * blockSize);
    }

    private static int[] FindBlocks(byte[] image, int position, params byte[] signature)
        => [.. Enumerable.Range(0, image.Length / SectorSize).Select(static number => number * SectorSize).Where(offset => image.AsSpan(offset + position).StartsWith(signature))];

    private static int FindLastRecord(ReadOnlySpan<byte> log)
    {
        int last = -1;
        for (int offset = 0; offset < log.Length; offset += SectorSize)
        {
            last = log[offset..].StartsWith((ReadOnlySpan<byte>)[0xFE, 0xED, 0xBA, 0xBE]) ? offset : last;
        }

        return last;
    }

    private byte[] ReadImage(string volume) => File.ReadAllBytes(TestFile.Unpack($"volumes/{volume}.img", _folder));
}

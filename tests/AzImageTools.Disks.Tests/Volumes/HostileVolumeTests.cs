using System.Buffers.Binary;
using System.IO.Compression;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection.Initramfs;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>Volumes whose structures lead to the same place again and again, or unpack to far more than they hold.</summary>
public sealed class HostileVolumeTests : IDisposable
{
    private const int ExtentSize = 12;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_ext4_folder_that_has_one_block_many_times_is_refused_at_the_second()
    {
        byte[] volume = WithRootExtents(static (place, index) => (index, 1, place), length: 4);
        IFileSystem files = FileSystem.TryOpen(new DistantSource(volume, new ReadBudget("volume")))!;
        List<string> names = [];
        DiskFormatException error = Assert.Throws<DiskFormatException>(() =>
        {
            foreach (FileSystemEntry entry in files.Enumerate(string.Empty))
            {
                names.Add(entry.Name);
            }
        });
        Assert.Contains("The folder of inode 2 has one block of the volume twice", error.Message, StringComparison.Ordinal);
        Assert.Equal(names.Distinct(), names);
        Assert.NotEmpty(names);
    }

    [Fact]
    public void Extents_of_an_ext4_file_that_overlap_are_refused()
    {
        byte[] volume = WithRootExtents(static (place, index) => (index, 2, place + (2 * index)), length: 4);
        IFileSystem files = FileSystem.TryOpen(new DistantSource(volume, new ReadBudget("volume")))!;
        DiskFormatException error = Assert.Throws<DiskFormatException>(() => files.Enumerate(string.Empty).Count());
        Assert.Contains("Inode 2: its extent of 2 blocks from block 0 on overlaps the next one, from block 1 on", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hole_of_an_ext3_file_that_is_told_by_one_block_of_pointers_again_and_again_costs_no_more_than_the_budget()
    {
        byte[] volume = WithOneBlockOfPointers(out string path);
        IFileSystem files = FileSystem.TryOpen(new DistantSource(volume, new ReadBudget("volume")))!;
        using ReadOnlyStream content = Assert.IsType<ReadOnlyStream>(files.OpenFile(path), exactMatch: false);
        Assert.Contains("a block map of inode", Assert.Throws<ReadLimitException>(() => content.FindData(0)).Structure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ext4.img")]
    [InlineData("xfs.img")]
    [InlineData("xfs4.img")]
    [InlineData("ntfs.img")]
    public void More_files_than_the_budget_has_end_in_an_error_that_names_one(string name)
    {
        byte[] volume = File.ReadAllBytes(TestFile.Unpack("volumes/" + name, _folder));
        IFileSystem files = FileSystem.TryOpen(new DistantSource(volume, new ReadBudget("volume", ReadLimits.Least with { Visited = 60 }, CancellationToken.None)))!;
        ReadLimitException error = Assert.Throws<ReadLimitException>(() => Enumerable.Range(0, 100).Count(_ => files.Enumerate(string.Empty).Any()));
        Assert.Matches(@"the last for (an inode|a file record|a node|a block)[^(]* \([0-9]+\)", error.Message);
    }

    [Theory]
    [InlineData("ext4.img", 0)]
    [InlineData("ntfs.img", 1034)]
    [InlineData("fat32.img", 0)]
    [InlineData("fat16.img", 0)]
    public void Free_space_in_more_pieces_than_the_budget_has_is_an_error(string name, int most)
    {
        byte[] volume = File.ReadAllBytes(TestFile.Unpack("volumes/" + name, _folder));
        IFileSystem files = FileSystem.TryOpen(new DistantSource(volume, new ReadBudget("volume", ReadLimits.Least with { Allocated = most }, CancellationToken.None)))!;
        Assert.Contains("free", Assert.Throws<ReadLimitException>(() => files.GetFreeExtents().Count()).Structure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_initramfs_that_unpacks_to_more_than_its_disk_may_cost_ends_in_an_error_or_when_it_is_no_longer_wanted(bool isCancelled)
    {
        byte[] packed = Pack(entries: 40, bytesEach: 1 << 20);
        using CancellationTokenSource stop = new();
        ReadBudget budget = new("disk", ReadLimits.Least with { Worked = isCancelled ? 1L << 40 : 40L << 20 }, stop.Token);
        using FileContentStream content = new(new FileContent(new DistantSource(packed, budget), "initrd.img", [new FileRun(0, 0, packed.Length)], packed.Length, packed.Length));
        int names = 0;
        void Read()
        {
            foreach (string name in InitramfsArchive.EnumerateNames(content, "initrd.img"))
            {
                if (++names == 3 && isCancelled)
                {
                    stop.Cancel();
                }
            }
        }

        if (isCancelled)
        {
            Assert.Throws<OperationCanceledException>(Read);
        }
        else
        {
            Assert.Contains("initrd.img, unpacked from byte 0 on", Assert.Throws<ReadLimitException>(Read).Structure, StringComparison.Ordinal);
        }

        Assert.InRange(names, 3, 12);
    }

    /// <summary>A gzip-compressed cpio archive of files of zeros.</summary>
    private static byte[] Pack(int entries, int bytesEach)
    {
        using MemoryStream output = new();
        using (GZipStream gzip = new(output, CompressionLevel.Fastest))
        {
            for (int i = 0; i <= entries; i++)
            {
                string name = i == entries ? "TRAILER!!!" : $"f{i:D9}";
                string header = "070701" + string.Concat(Enumerable.Range(0, 13).Select(field => (field == 6 && i < entries ? bytesEach : field == 11 ? name.Length + 1 : 0).ToString("X8", null)));
                gzip.Write(System.Text.Encoding.ASCII.GetBytes(header + name));

                // A zero ends the name, and what follows begins at a multiple of 4.
                gzip.Write(new byte[4 - ((header.Length + name.Length) % 4)]);
                gzip.Write(new byte[i == entries ? 0 : bytesEach]);
            }
        }

        return output.ToArray();
    }

    /// <summary>The ext3 volume of the test data with a file whose pointers, three times indirect, all lead to one block of zeros.</summary>
    private byte[] WithOneBlockOfPointers(out string path)
    {
        byte[] volume = File.ReadAllBytes(TestFile.Unpack("volumes/ext3.img", _folder));
        IFileSystem files = FileSystem.TryOpen(new MemoryByteSource(volume))!;
        FileSystemEntry file = files.Enumerate(string.Empty).Where(static entry => entry.IsDirectory).SelectMany(files.Enumerate)
            .First(entry => !entry.IsDirectory && !entry.IsLink && entry.Location.Number <= BinaryPrimitives.ReadUInt32LittleEndian(volume.AsSpan(1024 + 40)));
        path = file.Path;
        int blockSize = 1024 << BinaryPrimitives.ReadInt32LittleEndian(volume.AsSpan(1024 + 24));
        int inodeSize = BinaryPrimitives.ReadUInt16LittleEndian(volume.AsSpan(1024 + 88));
        int table = BinaryPrimitives.ReadInt32LittleEndian(volume.AsSpan(blockSize + 8));
        int[] blocks = [.. files.GetFreeExtents().SelectMany(extent => Enumerable.Range(0, (int)(extent.Length / blockSize)).Select(index => (int)(extent.Offset / blockSize) + index)).Take(3)];
        Span<byte> inode = volume.AsSpan((table * blockSize) + (((int)file.Location.Number - 1) * inodeSize), inodeSize);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[4..], uint.MaxValue);
        BinaryPrimitives.WriteInt32LittleEndian(inode[108..], 1000);
        inode.Slice(40, 60).Clear();
        BinaryPrimitives.WriteInt32LittleEndian(inode[96..], blocks[0]);
        for (int i = 0; i < blockSize; i += sizeof(int))
        {
            BinaryPrimitives.WriteInt32LittleEndian(volume.AsSpan((blocks[0] * blockSize) + i), blocks[1]);
            BinaryPrimitives.WriteInt32LittleEndian(volume.AsSpan((blocks[1] * blockSize) + i), blocks[2]);
        }

        volume.AsSpan(blocks[2] * blockSize, blockSize).Clear();
        return volume;
    }

    /// <summary>The ext4 volume of the test data with other extents for its root folder.</summary>
    /// <param name="extent">The first block of the folder, their number and their first place on the volume, by the place of the folder's own block and the extent's number.</param>
    /// <param name="length">How many extents, and blocks of the folder.</param>
    private byte[] WithRootExtents(Func<long, int, (int First, int Count, long Place)> extent, int length)
    {
        byte[] volume = File.ReadAllBytes(TestFile.Unpack("volumes/ext4.img", _folder));
        Span<byte> superblock = volume.AsSpan(1024, 1024);
        int blockSize = 1024 << BinaryPrimitives.ReadInt32LittleEndian(superblock[24..]);
        int firstBlock = BinaryPrimitives.ReadInt32LittleEndian(superblock[20..]);
        int table = BinaryPrimitives.ReadInt32LittleEndian(volume.AsSpan(((firstBlock + 1) * blockSize) + 8));
        Span<byte> root = volume.AsSpan((table * blockSize) + BinaryPrimitives.ReadUInt16LittleEndian(superblock[88..]));
        Span<byte> map = root.Slice(40, 60);
        Assert.Equal(0xF30A, BinaryPrimitives.ReadUInt16LittleEndian(map));
        Assert.Equal(0, map[6]);
        long place = BinaryPrimitives.ReadUInt32LittleEndian(map[(ExtentSize + 8)..]);
        BinaryPrimitives.WriteInt32LittleEndian(root[4..], length * blockSize);
        BinaryPrimitives.WriteUInt16LittleEndian(map[2..], (ushort)length);
        for (int i = 0; i < length; i++)
        {
            (int first, int count, long at) = extent(place, i);
            Span<byte> stored = map[((i + 1) * ExtentSize)..];
            BinaryPrimitives.WriteInt32LittleEndian(stored, first);
            BinaryPrimitives.WriteUInt16LittleEndian(stored[4..], (ushort)count);
            BinaryPrimitives.WriteUInt16LittleEndian(stored[6..], 0);
            BinaryPrimitives.WriteUInt32LittleEndian(stored[8..], (uint)at);
        }

        return volume;
    }
}

using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Vhdx;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Logs of VHDXs by a builder that follows [MS-VHDX] 2.3.</summary>
public sealed class VhdxLogTests : IDisposable
{
    private const int BlockSize = 1 << 20;
    private const long Capacity = 8L * BlockSize;
    private const long FileLength = VhdxBuilder.FirstBlockOffset + (2L * BlockSize);
    private const int SectorSize = 4096;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_entries_from_the_tail_on_are_replayed_in_order_and_the_file_is_left_as_it_is()
    {
        // An entry of the log has two sectors where it changes one.
        string path = Save(new VhdxLogBuilder()
            .Entry(7, 0, FileLength, (VhdxBuilder.FirstBlockOffset, Bytes(9)[..SectorSize], 0))
            .Entry(8, 2 * SectorSize, FileLength, Table(1, 1, 1))
            .Entry(9, 2 * SectorSize, FileLength, Table(0, 1)));
        byte[] before = File.ReadAllBytes(path);
        using (VirtualDisk disk = DiskOpener.Open(path))
        {
            // Entry 7 is older than the tail: what it says is in the file already, and was changed since.
            Assert.Equal(Bytes(1), DiskContent.Read(disk, 0, BlockSize));
            Assert.Equal(Bytes(2), DiskContent.Read(disk, BlockSize, BlockSize));
            Assert.Equal([new DiskExtent(0, 2 * BlockSize)], disk.GetExtents(0, Capacity));
            Assert.Equal(before.Length, disk.FileSize);
            Assert.Contains("not closed cleanly", Assert.Single(disk.Problems), StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Entries_that_claim_much_of_a_long_log_or_more_each_cost_the_memory_of_one(int growth)
    {
        const int LogLength = 64 << 20;
        string path = new VhdxBuilder(Capacity) { Log = (VhdxLogBuilder.Id, []) }.Save(_folder.File("long.vhdx"));
        using (FileStream file = new(path, FileMode.Open))
        {
            long log = file.Length;
            foreach (long place in new[] { Header.FirstOffset, Header.SecondOffset })
            {
                byte[] header = new byte[Header.Size];
                RandomAccess.Read(file.SafeFileHandle, header, place);
                BitConverter.TryWriteBytes(header.AsSpan(68), LogLength);
                BitConverter.TryWriteBytes(header.AsSpan(72), log);
                BitConverter.TryWriteBytes(header.AsSpan(4), StructureChecksum.Crc32COf(header, 4));
                RandomAccess.Write(file.SafeFileHandle, header, place);
            }

            for (int sector = 1; sector < 5; sector++)
            {
                int claimed = LogLength - (growth * (4 - sector) * (LogLength / 4));
                byte[] entry = [.. "loge"u8, 0, 0, 0, 0, .. BitConverter.GetBytes(claimed), .. new byte[20], .. VhdxLogBuilder.Id.ToByteArray()];
                RandomAccess.Write(file.SafeFileHandle, entry, log + (sector * SectorSize));
            }

            file.SetLength(log + LogLength);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("no valid sequence", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, LogLength, LogLength + (8 << 20));
    }

    [Fact]
    public void Of_several_sequences_the_newest_is_replayed()
    {
        string path = Save(new VhdxLogBuilder()
            .Entry(20, 0, FileLength, Table(1))
            .Entry(3, 2 * SectorSize, FileLength, Table(0, 0))
            .Entry(4, 2 * SectorSize, FileLength, Table(0, 1)));

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(Bytes(2), DiskContent.Read(disk, 0, BlockSize));
        Assert.Equal([new DiskExtent(0, BlockSize)], disk.GetExtents(0, Capacity));
    }

    [Fact]
    public void A_sequence_and_an_entry_that_go_on_at_the_logs_beginning_are_replayed()
    {
        const int Start = VhdxBuilder.LogLength - (3 * SectorSize);
        string path = Save(new VhdxLogBuilder { Head = Start }
            .Entry(5, Start, FileLength, Table(1, 1))
            .Entry(6, Start, FileLength, Table(1, 0))
            .Entry(7, Start, FileLength, Table(0, 1)));

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal([.. Bytes(1), .. Bytes(2)], DiskContent.Read(disk, 0, 2 * BlockSize));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(SectorSize)]
    [InlineData(SectorSize + 2000)]
    [InlineData((2 * SectorSize) - 1)]
    public void A_torn_entry_ends_the_sequence_before_it(int damaged)
    {
        VhdxLogBuilder log = new VhdxLogBuilder().Entry(5, 0, FileLength, Table(1)).Entry(6, 0, FileLength, Table(0));
        log.Content[(2 * SectorSize) + damaged] ^= 0x10;

        using VirtualDisk disk = DiskOpener.Open(Save(log));
        Assert.Equal(Bytes(2), DiskContent.Read(disk, 0, BlockSize));
    }

    [Fact]
    public void A_torn_entry_that_alone_knows_the_tail_leaves_no_valid_sequence()
    {
        VhdxLogBuilder log = new VhdxLogBuilder().Entry(5, 0, FileLength, Table(0));
        log.Content[SectorSize + 9] ^= 1;

        Assert.Contains("no valid sequence", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(Save(log))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Zeroes_and_data_over_one_another_are_replayed_in_order()
    {
        const long First = VhdxBuilder.FirstBlockOffset;
        byte[] page = Bytes(9)[..SectorSize];
        string path = Save(new VhdxLogBuilder()
            .Entry(1, 0, FileLength, Table(0), (First + (4 * SectorSize), null, 8 * SectorSize))
            .Entry(2, 0, FileLength, (First + (6 * SectorSize), page, 0), (First + (7 * SectorSize), page, 0))
            .Entry(3, 0, FileLength, (First + (7 * SectorSize), null, 2 * SectorSize)));
        byte[] expected = Bytes(1);
        expected.AsSpan(4 * SectorSize, 8 * SectorSize).Clear();
        page.CopyTo(expected, 6 * SectorSize);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(expected, DiskContent.Read(disk, 0, BlockSize));
        for (int offset = (4 * SectorSize) - 10; offset < 13 * SectorSize; offset += 1003)
        {
            Assert.Equal(expected[offset..(offset + 6000)], DiskContent.Read(disk, offset, 6000));
        }
    }

    [Fact]
    public void A_file_shorter_than_its_log_says_is_refused_as_cut_off()
    {
        string path = Save(new VhdxLogBuilder().Entry(1, 0, FileLength + BlockSize, Table(0)));
        Assert.Contains("cut off", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);

        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(FileLength + BlockSize);
        }

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(Bytes(1), DiskContent.Read(disk, 0, BlockSize));
    }

    [Fact]
    public void A_block_for_which_the_file_was_not_made_longer_yet_is_zero()
    {
        string path = Save(new VhdxLogBuilder { LastFileOffset = FileLength + (4 * BlockSize) }.Entry(1, 0, FileLength, Table(5, 1)));

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal([.. new byte[BlockSize], .. Bytes(2)], DiskContent.Read(disk, 0, 2 * BlockSize));
        Assert.Equal(FileLength, disk.FileSize);
    }

    [Fact]
    public void Changes_behind_the_files_end_make_it_longer()
    {
        string path = _folder.File("short.bin");
        File.WriteAllBytes(path, Bytes(1)[..10_000]);
        using DiskFile file = DiskFile.Open(path);
        LogOverlay overlay = new(file);
        overlay.Zero(4096, 4096);
        overlay.Extend(20_000);
        file.Overlay(overlay);

        Assert.Equal((20_000, 10_000), (file.Length, file.StoredLength));
        Assert.Equal([.. Bytes(1)[..4096], .. new byte[4096], .. Bytes(1)[8192..10_000], .. new byte[10_000]], file.Read(0, 20_000));
        Assert.Equal([new DiskExtent(0, 20_000)], file.GetDataRanges(0, 20_000));
        Assert.Throws<DiskFormatException>(() => file.Read(19_999, 2));
    }

    [Fact]
    public void An_entry_of_another_log_is_not_replayed()
    {
        VhdxLogBuilder log = new VhdxLogBuilder().Entry(1, 0, FileLength, Table(0));
        string path = new VhdxBuilder(Capacity) { Log = (Guid.NewGuid(), log.Content) }.Block(5, Bytes(1)).Save(_folder.File("disk.vhdx"));

        Assert.Contains("no valid sequence", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_whose_entries_lie_in_one_another_costs_little()
    {
        // Each sector begins an entry that reaches to the log's end: checked one by one, that were 128 times the log.
        VhdxLogBuilder log = new();
        for (int start = 0; start < VhdxBuilder.LogLength; start += SectorSize)
        {
            log.Head = start;
            log.Entry(1, 0, FileLength);
            BitConverter.TryWriteBytes(log.Content.AsSpan(start + 8), VhdxBuilder.LogLength - start);
        }

        Assert.Contains("overlap", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(Save(log))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_logs_of_the_builder_are_replayed_by_qemu_to_the_same_disk()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = Save(new VhdxLogBuilder()
            .Entry(7, 0, FileLength, Table(0, 1))
            .Entry(8, 0, FileLength, Table(1, 0), (VhdxBuilder.FirstBlockOffset + SectorSize, null, 3 * SectorSize)));
        string replayed = _folder.File("replayed.vhdx");
        File.Copy(path, replayed);
        await ExternalTool.RunAsync("qemu-img", "check", "-r", "all", "-f", "vhdx", replayed);
        using VirtualDisk disk = DiskOpener.Open(path);
        string ours = DiskContent.Save(disk, _folder.File("ours.raw"));

        string output = await ExternalTool.RunAsync("qemu-img", "compare", "--image-opts", $"driver=vhdx,file.filename={replayed}", $"driver=raw,file.filename={ours}");
        Assert.Contains("Images are identical.", output, StringComparison.Ordinal);
    }

    private static byte[] Bytes(int seed)
    {
        byte[] bytes = new byte[BlockSize];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The first 4 KiB of a block allocation table that puts the first disk blocks on blocks of the file.</summary>
    private static (long Offset, byte[]? Data, long ZeroLength) Table(params int[] fileBlocks)
    {
        byte[] table = new byte[SectorSize];
        for (int block = 0; block < fileBlocks.Length; block++)
        {
            BitConverter.TryWriteBytes(table.AsSpan(block * 8), (ulong)(VhdxBuilder.FirstBlockOffset + ((long)fileBlocks[block] * BlockSize)) | 6);
        }

        return (VhdxBuilder.TableOffset, table, 0);
    }

    /// <summary>A disk whose table has nothing of its first blocks: the log has to tell of them.</summary>
    private string Save(VhdxLogBuilder log)
        => new VhdxBuilder(Capacity) { Log = (VhdxLogBuilder.Id, log.Content) }
            .Block(5, Bytes(1))
            .Block(6, Bytes(2))
            .Save(_folder.File("disk.vhdx"));
}

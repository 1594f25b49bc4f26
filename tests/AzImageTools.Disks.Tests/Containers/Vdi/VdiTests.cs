using System.Buffers.Binary;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers.Vdi;

/// <summary>VDIs as qemu-img makes them, whole and damaged in one way each.</summary>
public sealed class VdiTests : IDisposable
{
    private const int BlockSize = 1 << 20;
    private const uint Free = 0xFFFFFFFF;
    private const uint Zero = 0xFFFFFFFE;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", DiskSubFormat.Dynamic)]
    [InlineData("static=on", DiskSubFormat.Fixed)]
    public async Task An_image_reads_as_the_disk_it_was_made_of(string options, DiskSubFormat expected)
    {
        (string raw, string path) = await MakeAsync(options);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal((DiskFormat.Vdi, expected), (disk.Format, disk.SubFormat));
        Assert.Empty(disk.Problems);
        PatternDisk.AssertSame(raw, disk);
        Assert.Empty(DiskChecker.Check(path));
    }

    [Fact]
    public async Task Blocks_that_are_free_zero_or_in_another_order_read_as_qemu_reads_them()
    {
        (string raw, string path) = await MakeAsync("static=on");
        uint map = Read(path, 0x154);
        Write(path, map + (2 * sizeof(uint)), Free);
        Write(path, map + (3 * sizeof(uint)), Zero);
        Write(path, map + (5 * sizeof(uint)), 7);
        Write(path, map + (7 * sizeof(uint)), 5);
        await ExternalTool.RunAsync("qemu-img", "convert", "-f", "vdi", "-O", "raw", path, raw);

        using VirtualDisk disk = DiskOpener.Open(path);
        PatternDisk.AssertSame(raw, disk);
        Assert.DoesNotContain(disk.GetExtents(0, disk.Capacity), static extent => extent.Offset < 4 * BlockSize && extent.End > 2 * BlockSize);
    }

    [Theory]
    [InlineData(0x44, 0x0001_0002u, "version 1.2")]
    [InlineData(0x4C, 3u, "VBoxManage clonemedium")]
    [InlineData(0x4C, 4u, "VBoxManage clonemedium")]
    [InlineData(0x4C, 9u, "image type 9")]
    [InlineData(0x154, 0x10u, "block map")]
    [InlineData(0x154, 0xFFFFFF00u, "block map")]
    [InlineData(0x168, 4096u, "sectors have 4096 bytes")]
    [InlineData(0x170, 3_144_728u, "whole sectors")]
    [InlineData(0x174, 0x80000000u, "capacity")]
    [InlineData(0x174, 0x00100000u, "capacity")]
    [InlineData(0x178, 0u, "blocks have 0 bytes")]
    [InlineData(0x178, 1_000_000u, "blocks have 1000000 bytes")]
    [InlineData(0x17C, 512u, "further bytes")]
    [InlineData(0x180, 2u, "do not hold")]
    public async Task A_header_that_can_not_be_is_refused_at_its_byte(int offset, uint value, string expected)
    {
        (_, string path) = await MakeAsync(string.Empty);
        Write(path, offset, value);

        DiskFormatException failure = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.InRange(failure.Offset!.Value, offset & ~7, offset);
        Assert.Contains(DiskChecker.Check(path), found => found.Severity == InconsistencySeverity.Error && found.Offset == failure.Offset);
    }

    [Fact]
    public async Task A_block_outside_the_file_is_refused_when_it_is_read_and_found_by_a_check()
    {
        (_, string path) = await MakeAsync("static=on");
        uint map = Read(path, 0x154);
        Write(path, map + sizeof(uint), 0x00FFFFFF);

        using (VirtualDisk disk = DiskOpener.Open(path))
        {
            DiskFormatException failure = Assert.Throws<DiskFormatException>(() => DiskContent.Read(disk, BlockSize, 512));
            Assert.Equal(map + sizeof(uint), failure.Offset);
        }

        Assert.Contains(DiskChecker.Check(path), found => found.Severity == InconsistencySeverity.Error && found.Offset == map + sizeof(uint));
    }

    [Fact]
    public async Task Two_blocks_on_one_place_and_a_wrong_count_are_found_by_a_check()
    {
        (_, string path) = await MakeAsync("static=on");
        uint map = Read(path, 0x154);
        Write(path, map + (4 * sizeof(uint)), Read(path, map));
        Write(path, 0x184, 1);

        DiskInconsistency[] found = [.. DiskChecker.Check(path)];
        Assert.Contains(found, static found => found.Problem.Contains("block 0 and block 4 overlap", StringComparison.Ordinal));
        Assert.Contains(found, static found => found is { Offset: 0x184, Severity: InconsistencySeverity.Error });
    }

    [Fact]
    public async Task Two_blocks_on_one_place_are_refused_even_where_the_file_has_room_for_both()
    {
        (_, string path) = await MakeAsync("static=on");
        uint map = Read(path, 0x154);
        Write(path, map + (2 * sizeof(uint)), Read(path, map));

        DiskFormatException failure = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path));
        Assert.Contains("overlap", failure.Message, StringComparison.Ordinal);
        Assert.Equal(map + (2 * sizeof(uint)), failure.Offset);
    }

    [Fact]
    public void The_room_before_the_blocks_is_no_leak_but_a_block_that_none_uses_is()
    {
        const int SmallBlock = 4096;
        const uint Map = 0x200;
        const uint Data = 0x100000;
        string path = _folder.File("small.vdi");
        byte[] image = new byte[Data + (3 * SmallBlock)];
        void Put(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(offset), value);
        foreach ((int offset, uint value) in new[]
        {
            (0x40, 0xBEDA107Fu), (0x44, 0x00010001u), (0x48, 0x190u), (0x4C, 1u), (0x154, Map), (0x158, Data), (0x168, 512u), (0x170, 2u * SmallBlock),
            (0x178, (uint)SmallBlock), (0x180, 2u), (0x184, 2u), ((int)Map, 1u), ((int)Map + sizeof(uint), 2u),
        })
        {
            Put(offset, value);
        }

        File.WriteAllBytes(path, image);
        DiskInconsistency leak = Assert.Single(DiskChecker.Check(path));
        Assert.Equal((InconsistencySeverity.Leak, Data), (leak.Severity, leak.Offset));
    }

    [Fact]
    public async Task An_image_that_is_cut_off_is_refused()
    {
        (_, string path) = await MakeAsync("static=on");
        await using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(file.Length / 2);
        }

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Throws<DiskFormatException>(() => DiskContent.Read(disk, 0, PatternDisk.Capacity));
    }

    [Fact]
    public async Task Whatever_is_changed_or_cut_off_it_reads_or_is_refused()
    {
        (_, string path) = await MakeAsync(string.Empty);

        Mutations.AssertSurvived(path, "0N0XIzNsQ0O2", iterations: 2000);
        Mutations.AssertTruncationSurvived(path, "0N0XIzNsQ0O2", iterations: 100);
    }

    private async Task<(string Raw, string Path)> MakeAsync(string options)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string raw = PatternDisk.Create(_folder.File("source.raw"));
        string path = _folder.File("disk.vdi");
        await PatternDisk.ConvertAsync(raw, "vdi", options, path);
        return (raw, path);
    }

    private static uint Read(string path, long offset)
    {
        byte[] bytes = new byte[sizeof(uint)];
        using FileStream file = File.OpenRead(path);
        file.Position = offset;
        file.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private static void Write(string path, long offset, uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        using FileStream file = File.OpenWrite(path);
        file.Position = offset;
        file.Write(bytes);
    }
}

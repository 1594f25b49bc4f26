using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Vhd;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Conversion;

public sealed class FixedVhdImageTests : IDisposable
{
    private static readonly DateTimeOffset Created = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid UniqueId = new("00112233-4455-6677-8899-aabbccddeeff");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ready.raw", "raw")]
    [InlineData("ready-dynamic.vhd", "vpc")]
    [InlineData("ready-dynamic.vhdx", "vhdx")]
    [InlineData("mbr-fixed.vhd", "vpc")]
    [InlineData("mbr-dynamic.vhdx", "vhdx")]
    [InlineData("no-os.vhd", "vpc")]
    public async Task What_is_made_of_a_disk_is_identical_to_it_for_qemu(string name, string format)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string source = TestDisks.Unpack(name, _folder);
        using VirtualDisk disk = DiskOpener.Open(source);
        FixedVhdImage image = new(disk, Created);
        string made = Write(image, "made.vhd");

        // Over the capacity of the source; qemu-img says so where the longer one goes on with zeros.
        string sourceOptions = $"driver={format},file.filename={source}" + (format == "vpc" ? ",force_size_calc=current_size" : string.Empty);
        string output = await ExternalTool.RunAsync("qemu-img", "compare", "--image-opts", sourceOptions, $"driver=vpc,file.filename={made}");
        Assert.Contains("Images are identical.", output, StringComparison.Ordinal);

        using JsonDocument info = JsonDocument.Parse(await ExternalTool.RunAsync("qemu-img", "info", "-f", "vpc", "--output=json", made));
        Assert.Equal(image.Capacity, info.RootElement.GetProperty("virtual-size").GetInt64());
    }

    [Fact]
    public async Task A_raw_disk_of_3_MiB_and_512_bytes_becomes_4_MiB_with_a_zero_tail()
    {
        string path = _folder.File("odd.raw");
        byte[] content = new byte[(3 << 20) + 512];
        new Random(3).NextBytes(content);
        await File.WriteAllBytesAsync(path, content, TestContext.Current.CancellationToken);
        using VirtualDisk disk = DiskOpener.Open(path);
        FixedVhdImage image = new(disk, Created);

        Assert.Equal(4 << 20, image.Capacity);
        Assert.Equal((4 << 20) + 512, image.Length);
        byte[] all = new byte[image.Length];
        image.Read(0, all);
        Assert.Equal(content, all[..content.Length]);
        Assert.False(all.AsSpan(content.Length, (4 << 20) - content.Length).ContainsAnyExcept((byte)0));
        Assert.Equal(image.Footer.ToArray(), all[(4 << 20)..]);
        Assert.Equal([new DiskExtent(0, content.Length)], image.GetExtents(0, image.Capacity));
        Assert.Empty(image.GetExtents(content.Length, image.Capacity - content.Length));

        ExternalTool.SkipUnlessInstalled("qemu-img");
        using JsonDocument info = JsonDocument.Parse(await ExternalTool.RunAsync("qemu-img", "info", "-f", "vpc", "--output=json", Write(image, "made.vhd")));
        Assert.Equal(4 << 20, info.RootElement.GetProperty("virtual-size").GetInt64());
    }

    [Fact]
    public void Pieces_of_the_image_are_what_the_whole_is()
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("mbr-dynamic.vhd", _folder));
        FixedVhdImage image = new(disk, Created, UniqueId);
        byte[] whole = new byte[image.Length];
        image.Read(0, whole);

        foreach (int start in new[] { 0, 511, (int)disk.Capacity - 100, (int)disk.Capacity, (int)image.Capacity - 1, (int)image.Capacity, (int)image.Length - 1 })
        {
            byte[] piece = new byte[Math.Min(1_500_000, whole.Length - start)];
            piece.AsSpan().Fill(0xCC);
            image.Read(start, piece);
            Assert.True(piece.AsSpan().SequenceEqual(whole.AsSpan(start, piece.Length)), $"the piece at {start} differs");
        }

        Assert.Throws<DiskFormatException>(() => image.Read(image.Length - 1, new byte[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.GetExtents(image.Capacity, 512));
    }

    [Fact]
    public void The_footer_has_the_fields_that_the_specification_and_Azure_ask_for()
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("mbr-dynamic.vhd", _folder));
        ReadOnlySpan<byte> footer = new FixedVhdImage(disk, Created, UniqueId).Footer.Span;

        Assert.Equal(512, footer.Length);
        Assert.Equal("conectix", Encoding.ASCII.GetString(footer[..8]));
        Assert.Equal(2u, BinaryPrimitives.ReadUInt32BigEndian(footer[8..]));
        Assert.Equal(0x00010000u, BinaryPrimitives.ReadUInt32BigEndian(footer[12..]));
        Assert.Equal(ulong.MaxValue, BinaryPrimitives.ReadUInt64BigEndian(footer[16..]));
        Assert.Equal((uint)(Created - new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds, BinaryPrimitives.ReadUInt32BigEndian(footer[24..]));
        Assert.Equal("win ", Encoding.ASCII.GetString(footer[28..32]));
        Assert.Equal("Wi2k", Encoding.ASCII.GetString(footer[36..40]));
        Assert.Equal(26u << 20, BinaryPrimitives.ReadUInt64BigEndian(footer[40..]));
        Assert.Equal(26u << 20, BinaryPrimitives.ReadUInt64BigEndian(footer[48..]));
        Assert.Equal(2u, BinaryPrimitives.ReadUInt32BigEndian(footer[60..]));
        Assert.Equal("00112233445566778899AABBCCDDEEFF", Convert.ToHexString(footer[68..84]));
        uint sum = 0;
        for (int i = 0; i < footer.Length; i++)
        {
            sum += i is >= 64 and < 68 ? 0u : footer[i];
        }

        Assert.Equal(~sum, BinaryPrimitives.ReadUInt32BigEndian(footer[64..]));
    }

    [Fact]
    public void The_same_identifier_gives_the_same_bytes_and_none_gives_fresh_ones()
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("no-os.vhd", _folder));

        Assert.Equal(new FixedVhdImage(disk, Created, UniqueId).Footer.ToArray(), new FixedVhdImage(disk, Created, UniqueId).Footer.ToArray());
        Assert.NotEqual(new FixedVhdImage(disk, Created).Footer.ToArray(), new FixedVhdImage(disk, Created).Footer.ToArray());
    }

    [Theory]
    [InlineData(20L << 20, 602, 4, 17)]
    [InlineData(1L << 30, 2080, 16, 63)]
    [InlineData(127L << 30, 65278, 16, 255)]
    [InlineData(4L << 40, 65535, 16, 255)]
    public void The_geometry_follows_the_specification(long capacity, int cylinders, int heads, int sectorsPerTrack)
        => Assert.Equal(new DiskGeometry((ushort)cylinders, (byte)heads, (byte)sectorsPerTrack), DiskGeometry.FromCapacity(capacity));

    [Fact]
    public async Task The_geometry_is_the_one_that_qemu_writes()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        foreach (int mebibytes in new[] { 3, 20, 61, 127, 503, 504, 1024, 2047, 8192, 65536, 131072, 300000 })
        {
            string path = _folder.File($"{mebibytes}.vhd");
            await ExternalTool.RunAsync("qemu-img", "create", "-q", "-f", "vpc", "-o", "subformat=dynamic,force_size=off", path, $"{mebibytes}M");
            byte[] footer = new byte[512];
            using FileStream file = File.OpenRead(path);
            file.ReadExactly(footer);
            DiskGeometry written = new(BinaryPrimitives.ReadUInt16BigEndian(footer.AsSpan(56)), footer[58], footer[59]);

            // qemu rounds the capacity up to what its geometry holds, which gives the same geometry again.
            Assert.Equal(written, DiskGeometry.FromCapacity(BinaryPrimitives.ReadInt64BigEndian(footer.AsSpan(48))));
        }
    }

    [Fact]
    public void A_backup_partition_table_that_rounding_strands_is_told()
    {
        string path = TestDisks.Unpack("ready.raw", _folder);
        using (VirtualDisk aligned = DiskOpener.Open(path))
        {
            Assert.False(new FixedVhdImage(aligned, Created).StrandsBackupPartitionTable(PartitionTable.Read(aligned)));
        }

        using VirtualDisk mbr = DiskOpener.Open(TestDisks.Unpack("mbr-fixed.vhd", _folder));
        Assert.False(new FixedVhdImage(mbr, Created).StrandsBackupPartitionTable(PartitionTable.Read(mbr)));
    }

    [Fact]
    public async Task A_backup_partition_table_at_the_end_of_an_odd_disk_is_stranded()
    {
        ExternalTool.SkipUnlessInstalled("sgdisk");
        string path = _folder.File("odd.img");
        await using (FileStream file = File.Create(path))
        {
            file.SetLength((20 << 20) + 4096);
        }

        await ExternalTool.RunAsync("sgdisk", "-n", "1:2048:4095", path);
        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.True(new FixedVhdImage(disk, Created).StrandsBackupPartitionTable(PartitionTable.Read(disk)));
    }

    private string Write(FixedVhdImage image, string name)
    {
        string path = _folder.File(name);
        using FileStream file = File.Create(path);
        byte[] buffer = new byte[1 << 20];
        file.SetLength(image.Length);
        foreach (DiskExtent extent in image.GetExtents(0, image.Capacity))
        {
            for (long offset = extent.Offset; offset < extent.End; offset += buffer.Length)
            {
                Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.End - offset));
                image.Read(offset, part);
                RandomAccess.Write(file.SafeFileHandle, part, offset);
            }
        }

        RandomAccess.Write(file.SafeFileHandle, image.Footer.Span, image.Capacity);
        return path;
    }
}

using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Conversion.Layouts;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Conversion;

/// <summary>Image files that are made piece by piece, in any order.</summary>
public sealed class GrowingImageTests : IDisposable
{
    private const int Mebibyte = 1 << 20;
    private const long Capacity = 21 * Mebibyte;

    private static readonly Guid Id = new("0F6C0D5B-8C3B-4E0D-9B52-7E0C9F0A1B2C");
    private static readonly DateTimeOffset Created = new(2026, 11, 29, 0, 0, 0, TimeSpan.Zero);

    /// <summary>At both ends, over the boundary of two blocks, within one, and less than a page of a drive.</summary>
    private static readonly DiskExtent[] Data =
    [
        new(0, 3 * 512), new((2 * Mebibyte) - 1024, 2048), new(9 * Mebibyte, 70_144), new(Capacity - 512, 512),
    ];

    private readonly TempFolder _folder = new();
    private readonly byte[] _disk = new byte[Capacity];

    public GrowingImageTests()
    {
        Random random = new(11);
        foreach (DiskExtent range in Data)
        {
            random.NextBytes(_disk.AsSpan((int)range.Offset, (int)range.Length));
        }
    }

    public static TheoryData<string> Kinds => ["fixed.vhd", "dynamic.vhd", "dynamic.vhdx"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_whose_pieces_come_in_any_order_is_the_disk_without_a_fault(string kind)
    {
        string path = Make(kind, Data.Reverse());

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal((Capacity, kind.StartsWith("fixed", StringComparison.Ordinal) ? DiskSubFormat.Fixed : DiskSubFormat.Dynamic), (disk.Capacity, disk.SubFormat));
        Assert.Empty(disk.Problems);
        Assert.Equal(_disk, DiskContent.Read(disk, 0, (int)Capacity));
        Assert.Empty(DiskChecker.Check(path));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task QEMU_finds_the_same_disk_in_it(string kind)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string raw = _folder.File("disk.raw");
        await File.WriteAllBytesAsync(raw, _disk, TestContext.Current.CancellationToken);
        string path = Make(kind, Data);
        string format = Path.GetExtension(path) == ".vhdx" ? "vhdx" : "vpc";

        await ExternalTool.RunAsync("qemu-img", "compare", "-f", "raw", "-F", format, raw, path);
        if (format == "vhdx")
        {
            await ExternalTool.RunAsync("qemu-img", "check", "-f", "vhdx", path);
        }
    }

    [Theory]
    [InlineData("dynamic.vhd", 4)]
    [InlineData("dynamic.vhdx", 4)]
    public void A_dynamic_file_has_only_the_blocks_that_hold_data(string kind, int blocks)
        => Assert.InRange(new FileInfo(Make(kind, Data)).Length, blocks * 2L * Mebibyte, (blocks * 2L * Mebibyte) + (5 * Mebibyte));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_empty_disk_is_whole_without_a_piece(string kind)
    {
        Array.Clear(_disk);
        string path = Make(kind, []);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(_disk, DiskContent.Read(disk, 0, (int)Capacity));
        Assert.Empty(DiskChecker.Check(path));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Another_run_goes_on_with_what_one_left(string kind)
    {
        string path = _folder.File(kind);
        using (GrowingImage first = GrowingImage.Create(path, Layout(kind)))
        {
            Write(first, Data[0]);
            Write(first, Data[1]);
            first.Write(Data[2].Offset, new byte[] { 1, 2, 3 });
        }

        Assert.False(File.Exists(path));
        using (GrowingImage second = GrowingImage.TryContinue(path, Layout(kind))!)
        {
            byte[] read = new byte[Data[1].Length];
            second.Read(Data[1].Offset, read);
            Assert.Equal(_disk.AsSpan((int)Data[1].Offset, read.Length).ToArray(), read);
            Write(second, Data[2]);
            Write(second, Data[3]);
            second.Finish(TestContext.Current.CancellationToken);
            second.Complete(replaces: false);
        }

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(_disk, DiskContent.Read(disk, 0, (int)Capacity));
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public void Zeros_that_take_the_place_of_something_are_written()
    {
        string path = _folder.File("fixed.vhd");
        using (GrowingImage first = GrowingImage.Create(path, Layout("fixed.vhd")))
        {
            first.Write(4 * Mebibyte, Enumerable.Repeat((byte)7, Mebibyte).ToArray());
        }

        using (GrowingImage second = GrowingImage.TryContinue(path, Layout("fixed.vhd"))!)
        {
            second.Write(4 * Mebibyte, new byte[Mebibyte]);
            Array.ForEach(Data, range => Write(second, range));
            second.Finish(TestContext.Current.CancellationToken);
            second.Complete(replaces: false);
        }

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(_disk, DiskContent.Read(disk, 0, (int)Capacity));
    }

    [Fact]
    public void What_has_another_length_is_not_gone_on_with()
    {
        string path = _folder.File("dynamic.vhd");
        GrowingImage.Create(path, Layout("dynamic.vhd")).Dispose();

        Assert.Null(GrowingImage.TryContinue(path, Layout("fixed.vhd")));
        Assert.Null(GrowingImage.TryContinue(_folder.File("other.vhd"), Layout("fixed.vhd")));
    }

    [Fact]
    public void A_second_run_is_refused_while_the_first_works()
    {
        string path = _folder.File("fixed.vhd");
        using GrowingImage first = GrowingImage.Create(path, Layout("fixed.vhd"));

        Assert.Equal(VhdConversionProblem.DestinationInUse, Assert.Throws<VhdConversionException>(() => GrowingImage.Create(path, Layout("fixed.vhd"))).Problem);
        Assert.Equal(VhdConversionProblem.DestinationInUse, Assert.Throws<VhdConversionException>(() => GrowingImage.TryContinue(path, Layout("fixed.vhd"))).Problem);
    }

    [Fact]
    public void A_link_that_lies_where_the_file_is_made_is_neither_followed_nor_gone_on_with()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "not here: links need a right on Windows");
        string path = _folder.File("fixed.vhd");
        string other = _folder.File("other.bin");
        File.WriteAllBytes(other, new byte[Layout("fixed.vhd").FileLength]);
        File.CreateSymbolicLink(GrowingImage.PathFor(path), other);

        Assert.Null(GrowingImage.TryContinue(path, Layout("fixed.vhd")));
        using GrowingImage made = GrowingImage.Create(path, Layout("fixed.vhd"));
        Write(made, Data[0]);
        Assert.True(ZeroScanner.IsZero(File.ReadAllBytes(other)));
    }

    [Theory]
    [InlineData("fixed.vhd", true, 4096)]
    [InlineData("fixed.vhd", false, Capacity + 512)]
    [InlineData("dynamic.vhdx", true, 12L * Mebibyte)]
    public void A_volume_with_too_little_room_is_refused(string kind, bool keepsHoles, long needed)
    {
        string path = _folder.File(kind);

        GrowingImage.RequireRoom(path, Layout(kind), 4096, _ => new VolumeRoom(needed, keepsHoles));
        Assert.Equal(
            VhdConversionProblem.TooLittleRoom,
            Assert.Throws<VhdConversionException>(() => GrowingImage.RequireRoom(path, Layout(kind), 4096, _ => new VolumeRoom(needed - 1, keepsHoles))).Problem);
    }

    [Fact]
    public void A_disk_larger_than_2040_GiB_is_no_dynamic_VHD()
        => Assert.Throws<DiskFormatException>(() => ImageLayout.DynamicVhd((2040L << 30) + 512, [], Id, Created));

    [Theory]
    [InlineData(Capacity + 1024, "cut off")]
    [InlineData(Capacity, "cut off")]
    public void A_footer_that_states_another_length_is_none(long length, string problem)
        => Assert.Contains(problem, Assert.Throws<DiskFormatException>(() => FixedVhdFooter.Parse(FooterBytes(), "blob", length)).Message, StringComparison.Ordinal);

    private static byte[] FooterBytes()
        => new FixedVhdImage(new MemorySource(new byte[Capacity]), Created, Id).Footer.ToArray();

    private static ImageLayout Layout(string kind, DiskExtent[]? data = null) => kind switch
    {
        "fixed.vhd" => ImageLayout.FixedVhd(FixedVhdFooter.Parse(FooterBytes(), "blob", Capacity + FixedVhdFooter.Size)),
        "dynamic.vhd" => ImageLayout.DynamicVhd(Capacity, data ?? Data, Id, Created),
        _ => ImageLayout.Vhdx(Capacity, data ?? Data, Id),
    };

    private string Make(string kind, IEnumerable<DiskExtent> ranges)
    {
        string path = _folder.File(kind);
        DiskExtent[] all = [.. ranges];
        using GrowingImage made = GrowingImage.Create(path, Layout(kind, [.. all.OrderBy(range => range.Offset)]));
        Array.ForEach(all, range => Write(made, range));
        made.Finish(TestContext.Current.CancellationToken);
        made.Complete(replaces: false);
        return path;
    }

    private void Write(GrowingImage image, DiskExtent range) => image.Write(range.Offset, _disk.AsMemory((int)range.Offset, (int)range.Length));
}

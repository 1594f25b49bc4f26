using System.Buffers.Binary;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection.Checking;

/// <summary>The VMDKs of the test data, damaged in one way each.</summary>
public sealed class VmdkCheckTests : IDisposable
{
    private const int Sector = 512;
    private const int GrainSize = 65536;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pattern.vmdk")]
    [InlineData("pattern-stream.vmdk")]
    public async Task Nothing_is_found_in_an_image_that_is_whole(string name)
    {
        string path = TestDisks.Unpack(name, _folder);
        Assert.Empty(DiskChecker.Check(path));
        await AssertAsQemuAsync(path, isDamaged: false);
    }

    [Theory]
    [InlineData("subformat=monolithicSparse")]
    [InlineData("subformat=streamOptimized")]
    [InlineData("subformat=monolithicFlat")]
    [InlineData("subformat=twoGbMaxExtentSparse")]
    [InlineData("subformat=twoGbMaxExtentFlat")]
    public async Task Nothing_is_found_in_what_qemu_img_makes(string options)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = _folder.File("made.vmdk");
        await PatternDisk.ConvertAsync(PatternDisk.Create(_folder.File("source.raw")), "vmdk", options, path);
        Assert.Empty(DiskChecker.Check(path));
    }

    [Fact]
    public async Task A_grain_outside_the_file_is_found()
    {
        string path = Unpack(out long table, out _);
        Put(path, table, 0x7FFFFFFF);
        DiskInconsistency[] found = [.. DiskChecker.Check(path)];
        Assert.Contains(("Grain table", table, InconsistencySeverity.Error), found.Select(Describe));
        Assert.Contains(found, static found => found.Structure == "Redundant grain table");
        await AssertAsQemuAsync(path, isDamaged: true);
    }

    [Fact]
    public void A_grain_table_outside_the_file_is_found()
    {
        string path = Unpack(out _, out _);
        long directory = Read(path, 56) * (long)Sector;
        Put(path, directory, 0x7FFFFFFF);
        Assert.Contains(("Grain directory", directory, InconsistencySeverity.Error), DiskChecker.Check(path).Select(Describe));
    }

    [Fact]
    public void A_table_that_differs_from_its_copy_is_found()
    {
        string path = Unpack(out _, out long copy);
        Put(path, copy + 8, Read(path, copy + 8) + 1);
        DiskInconsistency found = Assert.Single(DiskChecker.Check(path));
        Assert.Equal(("Redundant grain table", copy + 8, InconsistencySeverity.Error), Describe(found));
        Assert.Contains("from grain 2 on", found.Problem);
    }

    [Fact]
    public void A_copy_outside_the_file_is_found()
    {
        string path = Unpack(out _, out _);
        long directory = Read(path, 48) * (long)Sector;
        Put(path, directory, 0x7FFFFFFF);
        Assert.Equal(("Redundant grain table", directory, InconsistencySeverity.Error), Describe(Assert.Single(DiskChecker.Check(path))));
    }

    [Fact]
    public void Two_grains_in_one_place_are_found_with_the_space_that_one_of_them_left()
    {
        string path = Unpack(out long table, out long copy);
        uint first = Read(path, table);
        long left = Read(path, table + 4) * (long)Sector;
        Put(path, table + 4, first);
        Put(path, copy + 4, first);
        DiskInconsistency[] found = [.. DiskChecker.Check(path)];
        Assert.Equal([("Grain table", first * (long)Sector, InconsistencySeverity.Error), ("Grains", left, InconsistencySeverity.Leak)], found.Select(Describe));
        Assert.Contains("grain 0 and grain 1 overlap", found[0].Problem);
        Assert.Contains($"the {GrainSize} bytes", found[1].Problem);
    }

    [Fact]
    public void An_image_that_was_not_closed_is_noted()
    {
        string path = Unpack(out _, out _);
        DamagedCopy.Write(path, 72, 1);
        Assert.Equal(("Header", 72, InconsistencySeverity.Note), Describe(Assert.Single(DiskChecker.Check(path))));
    }

    [Fact]
    public void A_compressed_grain_without_its_marker_is_found()
    {
        string path = TestDisks.Unpack("pattern-stream.vmdk", _folder);
        long table = Read(path, Read(path, 56) * (long)Sector) * (long)Sector;
        DamagedCopy.Write(path, Read(path, table) * (long)Sector, 0xFF);
        Assert.Contains(("Grain table", table, InconsistencySeverity.Error), DiskChecker.Check(path).Select(Describe));
    }

    [Fact]
    public async Task The_extents_of_a_disk_in_several_files_are_checked()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = _folder.File("made.vmdk");
        await PatternDisk.ConvertAsync(PatternDisk.Create(_folder.File("source.raw")), "vmdk", "subformat=twoGbMaxExtentSparse", path);
        string extent = _folder.File("made-s001.vmdk");
        DamagedCopy.Write(extent, 72, 1);

        DiskInconsistency found = Assert.Single(DiskChecker.Check(path));
        Assert.Equal((extent, "Header"), (found.Path, found.Structure));
    }

    [Fact]
    public void A_descriptor_that_can_not_be_read_is_found()
    {
        string path = _folder.File("bad.vmdk");
        File.WriteAllText(path, "# Disk DescriptorFile\nversion=1\nRW x SPARSE \"y.vmdk\"\n");
        Assert.Equal(("Descriptor", 0, InconsistencySeverity.Error), Describe(Assert.Single(DiskChecker.Check(path))));
    }

    [Fact]
    public void An_extent_that_is_missing_is_found()
    {
        string path = _folder.File("alone.vmdk");
        File.WriteAllText(path, "# Disk DescriptorFile\nversion=1\nparentCID=ffffffff\nRW 2048 SPARSE \"missing.vmdk\"\n");
        Assert.Contains("missing.vmdk", Assert.Single(DiskChecker.Check(path)).Problem);
    }

    private static (string Structure, long? Offset, InconsistencySeverity Severity) Describe(DiskInconsistency found) => (found.Structure, found.Offset, found.Severity);

    private static uint Read(string path, long offset) => BinaryPrimitives.ReadUInt32LittleEndian(DamagedCopy.Read(path, offset, 4));

    private static void Put(string path, long offset, uint value) => DamagedCopy.Write(path, offset, BitConverter.GetBytes(value));

    private static async Task AssertAsQemuAsync(string path, bool isDamaged)
    {
        if (ExternalTool.Find("qemu-img") is not null)
        {
            (int exitCode, _, _) = await ExternalTool.TryRunAsync("qemu-img", "check", "-f", "vmdk", path);
            Assert.Equal(isDamaged, exitCode != 0);
        }
    }

    /// <summary>Unpacks the disk; its first two grains are data.</summary>
    private string Unpack(out long table, out long copy)
    {
        string path = TestDisks.Unpack("pattern.vmdk", _folder);
        table = Read(path, Read(path, 56) * (long)Sector) * (long)Sector;
        copy = Read(path, Read(path, 48) * (long)Sector) * (long)Sector;
        Assert.True(Read(path, table) > 0 && Read(path, table + 4) > 0);
        return path;
    }
}

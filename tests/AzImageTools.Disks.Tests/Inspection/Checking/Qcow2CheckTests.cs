using System.Buffers.Binary;
using System.Text.Json;
using System.Text.RegularExpressions;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection.Checking;

/// <summary>Images that are damaged in one way each, held against what qemu-img check says of them.</summary>
public sealed partial class Qcow2CheckTests : IDisposable
{
    // Where qemu-img puts them in pattern.qcow2, whose clusters have 64 KiB: header, reference count table and block, L1 and L2 table, data.
    private const int Cluster = 65536;
    private const int CountTable = Cluster;
    private const int CountBlock = 2 * Cluster;
    private const int Level1 = 3 * Cluster;
    private const int Level2 = 4 * Cluster;
    private const int FirstData = 5 * Cluster;
    private const ulong Copied = 1UL << 63;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pattern.qcow2")]
    [InlineData("pattern-v2.qcow2")]
    [InlineData("pattern-zlib.qcow2")]
    [InlineData("pattern-zstd.qcow2")]
    [InlineData("pattern-extended.qcow2")]
    public async Task Nothing_is_found_in_an_image_that_is_whole(string name)
    {
        string path = TestDisks.Unpack(name, _folder);
        Assert.Empty(DiskChecker.Check(path));
        await AssertAsQemuAsync(path);
    }

    [Theory]
    [InlineData("refcount_bits=1")]
    [InlineData("refcount_bits=2")]
    [InlineData("refcount_bits=4")]
    [InlineData("refcount_bits=8")]
    [InlineData("refcount_bits=32")]
    [InlineData("refcount_bits=64,cluster_size=512")]
    [InlineData("cluster_size=2M,compression_type=zstd")]
    [InlineData("preallocation=metadata")]
    [InlineData("extended_l2=on,cluster_size=16k")]
    public async Task Reference_counts_of_any_width_are_read(string options)
    {
        string path = await CreateAsync(options);
        Assert.Empty(DiskChecker.Check(path));
        await ExternalTool.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 3 1M 300k", "-c", "discard 4M 2M", "-c", "write -c -P 8 4M 2M", "-c", "write -z 7M 100k", path);
        await AssertAsQemuAsync(path);
        Assert.Empty(DiskChecker.Check(path));
    }

    [Fact]
    public async Task Clusters_that_snapshots_share_are_counted_for_each()
    {
        string path = await CreateAsync("cluster_size=4k");
        await ExternalTool.RunAsync("qemu-img", "snapshot", "-c", "first", path);
        await ExternalTool.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 3 1M 300k", "-c", "write -P 4 11M 9k", path);
        await ExternalTool.RunAsync("qemu-img", "snapshot", "-c", "second", path);
        await ExternalTool.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 5 1M 8k", path);
        Assert.Empty(DiskChecker.Check(path));
        await AssertAsQemuAsync(path);
    }

    [Fact]
    public async Task A_cluster_that_nothing_uses_is_leaked()
    {
        string path = Unpack();
        Put(path, Level2, 0);

        DiskInconsistency found = await FindOneAsync(path);
        Assert.Equal(("Reference counts", FirstData, InconsistencySeverity.Leak), Describe(found));
        Assert.StartsWith("1 cluster from byte", found.Problem);
    }

    [Fact]
    public async Task Leaked_clusters_that_follow_one_another_are_told_of_together()
    {
        string path = Unpack();
        long length = DamagedCopy.LengthOf(path);
        DamagedCopy.Write(path, length + (3 * Cluster) - 1, 0);
        int cluster = (int)(length / Cluster);
        for (int i = 0; i < 3; i++)
        {
            DamagedCopy.Write(path, CountBlock + ((cluster + i) * 2), 0, 1);
        }

        DiskInconsistency found = await FindOneAsync(path);
        Assert.Equal(("Reference counts", length, InconsistencySeverity.Leak), Describe(found));
        Assert.StartsWith("3 clusters from byte", found.Problem);
    }

    [Fact]
    public async Task A_cluster_in_use_that_counts_as_free_is_found()
    {
        string path = Unpack();
        DamagedCopy.Write(path, CountBlock + (FirstData / Cluster * 2), 0, 0);

        Assert.Contains(("Reference counts", FirstData, InconsistencySeverity.Error), (await FindAsync(path)).Select(Describe));
    }

    [Fact]
    public async Task Two_uses_of_one_cluster_are_found_with_the_cluster_that_one_of_them_left()
    {
        string path = Unpack();
        (int place, ulong entry) = FindSecondData(path);
        Put(path, place, FirstData | Copied);

        DiskInconsistency[] found = await FindAsync(path);
        Assert.Contains(("Reference counts", FirstData, InconsistencySeverity.Error), found.Select(Describe));
        Assert.Contains(("Reference counts", (long)(entry & ~Copied), InconsistencySeverity.Leak), found.Select(Describe));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(CountTable)]
    [InlineData(CountBlock)]
    [InlineData(Level1)]
    [InlineData(Level2)]
    public async Task Data_over_a_structure_is_found(int structure)
    {
        string path = Unpack();
        (int place, _) = FindSecondData(path);
        Put(path, place, (uint)structure | Copied | (structure == 0 ? 0x3FUL << 56 : 0));

        DiskInconsistency[] found = await FindAsync(path);
        Assert.Contains(found, found => found.Severity == InconsistencySeverity.Error && (structure == 0 || found.Offset == structure));
    }

    [Fact]
    public async Task A_cluster_outside_the_file_is_found()
    {
        string path = Unpack();
        Put(path, Level2, 0x7FFF_FFFF_0000 | Copied);
        Assert.Contains(("L2 table", Level2, InconsistencySeverity.Error), (await FindAsync(path)).Select(Describe));
    }

    [Fact]
    public async Task An_L2_table_outside_the_file_is_found()
    {
        string path = Unpack();
        Put(path, Level1, 0x7FFF_FFFF_0000 | Copied);
        Assert.Contains(("L1 table", Level1, InconsistencySeverity.Error), (await FindAsync(path)).Select(Describe));
    }

    [Fact]
    public async Task A_block_of_reference_counts_outside_the_file_is_found()
    {
        string path = Unpack();
        Put(path, CountTable, 0x7FFF_FFFF_0000);
        Assert.Contains(("Reference count table", CountTable, InconsistencySeverity.Error), (await FindAsync(path)).Select(Describe));
    }

    [Theory]
    [InlineData(48, 0x7FFF_FFFF_0000)]
    [InlineData(48, 0x10001)]
    public async Task A_reference_count_table_that_can_not_be_is_found(int field, ulong value)
    {
        string path = Unpack();
        Put(path, field, value);
        Assert.Equal(("Reference count table", 48, InconsistencySeverity.Error), Describe(Assert.Single(DiskChecker.Check(path))));

        // qemu does not even open it.
        ExternalTool.SkipUnlessInstalled("qemu-img");
        Assert.NotEqual(0, (await ExternalTool.TryRunAsync("qemu-img", "check", "-f", "qcow2", path)).ExitCode);
    }

    [Theory]
    [InlineData(Level2, FirstData, "L2 table")]
    [InlineData(Level1, Level2, "L1 table")]
    public async Task A_missing_flag_of_a_cluster_used_once_is_found(int place, ulong entry, string structure)
    {
        string path = Unpack();
        Put(path, place, entry);
        Assert.Equal((structure, place, InconsistencySeverity.Error), Describe(await FindOneAsync(path)));
    }

    [Fact]
    public async Task An_entry_that_leads_into_a_cluster_is_found()
    {
        string path = Unpack();
        Put(path, Level2, (FirstData + 512) | Copied);
        Assert.Contains(("L2 table", Level2, InconsistencySeverity.Error), (await FindAsync(path)).Select(Describe));
    }

    [Theory]
    [InlineData(1, InconsistencySeverity.Note)]
    [InlineData(2, InconsistencySeverity.Error)]
    public void The_marks_of_an_image_that_was_not_closed_or_is_corrupt_are_told(ulong features, InconsistencySeverity severity)
    {
        string path = Unpack();
        Put(path, 72, features);
        Assert.Equal(("Header", 72, severity), Describe(Assert.Single(DiskChecker.Check(path))));
    }

    [Fact]
    public void A_header_that_can_not_be_read_is_found()
    {
        string path = Unpack();
        DamagedCopy.Write(path, 23, 60);
        Assert.Equal(("Header", 20, InconsistencySeverity.Error), Describe(Assert.Single(DiskChecker.Check(path))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(71)]
    [InlineData(72)]
    [InlineData(103)]
    public void A_file_that_was_cut_within_its_header_is_found(int length)
    {
        string path = Unpack();
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);
        Assert.Equal(("Header", InconsistencySeverity.Error), Assert.Single(DiskChecker.Check(path)) is var found ? (found.Structure, found.Severity) : default);

        string old = TestDisks.Unpack("pattern-v2.qcow2", _folder);
        File.WriteAllBytes(old, File.ReadAllBytes(old)[..length]);
        Assert.Contains(DiskChecker.Check(old), static found => found.Structure == "Header");
    }

    [Fact]
    public async Task A_file_that_was_cut_is_found()
    {
        string path = Unpack();
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(10 * Cluster);
        }

        Assert.Contains(await FindAsync(path), static found => found.Structure == "L2 table" && found.Problem.Contains("cut off", StringComparison.Ordinal));
    }

    private static (string Structure, long? Offset, InconsistencySeverity Severity) Describe(DiskInconsistency found) => (found.Structure, found.Offset, found.Severity);

    private static void Put(string path, long offset, ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        DamagedCopy.Write(path, offset, bytes);
    }

    private static async Task<DiskInconsistency> FindOneAsync(string path) => Assert.Single(await FindAsync(path));

    private static async Task<DiskInconsistency[]> FindAsync(string path)
    {
        await AssertAsQemuAsync(path);
        return [.. DiskChecker.Check(path)];
    }

    /// <summary>Whether there are errors, and how many clusters are leaked, is what qemu-img check says, where it is installed.</summary>
    private static async Task AssertAsQemuAsync(string path)
    {
        if (ExternalTool.Find("qemu-img") is null)
        {
            return;
        }

        (_, string output, string error) = await ExternalTool.TryRunAsync("qemu-img", "check", "-f", "qcow2", "--output=json", path);
        Assert.True(output.Length > 0, error);
        using JsonDocument check = JsonDocument.Parse(output);
        DiskInconsistency[] found = [.. DiskChecker.Check(path)];
        Assert.Equal(Count("corruptions") > 0, found.Any(static found => found.Severity == InconsistencySeverity.Error));
        Assert.Equal(
            Count("leaks"),
            found.Where(static found => found.Severity == InconsistencySeverity.Leak).Sum(static leak => int.Parse(ClusterCount().Match(leak.Problem).Value, System.Globalization.CultureInfo.InvariantCulture)));

        int Count(string name) => check.RootElement.TryGetProperty(name, out JsonElement number) ? number.GetInt32() : 0;
    }

    [GeneratedRegex(@"^\d+")]
    private static partial Regex ClusterCount();

    private static (int Place, ulong Entry) FindSecondData(string path)
    {
        int place = Enumerable.Range(1, 48).Select(static number => Level2 + (number * 8)).First(place => Read(path, place) != 0);
        return (place, Read(path, place));
    }

    private static ulong Read(string path, long offset) => BinaryPrimitives.ReadUInt64BigEndian(DamagedCopy.Read(path, offset, 8));

    private string Unpack() => TestDisks.Unpack("pattern.qcow2", _folder);

    private async Task<string> CreateAsync(string options)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img", "qemu-io");
        string path = _folder.File("made.qcow2");
        await PatternDisk.ConvertAsync(PatternDisk.Create(_folder.File("source.raw")), "qcow2", options, path);
        return path;
    }
}

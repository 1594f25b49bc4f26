using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Tests.Volumes;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Overlay;

public sealed class RepairFileTests : IDisposable
{
    private const int Capacity = 64 * 1024;
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly TempFolder _folder = new();
    private readonly byte[] _disk = [.. Enumerable.Range(0, Capacity).Select(static i => (byte)(i * 7))];

    private string Place => _folder.File("disk.vhdx.azrepair");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Changes_are_read_as_they_were_kept_one_over_the_other()
    {
        Keep(Change("first", 5000, 1, 2, 3));
        Keep(Change("second\nline", 5001, 9));
        RepairFile kept = Read();
        Assert.Equal(["first", "second\uFFFDline"], kept.Changes.Select(static change => change.Description));
        Assert.Equal(Now, kept.Changes[0].Made);
        using DiskOverlay overlay = kept.LayOver(Source());
        byte[] read = new byte[4];
        overlay.Read(4999, read);
        Assert.Equal([_disk[4999], 1, 9, 3], read);
    }

    [Fact]
    public void The_last_change_is_taken_back_alone_and_the_file_goes_with_the_first()
    {
        Keep(Change("first", 5000, 1, 2, 3));
        string? first = Read().Sum;
        Keep(Change("second", 5001, 9));
        RepairFile both = Read();
        both.Keep(1).Save(both.Sum);
        Assert.Equal(first, Read().Sum);
        Read().Keep(0).Save(first);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Theory]
    [InlineData(5100)]
    [InlineData(5000)]
    public void A_disk_that_reads_differently_where_it_was_read_is_refused(int changed)
    {
        Keep(Change("first", 5000, 1, 2, 3));
        _disk[changed]++;
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(() => Read().LayOver(Source()));
        Assert.Equal(DiskRepairProblem.RepairOfAnotherDisk, refusal.Problem);
    }

    [Fact]
    public void A_disk_that_differs_only_elsewhere_is_taken()
    {
        Keep(Change("first", 5000, 1, 2, 3));
        _disk[60_000]++;
        using DiskOverlay overlay = Read().LayOver(Source());
        Assert.Single(overlay.EnumerateChanges());
    }

    [Fact]
    public void A_disk_of_another_capacity_is_refused()
    {
        Keep(Change("first", 5000, 1, 2, 3));
        Assert.Equal(DiskRepairProblem.RepairOfAnotherDisk, Assert.Throws<DiskRepairException>(() => Read().LayOver(new MemoryByteSource(_disk, Capacity - 512))).Problem);
    }

    [Fact]
    public void What_somebody_else_kept_meanwhile_is_not_lost()
    {
        RepairFile mine = RepairFile.For(Place, Capacity).With(Change("mine", 1, 1));
        Keep(Change("other", 5000, 1, 2, 3));
        Assert.Equal(DiskRepairProblem.RepairFileChanged, Assert.Throws<DiskRepairException>(() => mine.Save(null)).Problem);
        Assert.Equal("other", Assert.Single(Read().Changes).Description);
        Assert.Single(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void What_a_killed_run_left_half_written_does_no_harm()
    {
        Keep(Change("first", 5000, 1, 2, 3));
        File.WriteAllText(_folder.File(".disk.vhdx.azrepair.partial"), "azrepair 1 65");
        Keep(Change("second", 5001, 9));
        Assert.Equal(2, Read().Changes.Count);
        Assert.Single(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    [Trait("Libraries", "net8.0")]
    public void Nobody_else_may_read_the_file()
    {
        Keep(Change("first", 5000, 1, 2, 3));
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has the folder's permissions");
        }
        else
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Place));
        }
    }

    [Fact]
    public void A_link_is_neither_read_nor_written_through()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights on Windows");
        string other = _folder.File("other");
        File.WriteAllText(other, "mine");
        File.CreateSymbolicLink(Place, other);
        Assert.Equal(DiskRepairProblem.RepairFileInvalid, Assert.Throws<DiskRepairException>(() => RepairFile.TryRead(Place, default)).Problem);
        Assert.Throws<DiskRepairException>(() => RepairFile.For(Place, Capacity).With(Change("first", 5000, 1)).Save(null));
        Assert.Equal("mine", File.ReadAllText(other));
    }

    [Fact]
    public void A_file_that_was_tampered_with_is_refused_wherever_that_was()
    {
        Keep(Change("first", 5000, 1, 2, 3));
        Keep(Change("second", 9000, [.. Enumerable.Range(0, 900).Select(static i => (byte)i)]));
        byte[] sound = File.ReadAllBytes(Place);
        Gen.Select(Gen.Int[0, sound.Length - 1], Gen.Byte, Gen.Int[1, sound.Length]).Sample(
            mutation =>
            {
                (int offset, byte value, int length) = mutation;
                byte[] bytes = [.. sound];
                bytes[offset] = value;
                bytes = bytes[..(offset % 2 == 0 ? length : sound.Length)];
                if (bytes.AsSpan().SequenceEqual(sound))
                {
                    return;
                }

                File.WriteAllBytes(Place, bytes);
                RepairFile? read;
                try
                {
                    read = RepairFile.TryRead(Place, default);
                }
                catch (DiskRepairException refusal)
                {
                    Assert.Equal(DiskRepairProblem.RepairFileInvalid, refusal.Problem);
                    return;
                }

                // Cut behind the first change, it is as it was before the second.
                Assert.Equal("first", Assert.Single(read!.Changes).Description);
            },
            seed: "0000KN0sn2u3",
            iter: 300,
            threads: 1);
    }

    [Fact]
    public void More_than_is_kept_beside_a_disk_is_refused()
    {
        RepairChange change = new(Now, "large");
        byte[] large = new byte[RepairFormat.MostWritten + 1];
        change.Writes.Add(new OverlayChange(0, large, large));
        Assert.Equal(DiskRepairProblem.RepairTooLarge, Assert.Throws<DiskRepairException>(() => RepairFile.For(Place, 1L << 40).With(change)).Problem);
    }

    [Fact]
    public void A_file_of_hundreds_of_thousands_of_lines_is_read_in_seconds()
    {
        using (StreamWriter file = File.CreateText(Place))
        {
            file.Write("azrepair 1 1099511627776\nc 2026-01-02T03:04:05Z many\n");
            for (int i = 0; i < 300_000; i++)
            {
                file.Write($"w {i} AA== AQ==\n");
            }
        }

        System.Diagnostics.Stopwatch time = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(DiskRepairProblem.RepairFileInvalid, Assert.Throws<DiskRepairException>(() => RepairFile.TryRead(Place, default)).Problem);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(30), $"It took {time.Elapsed}.");
    }

    [Fact]
    public void A_line_without_end_takes_no_more_memory_than_a_line_may()
    {
        using (FileStream file = File.Create(Place))
        {
            file.SetLength(100 << 20);
        }

        Assert.Equal(DiskRepairProblem.RepairFileInvalid, Assert.Throws<DiskRepairException>(() => RepairFile.TryRead(Place, default)).Problem);
    }

    private MemoryByteSource Source() => new(_disk);

    private RepairFile Read() => RepairFile.Read(Place, default);

    private void Keep(RepairChange change)
    {
        RepairFile kept = RepairFile.TryRead(Place, default) ?? RepairFile.For(Place, Capacity);
        kept.With(change).Save(kept.Sum);
    }

    private RepairChange Change(string description, int offset, params byte[] bytes)
    {
        RepairChange change = new(Now, description);
        using DiskOverlay before = (RepairFile.TryRead(Place, default) ?? RepairFile.For(Place, Capacity)).LayOver(Source());
        using DiskOverlay after = new(before);
        after.Write(offset, bytes);
        change.Writes.AddRange(after.EnumerateChanges());
        change.Basis.Add((new DiskExtent(4096, 4096), Sha256Sum.Of(Source(), new DiskExtent(4096, 4096))));
        return change;
    }
}

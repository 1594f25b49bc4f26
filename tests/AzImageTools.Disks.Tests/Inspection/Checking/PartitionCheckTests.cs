using System.Buffers.Binary;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection.Checking;

public sealed class PartitionCheckTests : IDisposable
{
    private const int Sector = 512;
    private const int EntriesOffset = 2 * Sector;
    private const int EntriesLength = 128 * 128;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_damaged_primary_table_is_found()
    {
        string path = TestDisks.Unpack("ready.raw", _folder);
        DamagedCopy.Write(path, Sector + 60, 0xAA);
        Assert.Equal(("GPT header", Sector, InconsistencySeverity.Error), Describe(Assert.Single(DiskChecker.Check(path))));
    }

    [Fact]
    public void A_damaged_backup_is_found()
    {
        string path = TestDisks.Unpack("ready.raw", _folder);
        long backup = DamagedCopy.LengthOf(path) - Sector;
        DamagedCopy.Write(path, backup, 0xAA);
        Assert.Equal(("GPT backup header", backup, InconsistencySeverity.Error), Describe(Assert.Single(DiskChecker.Check(path))));
    }

    [Fact]
    public void A_backup_that_differs_is_found()
    {
        string path = TestDisks.Unpack("ready.raw", _folder);

        // A partition's name: nothing else is wrong with it.
        ChangeGpt(path, static entries => entries[56] ^= 1);
        DiskInconsistency found = Assert.Single(DiskChecker.Check(path));
        Assert.Equal(("GPT backup header", DamagedCopy.LengthOf(path) - Sector, InconsistencySeverity.Error), Describe(found));
        Assert.Contains("differ", found.Problem);
    }

    [Fact]
    public void A_backup_before_the_disks_end_is_found()
    {
        string path = TestDisks.Unpack("ready.raw", _folder);
        long backup = DamagedCopy.LengthOf(path) - Sector;
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(file.Length + (1 << 20));
        }

        Assert.Equal(("GPT backup header", backup, InconsistencySeverity.Error), Describe(Assert.Single(DiskChecker.Check(path))));
    }

    [Fact]
    public void A_partition_beyond_the_disk_is_found()
    {
        string path = TestDisks.Unpack("ready.raw", _folder);
        ChangeGpt(path, static entries => BinaryPrimitives.WriteInt64LittleEndian(entries.AsSpan((2 * 128) + 40), 1 << 30));
        Assert.Contains(DiskChecker.Check(path), static found => Describe(found) == ("Partition entry", EntriesOffset + (2 * 128), InconsistencySeverity.Error)
            && found.Problem.Contains("reaches beyond the disk's", StringComparison.Ordinal));
    }

    [Fact]
    public void A_partition_over_the_backup_is_found()
    {
        string path = TestDisks.Unpack("ready.raw", _folder);
        long last = (DamagedCopy.LengthOf(path) / Sector) - 1;
        ChangeGpt(path, entries => BinaryPrimitives.WriteInt64LittleEndian(entries.AsSpan((2 * 128) + 40), last));
        Assert.Contains(DiskChecker.Check(path), static found => found.Problem.Contains("that partitions may use", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, "Partitions 2 and 3 overlap.")]
    [InlineData(0, "Partitions 1 and 3 overlap.")]
    public void Partitions_that_overlap_are_found_wherever_they_are_listed(int other, string expected)
    {
        string path = TestDisks.Unpack("ready.raw", _folder);
        ChangeGpt(path, entries =>
        {
            // The third partition begins with the last sector of the other, and ends before the next one.
            byte[] last = entries[((other * 128) + 40)..((other * 128) + 48)];
            last.CopyTo(entries, (2 * 128) + 32);
            last.CopyTo(entries, (2 * 128) + 40);
        });
        Assert.Equal(expected, Assert.Single(DiskChecker.Check(path), static found => found.Structure == "Partition entry").Problem);
    }

    [Fact]
    public void Partitions_of_a_master_boot_record_are_checked()
    {
        string path = TestDisks.Unpack("mbr-dynamic.vhd", _folder);
        using VirtualDisk disk = DiskOpener.Open(path);
        string raw = DiskContent.Save(disk, _folder.File("mbr.raw"));
        DamagedCopy.Write(raw, 446 + 12, 0xFF, 0xFF, 0xFF, 0x00);
        Assert.Equal(("Partition entry", 446, InconsistencySeverity.Error), Describe(Assert.Single(DiskChecker.Check(raw))));
    }

    private static (string Structure, long? Offset, InconsistencySeverity Severity) Describe(DiskInconsistency found) => (found.Structure, found.Offset, found.Severity);

    /// <summary>Changes the primary table's entries, with all checksums right afterwards.</summary>
    private static void ChangeGpt(string path, Action<byte[]> change)
    {
        DamagedCopy.Change(path, EntriesOffset, EntriesLength, change);
        uint checksum = ReflectedCrc32.Ieee.Compute(DamagedCopy.Read(path, EntriesOffset, EntriesLength));
        DamagedCopy.Change(path, Sector, 92, header =>
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(88), checksum);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), ReflectedCrc32.Ieee.ComputeWithout(header, 16));
        });
    }
}

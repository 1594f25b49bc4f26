using System.Buffers.Binary;
using System.IO.Compression;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Small image files whose tables make terabytes of the same place again and again.</summary>
public sealed class HostileMapTests : IDisposable
{
    private const int ClusterBits = 16;
    private const int ClusterSize = 1 << ClusterBits;
    private const int EntriesInTable = ClusterSize / sizeof(ulong);
    private const int FirstTable = 2;
    private const ulong Compressed = 1UL << 62;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_QCOW2_whose_L1_table_leads_twice_to_one_L2_table_is_refused()
    {
        string path = WriteQcow2(tables: [FirstTable, 3, FirstTable], entry: static (_, _) => 0);
        DiskFormatException error = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path));
        Assert.Contains($"the L2 table at byte {FirstTable * ClusterSize} more than once", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_QCOW2_that_claims_more_compressed_clusters_than_its_file_can_hold_is_refused(bool isZstandard)
    {
        // 16 tables lead to 8 GiB in 128 Ki compressed clusters, all in one place.
        string path = WriteQcow2(tables: [.. Enumerable.Range(FirstTable, 16)], entry: static (_, data) => Compressed | (ulong)data, isZstandard);
        using VirtualDisk disk = DiskOpener.Open(path);
        DiskFormatException error = Assert.Throws<DiskFormatException>(() => disk.AllocatedBytes);
        Assert.Contains("overlap", error.Message, StringComparison.Ordinal);
        byte[] sector = new byte[512];
        disk.Read(0, sector);
        Assert.All(sector, value => Assert.Equal(7, value));
    }

    [Fact]
    public void A_check_of_L2_tables_that_are_one_goes_through_it_once_and_tells_of_it_once()
    {
        string path = WriteQcow2(tables: [.. Enumerable.Repeat(FirstTable, 1000)], entry: static (_, _) => 0x2000_0000_0000_0000);
        List<DiskInconsistency> found = [.. DiskChecker.Check(path)];
        Assert.Single(found, static inconsistency => inconsistency.Problem.Contains("have bits set that are reserved", StringComparison.Ordinal));
        Assert.Single(found, static inconsistency => inconsistency.Problem.Contains("999 entries of the L1 table", StringComparison.Ordinal));
    }

    [Fact]
    public void A_check_tells_of_so_many_inconsistencies_and_that_there_are_more()
    {
        const int Blocks = 20_000;
        const int TableOffset = 1536;
        string path = new VhdBuilder((long)Blocks << 20).Save(_folder.File("damaged.vhd"));
        byte[] bytes = File.ReadAllBytes(path);
        bytes.AsSpan(TableOffset, Blocks * sizeof(uint)).Fill(0xFE);
        File.WriteAllBytes(path, bytes);
        List<DiskInconsistency> found = [.. DiskChecker.Check(path)];
        Assert.Equal(10_001, found.Count);
        Assert.Contains("more inconsistencies than the first 10000", found[^1].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Finding_what_a_QCOW2_keeps_stops_when_it_is_no_longer_wanted()
    {
        string path = WriteQcow2(tables: [.. Enumerable.Range(FirstTable, 32)], entry: static (place, _) => (ulong)(place % 2));
        using CancellationTokenSource stop = new();
        using VirtualDisk disk = DiskOpener.Open(path, new VirtualDiskOptions(), stop.Token);
        Assert.Equal(0, disk.AllocatedBytes);
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => disk.GetExtents(0, disk.Capacity).Count());
        Assert.Throws<OperationCanceledException>(() => DiskChecker.Check(path, cancellation: stop.Token).Count());
    }

    /// <summary>Writes a QCOW2 of version 3: header, L1 table, L2 tables, and one compressed cluster of sevens.</summary>
    /// <param name="tables">The clusters that the L1 table leads to.</param>
    /// <param name="entry">An entry of an L2 table, by its number and the place of the compressed cluster.</param>
    /// <param name="isZstandard">Whether that is compressed with Zstandard.</param>
    private string WriteQcow2(int[] tables, Func<int, long, ulong> entry, bool isZstandard = false)
    {
        string path = _folder.File($"{Guid.NewGuid():N}.qcow2");
        long data = (tables.Max() + 1) * (long)ClusterSize;
        byte[] bytes = new byte[data + ClusterSize];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, 0x5146_49FB);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), 3);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(20), ClusterBits);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(24), (ulong)tables.Length * EntriesInTable * ClusterSize);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(36), (uint)tables.Length);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(40), ClusterSize);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(72), isZstandard ? 8UL : 0);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(96), 4);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(100), isZstandard ? 112u : 104u);
        bytes[104] = isZstandard ? (byte)1 : (byte)0;
        for (int i = 0; i < tables.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(ClusterSize + (i * sizeof(ulong))), (ulong)tables[i] * ClusterSize);
        }

        foreach (int table in tables.Distinct())
        {
            for (int i = 0; i < EntriesInTable; i++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan((table * ClusterSize) + (i * sizeof(ulong))), entry(i, data));
            }
        }

        Compress(isZstandard).CopyTo(bytes.AsSpan((int)data));
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] Compress(bool isZstandard)
    {
        byte[] cluster = [.. Enumerable.Repeat((byte)7, ClusterSize)];
        if (isZstandard)
        {
            using ZstdSharp.Compressor compressor = new();
            return compressor.Wrap(cluster).ToArray();
        }

        using MemoryStream output = new();
        using (DeflateStream deflate = new(output, CompressionLevel.SmallestSize))
        {
            deflate.Write(cluster);
        }

        return output.ToArray();
    }
}

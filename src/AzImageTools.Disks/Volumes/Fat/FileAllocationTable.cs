using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Fat;

/// <summary>The file allocation table of a FAT volume ("FAT Data Structure"), read as it is followed.</summary>
internal sealed class FileAllocationTable(CachedByteSource volume, FatBootSector boot)
{
    /// <summary>What ends a chain, cut to the width of an entry.</summary>
    public const uint EndOfChain = 0x0FFF_FFFF;

    /// <summary>The number of the first cluster.</summary>
    public const uint FirstCluster = 2;

    private const int ClustersAtOnce = 4096;
    private const int WorkPerCluster = 8;

    // What a list of free pieces may take for each.
    private const int FreePieceSize = 256;

    private readonly int _bits = FatBootSector.BitsPerEntry(boot.Kind);

    /// <summary>The pieces of a chain of clusters, neighbours merged into one, lazily.</summary>
    /// <param name="first">The first cluster.</param>
    /// <param name="maximumClusters">How many clusters to follow at most.</param>
    public IEnumerable<FileRun> EnumerateRuns(uint first, long maximumClusters)
    {
        FileRun run = default;
        foreach (uint cluster in EnumerateChain(first, maximumClusters))
        {
            long offset = OffsetOf(cluster);
            if (run.Length > 0 && run.VolumeOffset + run.Length == offset)
            {
                run = run with { Length = run.Length + boot.BytesPerCluster };
                continue;
            }

            if (run.Length > 0)
            {
                yield return run;
            }

            run = new FileRun(run.FileEnd, offset, boot.BytesPerCluster);
        }

        if (run.Length > 0)
        {
            yield return run;
        }
    }

    /// <summary>The runs of clusters that nothing uses, as both copies of the table have it.</summary>
    public IEnumerable<DiskExtent> EnumerateFree()
    {
        DiskExtent free = default;
        for (uint cluster = FirstCluster; cluster < FirstCluster + boot.ClusterCount; cluster++)
        {
            if ((cluster & (ClustersAtOnce - 1)) == 0)
            {
                volume.Budget.Work(ClustersAtOnce * WorkPerCluster, "the file allocation table, at cluster", cluster);
            }

            if (IsFree(cluster))
            {
                if (free.Length == 0)
                {
                    volume.Budget.Allocate(FreePieceSize, "free clusters", cluster);
                    free = new DiskExtent(OffsetOf(cluster), 0);
                }

                free = free with { Length = free.Length + boot.BytesPerCluster };
            }
            else if (free.Length > 0)
            {
                yield return free;
                free = default;
            }
        }

        if (free.Length > 0)
        {
            yield return free;
        }
    }

    /// <summary>A cluster's entry. Entries 0 and 1 hold the volume's state.</summary>
    public uint ReadEntry(uint cluster) => ReadEntry(boot.FatOffset, cluster);

    /// <summary>The clusters of a chain, in their order, lazily.</summary>
    public IEnumerable<uint> EnumerateClusters(uint first) => EnumerateChain(first, boot.ClusterCount);

    /// <summary>Whether nothing uses a cluster, as both copies of the table have it.</summary>
    public bool IsFree(uint cluster) => ReadEntry(cluster) == 0 && (boot.CopyOffset is not { } copy || ReadEntry(copy, cluster) == 0);

    /// <summary>Where a cluster lies, in bytes.</summary>
    public long PlaceOf(uint cluster) => OffsetOf(cluster);

    /// <summary>The bytes that an entry is stored in, with another value, in each copy of the table.</summary>
    /// <param name="cluster">Whose entry.</param>
    /// <param name="value">The next cluster of the chain, <see cref="EndOfChain"/>, or 0 for a free one.</param>
    public IEnumerable<(long Offset, byte[] Bytes)> Encode(uint cluster, uint value)
    {
        long bit = (long)cluster * _bits;
        foreach (long table in boot.CopyOffset is { } copy ? [boot.FatOffset, copy] : new[] { boot.FatOffset })
        {
            byte[] bytes = new byte[_bits == 32 ? sizeof(uint) : sizeof(ushort)];
            long offset = table + (bit / 8);
            volume.Read(offset, bytes);
            if (_bits == 32)
            {
                uint kept = BinaryPrimitives.ReadUInt32LittleEndian(bytes) & 0xF000_0000;
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, kept | (value & 0x0FFF_FFFF));
            }
            else
            {
                int mask = _bits == 16 ? 0xFFFF : 0xFFF << (int)(bit % 8);
                int stored = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)((stored & ~mask) | ((int)(value << (int)(bit % 8)) & mask)));
            }

            yield return (offset, bytes);
        }
    }

    private uint ReadEntry(long table, uint cluster)
    {
        Span<byte> entry = stackalloc byte[sizeof(uint)];
        long bit = (long)cluster * _bits;
        Span<byte> bytes = entry.Slice(0, _bits == 32 ? 4 : 2);
        volume.Read(table + (bit / 8), bytes);
        return _bits switch
        {
            12 => (uint)(BinaryPrimitives.ReadUInt16LittleEndian(bytes) >> (int)(bit % 8)) & 0x0FFF,
            16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(bytes) & 0x0FFF_FFFF,
        };
    }

    private IEnumerable<uint> EnumerateChain(uint first, long maximumClusters)
    {
        uint endOfChain = (0x0FFF_FFF8u >> (_bits == 32 ? 0 : 28 - _bits)) & ~7u;
        uint cluster = first;
        uint checkpoint = 0;
        long nextCheckpoint = 1;
        for (long count = 0; count < maximumClusters; count++)
        {
            if (cluster >= endOfChain && count > 0)
            {
                yield break;
            }

            if (cluster < FirstCluster || cluster - FirstCluster >= boot.ClusterCount)
            {
                throw Damaged(cluster, $"A chain of clusters leads to {cluster}, and the volume has {boot.ClusterCount}.");
            }

            // Brent's way to find a loop: a chain that meets a cluster remembered on the way runs in a circle.
            if (cluster == checkpoint)
            {
                throw Damaged(cluster, $"A chain of clusters comes back to {cluster}.");
            }

            if (count == nextCheckpoint)
            {
                checkpoint = cluster;
                nextCheckpoint *= 2;
            }

            volume.Budget.Work(1, "a chain of clusters", cluster);
            yield return cluster;
            cluster = ReadEntry(cluster);
        }
    }

    private long OffsetOf(uint cluster) => boot.DataOffset + ((long)(cluster - FirstCluster) * boot.BytesPerCluster);

    private DiskFormatException Damaged(uint cluster, string problem)
        => new(volume.Name, boot.FatOffset + ((long)cluster * _bits / 8), problem, "FAT, FAT Data Structure");
}

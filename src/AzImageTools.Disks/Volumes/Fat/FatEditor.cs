using System.Buffers.Binary;
using AzImageTools.Disks.Overlay;

namespace AzImageTools.Disks.Volumes.Fat;

/// <summary>Changes a file of a volume in a draft: its content, its entry and its chain of clusters, in all copies of the table.</summary>
/// <param name="draft">The volume.</param>
/// <param name="boot">Its boot sector.</param>
/// <param name="files">Its files, as they are before the change.</param>
/// <param name="path">What is changed.</param>
internal sealed class FatEditor(DiskOverlay draft, FatBootSector boot, FatFileSystem files, string path)
{
    private const byte Deleted = 0xE5;
    private const byte ArchiveAttribute = 0x20;
    private const int DeepestFolder = 100;
    private const int FreeCountOffset = 488;
    private const uint UnknownCount = uint.MaxValue;

    private readonly CachedByteSource _metadata = new(draft);
    private readonly HashSet<uint> _freed = [];
    private long _freedCount;
    private uint _next = FileAllocationTable.FirstCluster;

    private FileAllocationTable Table => field ??= new FileAllocationTable(_metadata, boot);

    /// <summary>Gives the file another content.</summary>
    public void Rewrite(ReadOnlySpan<byte> content, DateTimeOffset now)
    {
        (FatDirectoryEntry entry, Func<long, long> locate) = files.FindForChange(path);
        if (entry.IsDirectory)
        {
            throw new FileNotFoundException($"There is no file '{path}' on {draft.Name}.", path);
        }

        List<uint> clusters = entry.FirstCluster == 0 ? [] : [.. Table.EnumerateClusters(entry.FirstCluster)];
        int needed = (int)((content.Length + (long)boot.BytesPerCluster - 1) / boot.BytesPerCluster);
        clusters.Skip(needed).ToList().ForEach(Free);
        List<uint> kept = [.. clusters.Take(needed)];
        while (kept.Count < needed)
        {
            kept.Add(Take());
        }

        byte[] cluster = new byte[boot.BytesPerCluster];
        for (int i = 0; i < kept.Count; i++)
        {
            SetEntry(kept[i], i + 1 < kept.Count ? kept[i + 1] : FileAllocationTable.EndOfChain);
            ReadOnlySpan<byte> piece = content.Slice(i * cluster.Length);
            piece = piece.Slice(0, Math.Min(piece.Length, cluster.Length));
            piece.CopyTo(cluster);
            cluster.AsSpan(piece.Length).Clear();
            Write(Table.PlaceOf(kept[i]), cluster);
        }

        Describe(locate(entry.Place), kept.Count == 0 ? 0 : kept[0], content.Length, now);
    }

    /// <summary>Removes a file, or a folder with all that is in it.</summary>
    public void Delete()
    {
        (FatDirectoryEntry entry, Func<long, long> locate) = files.FindForChange(path);
        FreeContent(entry, 0);
        for (long place = entry.FirstPlace; place <= entry.Place; place += FatDirectoryEntry.Size)
        {
            Write(locate(place), [Deleted]);
        }
    }

    /// <summary>Brings the count of free clusters up to date, where FAT32 keeps one.</summary>
    public void Save()
    {
        long offset = (long)boot.InformationSector * boot.BytesPerSector;
        if (boot.InformationSector is 0 or 0xFFFF || offset > boot.FatOffset - boot.BytesPerSector)
        {
            return;
        }

        byte[] sector = new byte[512];
        _metadata.Read(offset, sector);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(FreeCountOffset));
        if (sector.AsSpan().StartsWith("RRaA"u8) && sector.AsSpan(484).StartsWith("rrAa"u8) && count != UnknownCount)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(sector.AsSpan(FreeCountOffset), (uint)Math.Max(0, Math.Min(boot.ClusterCount, count + _freedCount)));
            Write(offset, sector);
        }
    }

    private void FreeContent(FatDirectoryEntry entry, int depth)
    {
        if (depth == DeepestFolder)
        {
            throw new DiskFormatException(draft.Name, null, $"The folders in {path} are nested deeper than folders are.", "FAT Directory Structure");
        }

        foreach (FatDirectoryEntry below in entry.IsDirectory ? files.EnumerateForChange(entry) : [])
        {
            draft.Budget.Visit("an entry of a folder");
            FreeContent(below, depth + 1);
        }

        if (entry.FirstCluster != 0)
        {
            foreach (uint cluster in Table.EnumerateClusters(entry.FirstCluster).ToList())
            {
                Free(cluster);
            }
        }
    }

    /// <summary>Sets a file's place, length and time in its entry ("FAT Directory Structure").</summary>
    private void Describe(long offset, uint first, int length, DateTimeOffset now)
    {
        byte[] entry = new byte[FatDirectoryEntry.Size];
        _metadata.Read(offset, entry);
        entry[FatDirectoryEntry.AttributesOffset] |= ArchiveAttribute;
        DateTime time = now.UtcDateTime;
        ushort date = (ushort)(((Math.Min(Math.Max(time.Year, 1980), 2107) - 1980) << 9) | (time.Month << 5) | time.Day);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(18), date);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(22), (ushort)((time.Hour << 11) | (time.Minute << 5) | (time.Second / 2)));
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(24), date);
        if (boot.Kind == FileSystemKind.Fat32)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(20), (ushort)(first >> 16));
        }

        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(26), (ushort)first);
        BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(28), length);
        Write(offset, entry);
    }

    private void Free(uint cluster)
    {
        if (!_freed.Add(cluster))
        {
            throw new DiskFormatException(draft.Name, null, $"Cluster {cluster} is part of two chains.", "FAT, FAT Data Structure");
        }

        SetEntry(cluster, 0);
        _freedCount++;
    }

    private uint Take()
    {
        for (; _next < FileAllocationTable.FirstCluster + boot.ClusterCount; _next++)
        {
            draft.Budget.Work(1, "the file allocation table, at cluster", _next);
            if (Table.IsFree(_next))
            {
                _freedCount--;
                SetEntry(_next, FileAllocationTable.EndOfChain);
                return _next;
            }
        }

        throw new DiskRepairException(DiskRepairProblem.VolumeFull, path, $"{draft.Name} has no room left for {path}. Nothing was changed.");
    }

    private void SetEntry(uint cluster, uint value)
    {
        foreach ((long offset, byte[] bytes) in Table.Encode(cluster, value).ToList())
        {
            Write(offset, bytes);
        }
    }

    private void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        draft.Write(offset, bytes);
        _metadata.Update(offset, bytes);
    }
}

namespace AzImageTools.Disks.Partitions;

/// <summary>A disk's partition table: a GUID partition table, a Master Boot Record with its logical partitions, or none.</summary>
public sealed class PartitionTable
{
    private readonly List<TableProblem> _problems;

    internal PartitionTable(PartitionStyle style, int sectorSize, IReadOnlyList<Partition> partitions, long? backupOffset, List<TableProblem> problems)
    {
        Style = style;
        SectorSize = sectorSize;
        Partitions = partitions;
        BackupOffset = backupOffset;
        _problems = problems;
    }

    /// <summary>Its kind.</summary>
    public PartitionStyle Style { get; }

    /// <summary>
    /// Bytes in the sectors that the table counts in: the disk's own, unless the table was made on a disk with others
    /// (then <see cref="Problems"/> says so).
    /// </summary>
    public int SectorSize { get; }

    /// <summary>The partitions that hold something, in the table's order. They need not lie within the disk: <see cref="Problems"/> says which do not.</summary>
    public IReadOnlyList<Partition> Partitions { get; }

    /// <summary>Where the header of a GUID partition table's backup is, in bytes; null where there is none.</summary>
    public long? BackupOffset { get; }

    /// <summary>Where a GUID partition table and its backup lie on the disk, with what is reserved for them; none for others.</summary>
    internal IReadOnlyList<DiskExtent> Places { get; init; } = [];

    /// <summary>
    /// Whether a BIOS finds a partition to start from in the MBR: its own, or that of a hybrid MBR, which lists partitions of the
    /// GUID partition table once more.
    /// </summary>
    internal bool HasActivePartition { get; private set; }

    /// <summary>
    /// Whether the first sector has a boot record's signature, but no partition that lies on the disk: a file system over the whole
    /// disk can have that signature too.
    /// </summary>
    internal bool MayBeVolume { get; private init; }

    /// <summary>What is wrong with the table, a sentence each.</summary>
    public IReadOnlyList<string> Problems => [.. _problems.Select(static problem => problem.Text)];

    /// <summary>The same, with the places.</summary>
    internal IReadOnlyList<TableProblem> PlacedProblems => _problems;

    /// <summary>Reads a disk's partition table. What is wrong in it becomes a problem; it is never trusted.</summary>
    /// <param name="disk">The whole disk.</param>
    /// <exception cref="DiskFormatException">The image can't be read there.</exception>
    public static PartitionTable Read(IByteSource disk)
    {
        if (disk is null)
        {
            throw new ArgumentNullException(nameof(disk));
        }

        int sectorSize = disk.LogicalSectorSize;
        List<TableProblem> problems = [];
        if (disk.Length < sectorSize)
        {
            return new PartitionTable(PartitionStyle.None, sectorSize, [], null, problems);
        }

        MasterBootRecord? record = MasterBootRecord.TryRead(disk);
        if (record is null)
        {
            if (GptReader.HasHeader(disk, sectorSize))
            {
                problems.Add(new TableProblem(MasterBootRecord.StructureName, 0, "There is a GUID partition table but no protective MBR: firmware and Windows will not see its partitions."));
            }

            return new PartitionTable(PartitionStyle.None, sectorSize, [], null, problems);
        }

        if (record.IsProtective)
        {
            PartitionTable table = GptReader.Read(disk, problems);
            table.HasActivePartition = record.HasActivePartition;
            return table;
        }

        if (!record.HasTable)
        {
            problems.Add(new TableProblem(MasterBootRecord.StructureName, 0, "The first sector has a boot record's signature, but no partition table: its entries begin with neither 0 nor 0x80."));
            return new PartitionTable(PartitionStyle.None, sectorSize, [], null, problems) { MayBeVolume = true };
        }

        return new PartitionTable(PartitionStyle.Mbr, sectorSize, record.ReadPartitions(problems), null, problems)
        {
            HasActivePartition = record.HasActivePartition,
            MayBeVolume = !record.HasPartitionOnDisk,
        };
    }

    /// <summary>What there is on a disk that is one volume as a whole: no table, and nothing wrong with that.</summary>
    internal static PartitionTable OfVolume(IByteSource disk) => new(PartitionStyle.None, disk.LogicalSectorSize, [], null, []);
}

/// <summary>The kind of a disk's partition table.</summary>
public enum PartitionStyle : long
{
    /// <summary>No partition table: an empty disk, or one volume over the whole disk.</summary>
    None,

    /// <summary>A Master Boot Record.</summary>
    Mbr,

    /// <summary>A GUID partition table.</summary>
    Gpt,
}

/// <summary>Something wrong with a partition table.</summary>
/// <param name="Structure">The structure that it is in, as its specification names it.</param>
/// <param name="Offset">Where on the disk, in bytes.</param>
/// <param name="Text">What is wrong, as a sentence.</param>
internal sealed record TableProblem(string Structure, long Offset, string Text);

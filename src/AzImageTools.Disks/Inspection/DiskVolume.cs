using System.Globalization;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>A place of a disk where a file system may be: a partition, or the whole of a disk that has none.</summary>
public sealed class DiskVolume
{
    private DiskVolume(Partition? partition, IByteSource content, FileSystemKind kind, IFileSystem? fileSystem, string? problem)
    {
        Partition = partition;
        Content = content;
        Kind = kind;
        FileSystem = fileSystem;
        Problem = problem;
    }

    /// <summary>The partition; null where the volume is the whole disk.</summary>
    public Partition? Partition { get; }

    /// <summary>Its bytes.</summary>
    public IByteSource Content { get; }

    /// <summary>What it holds: also where that can't be read.</summary>
    public FileSystemKind Kind { get; }

    /// <summary>The file system in it; null where there is none that can be read.</summary>
    public IFileSystem? FileSystem { get; }

    /// <summary>Why the file system needs repair, or its journal's replay, as part of a sentence; null where it does not, or does not tell.</summary>
    /// <exception cref="DiskFormatException">The file system is damaged.</exception>
    public string? DirtyReason => (FileSystem as IVolumeCondition)?.DirtyReason;

    /// <summary>Why the file system could not be opened; null where it could, or where there is none.</summary>
    public string? Problem { get; }

    /// <summary>Opens the file systems of a disk. A partition that reaches beyond the disk is left out.</summary>
    /// <param name="disk">The disk; stays open as long as they are read.</param>
    /// <param name="table">Its partition table.</param>
    public static IReadOnlyList<DiskVolume> OpenAll(IByteSource disk, PartitionTable table)
    {
        if (disk is null)
        {
            throw new ArgumentNullException(nameof(disk));
        }

        if (table is null)
        {
            throw new ArgumentNullException(nameof(table));
        }

        return table.Style == PartitionStyle.None
            ? [Open(null, disk)]
            : [.. table.Partitions
                .Where(partition => partition.Offset <= disk.Length - partition.Length)
                .Select(partition => Open(
                    partition,
                    new ByteSourceSlice(disk, partition.Offset, partition.Length, disk.Name + ", partition " + partition.Number.ToString(CultureInfo.InvariantCulture))))];
    }

    private static DiskVolume Open(Partition? partition, IByteSource content)
    {
        FileSystemKind kind = FileSystemKind.Unknown;
        try
        {
            kind = Volumes.FileSystem.Probe(content);
            return new DiskVolume(partition, content, kind, Volumes.FileSystem.TryOpen(content), null);
        }
        catch (DiskFormatException exception)
        {
            return new DiskVolume(partition, content, kind, null, exception.Message);
        }
    }
}

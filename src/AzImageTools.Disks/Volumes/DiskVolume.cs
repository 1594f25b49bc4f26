using AzImageTools.Disks.Partitions;

namespace AzImageTools.Disks.Volumes;

/// <summary>A place of a disk where a file system may be: a partition, a logical volume (LVM2), or the whole of a disk that has no partitions.</summary>
public sealed class DiskVolume
{
    internal DiskVolume(Partition? partition, IByteSource content, FileSystemKind kind, IFileSystem? fileSystem, string? problem)
    {
        Partition = partition;
        Content = content;
        Kind = kind;
        FileSystem = fileSystem;
        Problem = problem;
    }

    /// <summary>The partition; null where the volume is a logical one or the whole disk.</summary>
    public Partition? Partition { get; }

    /// <summary>The name of a logical volume behind that of its group, such as "system/root"; null for all others.</summary>
    public string? LogicalVolumeName { get; internal init; }

    /// <summary>Where on the disk it begins, in bytes; null for a logical volume, whose parts may lie anywhere.</summary>
    public long? Offset => LogicalVolumeName is null ? Partition?.Offset ?? 0 : null;

    /// <summary>Its bytes. Those of a logical volume that can't be read refuse to be.</summary>
    public IByteSource Content { get; }

    /// <summary>What it holds: also where that can't be read.</summary>
    public FileSystemKind Kind { get; }

    /// <summary>The file system in it; null where there is none that can be read.</summary>
    public IFileSystem? FileSystem { get; }

    /// <summary>Its label, also where what it holds is not read; empty where it has none. It is the guest's text.</summary>
    /// <exception cref="DiskFormatException">The file system is damaged.</exception>
    public string Label => FileSystem?.Label ?? VolumeLabel.Read(Content, Kind);

    /// <summary>Why what it holds is not read; null where it is, or could not be opened, or where nothing is recognised.</summary>
    internal string? NotReadBecause => FileSystem is not null || Problem is not null ? null : Kind switch
    {
        FileSystemKind.Unknown => null,
        FileSystemKind.LvmPhysicalVolume => "the logical volumes on it are read instead",
        FileSystemKind.BitLocker or FileSystemKind.Luks => "it is encrypted",
        _ => $"{Kind} is not read",
    };

    /// <summary>Why the file system needs repair, or its journal's replay, as part of a sentence; null where it does not, or does not tell.</summary>
    /// <exception cref="DiskFormatException">The file system is damaged.</exception>
    public string? DirtyReason => (FileSystem as IVolumeCondition)?.DirtyReason;

    /// <summary>Why the volume or its file system could not be opened; null where it could, or where there is none.</summary>
    public string? Problem { get; }
}

using AzImageTools.Disks.Volumes;
using AzImageTools.Disks.Volumes.Ext;
using AzImageTools.Disks.Volumes.Fat;
using AzImageTools.Disks.Volumes.Ntfs;
using AzImageTools.Disks.Volumes.Xfs;

namespace AzImageTools.Disks.Images;

/// <summary>Recognises the file system on a volume and opens it.</summary>
public static class FileSystem
{
    private const int BootSectorSize = 512;
    private const int StartSize = 4096;

    // What tells a file system, in this order: a FAT boot sector has no signature of its own, and comes late; last come
    // those that something has to be read for beside the volume's start.
    private static readonly (Func<IByteSource, byte[], FileSystemKind?> Recognise, Func<IByteSource, IFileSystem>? Open)[] Probes =
    [
        (static (_, start) => BitLocker.IsBootSector(start) ? FileSystemKind.BitLocker : null, null),
        (static (_, start) => NtfsBootSector.IsBootSector(start) ? FileSystemKind.Ntfs : null, static volume => new NtfsFileSystem(volume)),
        (static (_, start) => RecogniseExt(start), static volume => new ExtFileSystem(volume)),
        (static (_, start) => Volumes.Xfs.Superblock.Recognise(start) ? FileSystemKind.Xfs : null, static volume => new XfsFileSystem(volume)),
        (static (_, start) => FatBootSector.Recognise(start), static volume => new FatFileSystem(volume)),
        (static (volume, start) => VolumeSignatures.Recognise(volume, start), null),
    ];

    /// <summary>What a volume holds, by its signatures; Unknown where nothing is recognised.</summary>
    /// <param name="volume">The volume: a partition, or a disk without a partition table.</param>
    /// <exception cref="DiskFormatException">The volume can't be read.</exception>
    public static FileSystemKind Probe(IByteSource volume) => Find(volume).Kind;

    /// <summary>Opens the file system on a volume; null where none is recognised, or it is one that is not read.</summary>
    /// <param name="volume">The volume: a partition, or a disk without a partition table.</param>
    /// <exception cref="DiskFormatException">The file system is recognised, but damaged or of a form that is not supported.</exception>
    public static IFileSystem? TryOpen(IByteSource volume) => Find(volume).Open?.Invoke(volume);

    /// <summary>
    /// All that a volume may hold by its signatures: more than one where something older was not wholly overwritten, as
    /// blkid(8) calls an ambivalent result.
    /// </summary>
    /// <param name="volume">The volume.</param>
    /// <exception cref="DiskFormatException">The volume can't be read.</exception>
    internal static IReadOnlyList<FileSystemKind> ProbeAll(IByteSource volume) => [.. FindAll(volume).Select(static found => found.Kind)];

    /// <summary>What a volume holds, and how that is opened; null where it is not read.</summary>
    /// <exception cref="DiskFormatException">The volume can't be read.</exception>
    internal static (FileSystemKind Kind, Func<IByteSource, IFileSystem>? Open) Find(IByteSource volume)
        => FindAll(volume).FirstOrDefault();

    private static IEnumerable<(FileSystemKind Kind, Func<IByteSource, IFileSystem>? Open)> FindAll(IByteSource volume)
    {
        if (volume is null)
        {
            throw new ArgumentNullException(nameof(volume));
        }

        if (volume.Length < BootSectorSize)
        {
            yield break;
        }

        byte[] start = new byte[StartSize];
        volume.Read(0, start.AsSpan(0, (int)Math.Min(StartSize, volume.Length)));
        foreach ((Func<IByteSource, byte[], FileSystemKind?> recognise, Func<IByteSource, IFileSystem>? open) in Probes)
        {
            if (recognise(volume, start) is FileSystemKind kind)
            {
                yield return (kind, open);
            }
        }
    }

    private static FileSystemKind? RecogniseExt(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> superblock = start.Slice(Volumes.Ext.Superblock.Offset, Volumes.Ext.Superblock.Size);
        return Volumes.Ext.Superblock.Recognise(superblock) ? Volumes.Ext.Superblock.KindOf(superblock) : null;
    }
}

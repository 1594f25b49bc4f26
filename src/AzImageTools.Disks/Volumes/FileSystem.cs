using AzImageTools.Disks.Volumes.Fat;
using AzImageTools.Disks.Volumes.Ntfs;

namespace AzImageTools.Disks.Volumes;

/// <summary>Recognises the file system on a volume and opens it.</summary>
public static class FileSystem
{
    private const int BootSectorSize = 512;

    // What tells a file system, in this order: a FAT boot sector has no signature of its own, and comes last.
    private static readonly (Func<byte[], FileSystemKind?> Recognise, Func<IByteSource, IFileSystem>? Open)[] Probes =
    [
        (static sector => BitLocker.IsBootSector(sector) ? FileSystemKind.BitLocker : null, null),
        (static sector => NtfsBootSector.IsBootSector(sector) ? FileSystemKind.Ntfs : null, static volume => new NtfsFileSystem(volume)),
        (static sector => FatBootSector.Recognise(sector), static volume => new FatFileSystem(volume)),
    ];

    /// <summary>What a volume holds, by its boot sector; Unknown where nothing is recognised.</summary>
    /// <param name="volume">The volume: a partition, or a disk without a partition table.</param>
    /// <exception cref="DiskFormatException">The volume can't be read.</exception>
    public static FileSystemKind Probe(IByteSource volume) => Find(volume).Kind;

    /// <summary>Opens the file system on a volume; null where none is recognised, or it is one that is not read.</summary>
    /// <param name="volume">The volume: a partition, or a disk without a partition table.</param>
    /// <exception cref="DiskFormatException">The file system is recognised, but damaged.</exception>
    public static IFileSystem? TryOpen(IByteSource volume) => Find(volume).Open?.Invoke(volume);

    private static (FileSystemKind Kind, Func<IByteSource, IFileSystem>? Open) Find(IByteSource volume)
    {
        if (volume is null)
        {
            throw new ArgumentNullException(nameof(volume));
        }

        if (volume.Length >= BootSectorSize)
        {
            byte[] sector = new byte[BootSectorSize];
            volume.Read(0, sector);
            foreach ((Func<byte[], FileSystemKind?> recognise, Func<IByteSource, IFileSystem>? open) in Probes)
            {
                if (recognise(sector) is FileSystemKind kind)
                {
                    return (kind, open);
                }
            }
        }

        return (FileSystemKind.Unknown, null);
    }
}

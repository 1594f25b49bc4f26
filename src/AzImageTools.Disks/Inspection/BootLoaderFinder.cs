using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>Tells which boot loaders are on a disk: in its first sector, on its EFI system partitions, on active partitions.</summary>
internal static class BootLoaderFinder
{
    private const int BootCodeSize = 440;
    private const int MaximumEntries = 1000;
    private const byte MbrEfiSystem = 0xEF;

    public static BootLoaders Find(IByteSource disk, IReadOnlyList<DiskVolume> volumes, List<string> problems)
    {
        BootLoaders found = BootLoaders.None;
        foreach (Func<BootLoaders> look in volumes.Where(static volume => volume.FileSystem is not null).Select<DiskVolume, Func<BootLoaders>>(static volume => () => FindOn(volume)).Prepend(() => FindInBootCode(disk)))
        {
            try
            {
                found |= look();
            }
            catch (DiskFormatException exception)
            {
                problems.Add(exception.Message);
            }
        }

        return found;
    }

    private static BootLoaders FindInBootCode(IByteSource disk)
    {
        byte[] code = new byte[BootCodeSize];
        if (disk.Length < code.Length)
        {
            return BootLoaders.None;
        }

        disk.Read(0, code);
        return code.AsSpan().IndexOf("GRUB "u8) >= 0 ? BootLoaders.GrubBios : BootLoaders.None;
    }

    private static BootLoaders FindOn(DiskVolume volume)
    {
        IFileSystem files = volume.FileSystem!;
        return volume.Partition is { } partition && (partition.TypeId == PartitionTypes.EfiSystem || partition.TypeCode == MbrEfiSystem) ? FindOnEfiSystem(files)
            : volume.Partition is { IsActive: true } && files.GetEntry("bootmgr") is { IsDirectory: false } ? BootLoaders.WindowsBootManager
            : BootLoaders.None;
    }

    /// <summary>Each maker has a folder of its own below \EFI; what firmware starts by default is in \EFI\Boot.</summary>
    private static BootLoaders FindOnEfiSystem(IFileSystem files)
    {
        BootLoaders found = BootLoaders.None;
        foreach (FileSystemEntry folder in files.Enumerate("EFI").Take(MaximumEntries).Where(static entry => entry.IsDirectory))
        {
            foreach (string name in files.Enumerate(folder.Path).Take(MaximumEntries).Select(static entry => entry.Name.ToUpperInvariant()))
            {
                bool isProgram = name.EndsWith(".EFI", StringComparison.Ordinal);
                found |= name == "GRUB.CFG" || (isProgram && name.StartsWith("GRUB", StringComparison.Ordinal)) ? BootLoaders.GrubEfi
                    : isProgram && name.StartsWith("SYSTEMD-BOOT", StringComparison.Ordinal) ? BootLoaders.SystemdBoot
                    : BootLoaders.None;
            }
        }

        return files.GetEntry(@"EFI\Microsoft\Boot\bootmgfw.efi") is { IsDirectory: false } ? found | BootLoaders.WindowsBootManager : found;
    }
}

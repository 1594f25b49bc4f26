using System.Text;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>
/// Which virtual machines can start from a disk (Microsoft Learn, "Support for Generation 2 VMs on Azure"). A place where code
/// belongs is not believed to hold any: code is looked for.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="table">Its partitions.</param>
/// <param name="volumes">Its volumes.</param>
/// <param name="architecture">The guest's; null where that is not known.</param>
internal sealed class BootCheck(IByteSource disk, PartitionTable table, IReadOnlyList<DiskVolume> volumes, string? architecture)
{
    private const int LargestShim = 4 << 20;
    private const int BootCodeSize = 440;
    private const int MaximumEntries = 1000;

    // GRUB's core image begins in the partition's first sector, and fills some of them.
    private const int CoreSize = 4096;

    // UEFI 2.10, 3.5.1.1: what firmware starts from a disk that nothing else is known of. Behind each, what a shim in its place starts.
    private static readonly (string Architecture, string Name, ushort Machine, string Second, string Fallback)[] Loaders =
    [
        ("x64", "bootx64.efi", ProgramHeaders.X64, "grubx64.efi", "fbx64.efi"),
        ("arm64", "bootaa64.efi", ProgramHeaders.Arm64, "grubaa64.efi", "fbaa64.efi"),
    ];

    private readonly List<string> _obstacles = [];

    /// <summary>Why a generation that the disk is laid out for can't start from it, a sentence each.</summary>
    public IReadOnlyList<string> Obstacles => _obstacles;

    /// <summary>The generations of virtual machines that can start from the disk.</summary>
    /// <param name="problems">Takes what is damaged on the way, a sentence each.</param>
    public VmGenerations FindGenerations(List<string> problems)
        => (Attempt(StartsFromBios, problems) ? VmGenerations.V1 : VmGenerations.None)
            | (volumes.Any(volume => volume.Partition?.TypeId == PartitionTypes.EfiSystem && Attempt(() => StartsFromEfi(volume.FileSystem), problems)) ? VmGenerations.V2 : VmGenerations.None);

    private bool StartsFromBios()
    {
        Partition? core = table.Partitions.FirstOrDefault(static partition => partition.TypeId == PartitionTypes.BiosBoot);
        if (core is null && !table.HasActivePartition)
        {
            return false;
        }

        if (!HasCode(0, BootCodeSize))
        {
            _obstacles.Add("Generation 1: the first sector holds no boot code.");
            return false;
        }

        if (core is not null && !table.HasActivePartition && !HasCode(core.Offset, CoreSize))
        {
            _obstacles.Add(FormattableString.Invariant($"Generation 1: partition {core.Number} is for BIOS boot code, and is empty."));
            return false;
        }

        return true;
    }

    private bool HasCode(long offset, int size)
    {
        if (offset >= disk.Length)
        {
            return false;
        }

        byte[] code = new byte[(int)Math.Min(size, disk.Length - offset)];
        disk.Read(offset, code);
        return Array.Exists(code, static b => b != 0);
    }

    private bool StartsFromEfi(IFileSystem? files)
    {
        if (files is null)
        {
            return false;
        }

        foreach ((string maker, string name, ushort machine, string second, string fallback) in Loaders)
        {
            string path = $@"\EFI\Boot\{name}";
            if (files.GetEntry(path) is not { IsDirectory: false })
            {
                continue;
            }

            string? obstacle = maker != architecture && Array.Exists(Loaders, loader => loader.Architecture == architecture) ? $"is for {maker}, and the system for {architecture}"
                : ReadHeaders(files, path) is not { } program ? "is no program"
                : program.Machine != machine ? $"is a program for another processor (machine 0x{program.Machine:X4})"
                : HasSecond(files, second, fallback) ? null
                : program.Sections == 0 && IsAlone(files) ? "is a program without code, and the only one there"
                : IsShim(files, path, second) ? $"is a shim, and what it starts, {second}, is not beside it"
                : null;
            if (obstacle is null)
            {
                return true;
            }

            _obstacles.Add($"Generation 2: {path} {obstacle}.");
        }

        return false;
    }

    /// <summary>Whether what a shim starts is there: beside it, or, where the shim starts the fallback program, beside another shim that this one finds.</summary>
    private static bool HasSecond(IFileSystem files, string second, string fallback)
        => files.GetEntry($@"\EFI\Boot\{second}") is { IsDirectory: false }
            || (files.GetEntry($@"\EFI\Boot\{fallback}") is { IsDirectory: false } && Folders(files).Any(folder => files.GetEntry($@"{folder}\{second}") is { IsDirectory: false }));

    private static bool IsAlone(IFileSystem files)
        => Folders(files).Append("EFI").Append(string.Empty).SelectMany(folder => files.Enumerate(folder).Take(MaximumEntries)).Count(static entry => !entry.IsDirectory && entry.Name.EndsWith(".efi", StringComparison.OrdinalIgnoreCase)) == 1
            && files.GetEntry(@"EFI\Microsoft\Boot\bootmgfw.efi") is null;

    private static IEnumerable<string> Folders(IFileSystem files) => files.Enumerate("EFI").Take(MaximumEntries).Where(static entry => entry.IsDirectory).Select(static entry => entry.Path);

    private static bool Attempt(Func<bool> look, List<string> problems)
    {
        try
        {
            return look();
        }
        catch (DiskFormatException exception)
        {
            problems.Add(exception.Message);
            return false;
        }
    }

    private static ProgramHeaders? ReadHeaders(IFileSystem files, string path)
    {
        using Stream? file = files.TryOpenFile(path);
        return file is null ? null : ProgramHeaders.Read(file);
    }

    /// <summary>Whether a program is a shim, which starts another one: it holds that one's name (rhboot/shim, DEFAULT_LOADER).</summary>
    private static bool IsShim(IFileSystem files, string path, string second)
    {
        using Stream? file = files.TryOpenFile(path);
        return file?.Length <= LargestShim && ProgramHeaders.ReadAt(file, 0, (int)file.Length) is { } bytes && bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes("\\" + second)) >= 0;
    }
}

using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests;

/// <summary>A program that firmware starts from an EFI system partition.</summary>
/// <param name="Path">Its path there.</param>
/// <param name="Signatures">Who signed it; none where nobody did, null where the file is no program.</param>
internal sealed record EfiProgram(string Path, IReadOnlyList<ProgramSignature>? Signatures)
{
    private static readonly Guid EfiSystem = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");

    /// <summary>What firmware starts by default (UEFI specification, 3.5.1.1), and Windows' boot manager, which its own entry starts.</summary>
    private static readonly string[] Paths = [@"EFI\Boot\bootx64.efi", @"EFI\Boot\bootaa64.efi", @"EFI\Microsoft\Boot\bootmgfw.efi"];

    /// <summary>Those on a disk's EFI system partitions.</summary>
    /// <exception cref="Disks.DiskFormatException">A volume is damaged there.</exception>
    public static IReadOnlyList<EfiProgram> FindAll(IEnumerable<DiskVolume> volumes)
        => [.. volumes
            .Where(static volume => volume.Partition?.TypeId == EfiSystem)
            .Select(static volume => volume.FileSystem)
            .OfType<IFileSystem>()
            .SelectMany(static files => Paths.Select(path => TryRead(files, path)))
            .OfType<EfiProgram>()];

    private static EfiProgram? TryRead(IFileSystem files, string path)
    {
        using Stream? file = files.TryOpenFile(path);
        return file is null ? null : new EfiProgram(path, ProgramSignature.ReadAll(file));
    }
}

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>Finds the files that boot entries name.</summary>
internal static class BootFiles
{
    // Each is looked for on every volume.
    private const int MaximumFiles = 32;

    // From the root, or from the volume that they lie on.
    private static readonly string[] Roots = ["boot/", string.Empty, "boot/efi/", "efi/", "boot/extlinux/"];

    /// <summary>A file that a boot entry names; null where it was not found. GRUB's names of devices stand before it.</summary>
    public static string? Locate(Guest guest, string path)
    {
        string name = path.Substring(path.LastIndexOf(')') + 1).TrimStart('/', '\\').Replace('\\', '/');
        return guest.FindFirst([.. Roots.Select(root => root + name)]);
    }

    /// <summary>
    /// Whether of the kernels and initramfs' that the entries name none is on the disk. That is only said where each entry names both by
    /// a whole path and is this system's, by the version of a kernel that it has modules of, and every volume of the disk was looked at:
    /// on which of them a loader looks is its own affair.
    /// </summary>
    public static bool AreGone(Guest guest, IReadOnlyList<KernelCommandLine> entries)
    {
        string?[] paths = [.. entries.SelectMany(static entry => new[] { entry.Kernel, entry.Initramfs }).Distinct(StringComparer.Ordinal).Take(MaximumFiles + 1)];
        return paths.Length is > 0 and <= MaximumFiles
            && Array.TrueForAll(paths, IsWhole)
            && entries.All(entry => guest.Identity?.KernelVersions.Any(version => IsOf(entry.Kernel!, version)) == true)
            && Array.TrueForAll(paths, path => Locate(guest, path!) is null)
            && Array.TrueForAll(paths, path => Array.TrueForAll(Roots, root => guest.IsOnAnyVolume(root + path!.Substring(1).Replace('\\', '/')) == false));
    }

    /// <summary>Whether a kernel's path tells its version: vmlinuz-VERSION, or VERSION/linux.</summary>
    private static bool IsOf(string kernel, string version)
        => Array.Exists(kernel.Split('/', '\\'), name => name == version || name.EndsWith("-" + version, StringComparison.Ordinal));

    /// <summary>Whether it is known which file a path means: no variable or device of a loader's is in it, nor a way back.</summary>
    private static bool IsWhole(string? path)
        => path is ['/' or '\\', _, ..] && path.IndexOf('$') < 0 && path.IndexOf('(') < 0 && path.IndexOf("..", StringComparison.Ordinal) < 0;
}

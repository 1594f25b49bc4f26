namespace AzImageTools.Disks.Items;

/// <summary>The beginnings of registry paths, as Windows and its tools write them.</summary>
internal static class RegistryRoot
{
    /// <summary>HKEY_LOCAL_MACHINE.</summary>
    public const string LocalMachine = "HKLM";

    /// <summary>HKEY_USERS.</summary>
    public const string Users = "HKU";

    private static readonly string[] Prefixes = [@"Microsoft.PowerShell.Core\Registry::", "Registry::", @"Computer\"];

    // HKEY_CLASSES_ROOT shows the machine's classes and, over them, those of the user who is signed in: here nobody is.
    private static readonly Dictionary<string, string> Roots = new(StringComparer.OrdinalIgnoreCase)
    {
        [LocalMachine] = LocalMachine,
        ["HKEY_LOCAL_MACHINE"] = LocalMachine,
        [Users] = Users,
        ["HKEY_USERS"] = Users,
        ["HKCR"] = LocalMachine + @"\SOFTWARE\Classes",
        ["HKEY_CLASSES_ROOT"] = LocalMachine + @"\SOFTWARE\Classes",
    };

    /// <summary>The path with its beginning in one form: HKLM or HKU, and names with '\' between them.</summary>
    /// <exception cref="DiskItemException">It begins otherwise.</exception>
    public static string Normalize(string path)
    {
        string prefix = Array.Find(Prefixes, prefix => path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) ?? string.Empty;
        string[] parts = path.Substring(prefix.Length).Split(['\\'], 2);
        return Roots.TryGetValue(parts[0].TrimEnd(':'), out string? root)
            ? root + "\\" + (parts.Length > 1 ? parts[1] : string.Empty)
            : throw new DiskItemException(
                DiskItemProblem.RegistryHiveNotFound, path, $@"'{path}' begins with none of HKLM\, HKU\ and HKCR\. What HKCU shows of a user is HKU\ and the name of the profile's folder.");
    }
}

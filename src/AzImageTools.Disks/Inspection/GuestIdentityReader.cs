using System.Globalization;

namespace AzImageTools.Disks.Inspection;

/// <summary>Tells from a registry which Windows it belongs to.</summary>
internal static class GuestIdentityReader
{
    private const string CurrentVersion = @"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    private const string Environment = @"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";
    private const string TcpIp = @"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";
    private const string ComputerName = @"SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName";

    // Windows 11 still calls itself Windows 10 in ProductName (Microsoft Learn, "Windows 11 release information": builds from 22000 on).
    private const int FirstBuildOfWindows11 = 22000;

    /// <summary>Tells which Windows it is.</summary>
    /// <param name="read">Reads a value by its key's path below HKLM and its name; gives the data by its type, null where there is none.</param>
    public static GuestIdentity ReadWindows(Func<string, string, object?> read)
    {
        object? Version(string name) => read(CurrentVersion, name);
        int? build = int.TryParse(Text(Version("CurrentBuildNumber")), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        return new GuestIdentity
        {
            Family = GuestFamily.Windows,
            Product = ProductOf(Text(Version("ProductName")), build),
            Edition = Text(Version("EditionID")),
            Version = VersionOf(Version, build),
            Build = build,
            UpdateBuildRevision = Version("UBR") is uint revision and <= int.MaxValue ? (int)revision : null,
            InstallationType = Text(Version("InstallationType")),
            Architecture = Text(read(Environment, "PROCESSOR_ARCHITECTURE")) switch
            {
                "AMD64" => "x64",
                "ARM64" => "arm64",
                "x86" => "x86",
                string other => other,
                null => null,
            },
            HostName = Text(read(TcpIp, "Hostname")) ?? Text(read(ComputerName, "ComputerName")),
        };
    }

    private static string? ProductOf(string? product, int? build)
    {
        const string Windows10 = "Windows 10";
        return build >= FirstBuildOfWindows11 && product is not null && product.StartsWith(Windows10, StringComparison.Ordinal)
            ? "Windows 11" + product.Substring(Windows10.Length)
            : product;
    }

    private static string? VersionOf(Func<string, object?> version, int? build)
    {
        // Since Windows 10 CurrentVersion stays at 6.3, and two numbers of its own tell the version.
        string? start = version("CurrentMajorVersionNumber") is uint major
            ? string.Format(CultureInfo.InvariantCulture, "{0}.{1}", major, version("CurrentMinorVersionNumber") as uint? ?? 0)
            : Text(version("CurrentVersion"));
        string? whole = start is null || build is null ? start : string.Format(CultureInfo.InvariantCulture, "{0}.{1}", start, build);
        return whole is not null && build is not null && version("UBR") is uint revision
            ? string.Format(CultureInfo.InvariantCulture, "{0}.{1}", whole, revision)
            : whole;
    }

    private static string? Text(object? data) => data is string { Length: > 0 } text ? text : null;
}

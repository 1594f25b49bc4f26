using System.Globalization;
using AzImageTools.Disks.Registry;

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

    public static GuestIdentity ReadWindows(WindowsHives hives)
    {
        RegistryKey? version = hives.OpenKey(CurrentVersion);
        int? build = int.TryParse(Text(version, "CurrentBuildNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        return new GuestIdentity
        {
            Family = GuestFamily.Windows,
            Product = ProductOf(version, build),
            Edition = Text(version, "EditionID"),
            Version = VersionOf(version, build),
            Build = build,
            UpdateBuildRevision = version?.GetValue("UBR")?.AsDWord() is uint revision and <= int.MaxValue ? (int)revision : null,
            InstallationType = Text(version, "InstallationType"),
            Architecture = Text(hives.OpenKey(Environment), "PROCESSOR_ARCHITECTURE") switch
            {
                "AMD64" => "x64",
                "ARM64" => "arm64",
                "x86" => "x86",
                string other => other,
                null => null,
            },
            HostName = Text(hives.OpenKey(TcpIp), "Hostname") ?? Text(hives.OpenKey(ComputerName), "ComputerName"),
        };
    }

    private static string? ProductOf(RegistryKey? version, int? build)
    {
        const string Windows10 = "Windows 10";
        string? product = Text(version, "ProductName");
        return build >= FirstBuildOfWindows11 && product is not null && product.StartsWith(Windows10, StringComparison.Ordinal)
            ? "Windows 11" + product.Substring(Windows10.Length)
            : product;
    }

    private static string? VersionOf(RegistryKey? version, int? build)
    {
        // Since Windows 10 CurrentVersion stays at 6.3, and two numbers of its own tell the version.
        string? start = version?.GetValue("CurrentMajorVersionNumber")?.AsDWord() is uint major
            ? string.Format(CultureInfo.InvariantCulture, "{0}.{1}", major, version.GetValue("CurrentMinorVersionNumber")?.AsDWord() ?? 0)
            : Text(version, "CurrentVersion");
        string? whole = start is null || build is null ? start : string.Format(CultureInfo.InvariantCulture, "{0}.{1}", start, build);
        return whole is not null && build is not null && version?.GetValue("UBR")?.AsDWord() is uint revision
            ? string.Format(CultureInfo.InvariantCulture, "{0}.{1}", whole, revision)
            : whole;
    }

    private static string? Text(RegistryKey? key, string value) => key?.GetValue(value)?.AsString() is { Length: > 0 } text ? text : null;
}

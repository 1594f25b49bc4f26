using System.Globalization;

namespace AzImageTools.Readiness.Guests;

/// <summary>Which Windows a guest is.</summary>
internal static class WindowsVersion
{
    /// <summary>The build number.</summary>
    /// <exception cref="EvidenceUnavailableException">The registry does not tell it.</exception>
    public static int GetBuild(Guest guest)
        => guest.GetValue(WindowsKeys.WindowsNT, "CurrentBuildNumber") is string text
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int build)
            ? build
            : throw new EvidenceUnavailableException($@"HKLM\{WindowsKeys.WindowsNT}\CurrentBuildNumber holds no build number.");

    /// <summary>Whether it is a server rather than a client.</summary>
    /// <exception cref="EvidenceUnavailableException">The registry does not tell it.</exception>
    public static bool IsServer(Guest guest)
        => guest.GetValue(WindowsKeys.WindowsNT, "InstallationType") is string type
            ? type.StartsWith("Server", StringComparison.OrdinalIgnoreCase)
            : throw new EvidenceUnavailableException($@"HKLM\{WindowsKeys.WindowsNT}\InstallationType is missing.");
}

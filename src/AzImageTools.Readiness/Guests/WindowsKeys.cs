using System.Globalization;

namespace AzImageTools.Readiness.Guests;

/// <summary>Registry keys below HKLM that rules look at.</summary>
internal static class WindowsKeys
{
    public const string Setup = @"SYSTEM\Setup";
    public const string ControlSet = @"SYSTEM\CurrentControlSet";
    public const string Control = ControlSet + @"\Control";
    public const string Services = ControlSet + @"\Services";
    public const string SessionManager = Control + @"\Session Manager";
    public const string Environment = SessionManager + @"\Environment";
    public const string TerminalServer = Control + @"\Terminal Server";
    public const string RdpListener = TerminalServer + @"\WinStations\RDP-Tcp";
    public const string RdpPolicy = @"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
    public const string FirewallPolicy = Services + @"\SharedAccess\Parameters\FirewallPolicy";
    public const string WindowsNT = @"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    public const string CurrentVersion = @"SOFTWARE\Microsoft\Windows\CurrentVersion";
    public const string SetupState = CurrentVersion + @"\Setup\State";
    public const string AppStore = CurrentVersion + @"\Appx\AppxAllUserStore";
    public const string SysprepProviders = CurrentVersion + @"\Setup\SysPrepExternal\Generalize";
    public const string Servicing = CurrentVersion + @"\Component Based Servicing";
    public const string RoleCache = @"SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache";
    public const string BootStore = "BCD00000000";
    public const string DomainMembership = @"SECURITY\Policy\PolPrDmS";
}

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

using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Windows.RoleSupport;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// Which server roles Sysprep supports, and which are installed. Server Manager's component cache tells which; it is a
/// cache, so services confirm it: a role blocks only when both agree that it is there, and warns when one mark alone
/// says so.
/// </summary>
internal static class ServerRoles
{
    private const string WebConfiguration = @"Windows\System32\inetsrv\config\applicationHost.config";
    private const string EncryptedCredential = "[enc:";
    private const int BuildOf2012 = 9200;

    /// <summary>The page's rows that a trace in the registry tells apart; streaming media and UDDI leave none that is known.</summary>
    public static IReadOnlyList<ServerRole> Table { get; } =
    [
        new("Active Directory Certificate Services", No, No, No, ["AD-Certificate"], "CertSvc"),
        new("Active Directory Domain Services", No, No, No, ["AD-Domain-Services"], "NTDS"),
        new("Active Directory Federation Services", No, No, No, ["ADFS-Federation"], "adfssrv"),
        new("Active Directory Lightweight Directory Services", No, No, No, ["ADLDS"], "ADAM_*"),
        new("Active Directory Rights Management Services", No, No, No, ["ADRMS"]),
        new("Application Server", Yes, Yes, Yes, ["Application-Server"]),
        new("DHCP Server", Yes, No, No, ["DHCP"], "DHCPServer"),
        new("DNS Server", Unstated, Unstated, Unstated, ["DNS"], "DNS"),
        new("Fax Server", No, No, No, ["Fax"], "Fax"),
        new("File and Storage Services", No, Yes, Yes, ["FileAndStorage-Services"]),
        new("Hyper-V", Unstated, Conditional, Conditional, ["Hyper-V"], "vmms", "supported only without virtual networks: delete them first"),
        new("Network Policy and Access Services", No, No, No, ["NPAS"], "IAS"),
        new("Routing and Remote Access", Yes, Unstated, Unstated, ["RemoteAccess"]),
        new("Print and Document Services", No, Yes, Yes, ["Print-Services"]),
        new("Remote Desktop Services", Yes, Yes, Yes, ["RDS-RD-Server", "Remote-Desktop-Services"], "TermServLicensing"),
        new("Volume Activation Services", Unstated, Unstated, Unstated, ["VolumeActivation"]),
        new("Web Server (IIS)", Conditional, Conditional, Conditional, ["Web-Server"], "W3SVC", "supported only without encrypted credentials in applicationHost.config", guest => !HasEncryptedCredentials(guest)),
        new("Windows Deployment Services", No, No, Conditional, ["WDS"], "WDSServer", "supported only while it is not initialized: wdsutil /uninitialize-server"),
        new("Windows Server Update Services", No, No, No, ["UpdateServices"], "WsusService"),
    ];

    public static RuleOutcome Judge(RuleContext context)
    {
        Guest guest = context.Guest;
        int build = WindowsVersion.GetBuild(guest);
        string[] services = [.. guest.GetSubkeyNames(WindowsKeys.Services)];
        bool hasCache = guest.KeyExists(WindowsKeys.RoleCache);
        List<string> supported = [];
        List<Observation> problems = [];
        FindingSeverity severity = FindingSeverity.Warning;

        foreach (ServerRole role in Table)
        {
            uint?[] states = [.. role.Components.Select(component => RoleCache.GetState(guest, component))];
            string? service = FindService(role, services);
            bool? isCached = states.Contains(RoleCache.Installed) ? true : states.All(state => state is null) ? null : false;
            if (!(isCached ?? service is not null))
            {
                continue;
            }

            RoleSupport support = role.GetSupport(build);
            if (support == Yes || (support == Conditional && role.MeetsCondition?.Invoke(guest) == true))
            {
                supported.Add(role.Name);
                continue;
            }

            problems.Add(Describe(role, support, isCached, service, build));
            if (support == No && isCached == true && service is not null)
            {
                severity = FindingSeverity.Blocker;
            }
        }

        if (problems.Count > 0)
        {
            return RuleOutcome.Fail([.. problems]) with { Severity = severity };
        }

        // Without the cache, roles that have no service of their own may be there unseen.
        return hasCache
            ? RuleOutcome.Pass(new Observation(@"HKLM\" + WindowsKeys.RoleCache, supported.Count == 0 ? "no role" : "supported: " + string.Join(", ", supported)))
            : RuleOutcome.Undetermined($@"HKLM\{WindowsKeys.RoleCache} is missing.") with { Severity = FindingSeverity.Warning };
    }

    private static string? FindService(ServerRole role, string[] services) => role.Service switch
    {
        null => null,
        var name when name.EndsWith("*", StringComparison.Ordinal)
            => services.FirstOrDefault(service => service.StartsWith(name.TrimEnd('*'), StringComparison.OrdinalIgnoreCase)),
        var name => services.FirstOrDefault(service => string.Equals(service, name, StringComparison.OrdinalIgnoreCase)),
    };

    private static Observation Describe(ServerRole role, RoleSupport support, bool? isCached, string? service, int build)
    {
        string place = isCached == true
            ? $@"HKLM\{WindowsKeys.RoleCache}\{role.Components[0]}"
            : $@"HKLM\{WindowsKeys.Services}\{service}";
        string says = support switch
        {
            No => "not supported by Sysprep",
            Conditional => role.Condition ?? "supported under conditions",
            _ => "not said to be supported by Sysprep",
        };
        string marks = isCached == true && service is not null ? $", as the service {service} shows too" : string.Empty;
        string column = build > BuildOf2012 ? "; Microsoft states this for Windows Server 2012 and lists no later version" : string.Empty;
        return new Observation(place, $"{role.Name} is installed{marks}: {says}{column}");
    }

    private static bool HasEncryptedCredentials(Guest guest)
        => (guest.ReadText(WebConfiguration) ?? throw new EvidenceUnavailableException($"{WebConfiguration} is missing though IIS is installed."))
            .IndexOf(EncryptedCredential, StringComparison.OrdinalIgnoreCase) >= 0;
}

/// <summary>Server Manager's cache of which roles and features are installed.</summary>
internal static class RoleCache
{
    /// <summary>The state of a component that is installed.</summary>
    public const uint Installed = 1;

    /// <summary>The state of a component that is not installed.</summary>
    public const uint Available = 0;

    /// <summary>A component's state; null where the cache does not know it.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="component">The component, by the name that Get-WindowsFeature shows.</param>
    public static uint? GetState(Guest guest, string component) => guest.GetValue($@"{WindowsKeys.RoleCache}\{component}", "InstallState") as uint?;
}

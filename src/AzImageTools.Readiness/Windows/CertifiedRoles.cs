

using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// The roles and features that the Marketplace's certification names as not supported in Azure. They warn: only who publishes the
/// image there is bound by it.
/// </summary>
internal static class CertifiedRoles
{
    public static IReadOnlyList<(string Name, string Component)> Table { get; } =
    [
        ("Failover Clustering", "Failover-Clustering"),
        ("DHCP Server", "DHCP"),
        ("Hyper-V", "Hyper-V"),
        ("DirectAccess", "DirectAccess-VPN"),
        ("Rights Management Services", "ADRMS"),
        ("Windows Deployment Services", "WDS"),
        ("Internet Storage Name Server", "ISNS"),
        ("Multipath I/O", "Multipath-IO"),
        ("Network Load Balancing", "NLB"),
        ("Peer Name Resolution Protocol", "PNRP"),
        ("SNMP Service", "SNMP-Service"),
        ("WINS Server", "WINS"),
        ("Wireless LAN Service", "Wireless-Networking"),
    ];

    public static RuleOutcome Judge(RuleContext context)
    {
        Guest guest = context.Guest;
        if (!guest.KeyExists(WindowsKeys.RoleCache))
        {
            return RuleOutcome.Undetermined($@"HKLM\{WindowsKeys.RoleCache} is missing.");
        }

        Observation[] excluded = [.. Table
            .Where(role => RoleCache.GetState(guest, role.Component) == RoleCache.Installed)
            .Select(role => new Observation($@"HKLM\{WindowsKeys.RoleCache}\{role.Component}", $"{role.Name} is installed"))];
        return excluded.Length > 0
            ? RuleOutcome.Fail(excluded)
            : RuleOutcome.Pass(new Observation(@"HKLM\" + WindowsKeys.RoleCache, "none of them is installed"));
    }
}

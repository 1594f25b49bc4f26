using System.Text.RegularExpressions;
using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Services.Clone;

/// <summary>
/// Finds what forbids a second machine with the same identity, even without a network: who belongs to a group that counts its members, and may take the
/// copy's traces for a member's. Told by a disk alone.
/// </summary>
internal static class TwinCheck
{
    private const string ProductOptions = @"SYSTEM\CurrentControlSet\Control\ProductOptions";
    private const string ClusterService = @"SYSTEM\CurrentControlSet\Services\ClusSvc";
    private const string ClusterHive = @"Windows\Cluster\CLUSDB";
    private const string SqlServer = @"SOFTWARE\Microsoft\Microsoft SQL Server";
    private const uint StartsAutomatically = 2;

    private static readonly Regex SqlReplica = new(@"^\s*hadrenabled\s*=\s*1\b", RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    private static readonly Regex SambaController = new(
        @"^\s*server\s+role\s*=\s*(active\s+directory\s+)?domain\s+controller\b", RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    /// <summary>What the guest is that must not have a twin, such as <c>a domain controller</c>; empty for nothing.</summary>
    /// <param name="guest">The guest.</param>
    /// <exception cref="EvidenceUnavailableException">The disk does not show it.</exception>
    /// <exception cref="DiskFormatException">What would tell it is damaged.</exception>
    public static IReadOnlyList<string> Find(Guest guest) => [.. guest.Identity?.Family == GuestFamily.Windows ? FindInWindows(guest) : FindInLinux(guest)];

    private static IEnumerable<string> FindInWindows(Guest guest)
    {
        // Microsoft Learn, "Win32_OperatingSystem", ProductType: the registry's name of a domain controller.
        if (guest.GetValue(ProductOptions, "ProductType") is string type && string.Equals(type, "LanmanNT", StringComparison.OrdinalIgnoreCase))
        {
            yield return "a domain controller";
        }

        // The feature alone leaves the service disabled; joining a cluster starts it with Windows, and brings its database.
        if (guest.GetValue(ClusterService, "Start") is StartsAutomatically || guest.GetFile(ClusterHive) is not null)
        {
            yield return "a node of a failover cluster";
        }

        // Microsoft Learn, "Enable and disable Always On availability groups": the value that the setting is kept in.
        foreach (string instance in guest.GetValueNames(SqlServer + @"\Instance Names\SQL"))
        {
            if (guest.GetValue(SqlServer + @"\Instance Names\SQL", instance) is string folder && guest.GetValue($@"{SqlServer}\{folder}\MSSQLServer\HADR", "HADR_Enabled") is 1u)
            {
                yield return $"a SQL Server ({PrintableText.Of(instance)}) of availability groups";
            }
        }
    }

    private static IEnumerable<string> FindInLinux(Guest guest)
    {
        if (guest.GetFile("etc/corosync/corosync.conf") is not null || guest.GetFile("var/lib/pacemaker/cib/cib.xml") is not null)
        {
            yield return "a node of a cluster (corosync, pacemaker)";
        }

        if (guest.GetFile("var/opt/mssql/mssql.conf") is not null && SqlReplica.IsMatch(guest.ReadText("var/opt/mssql/mssql.conf") ?? string.Empty))
        {
            yield return "a SQL Server of availability groups";
        }

        if (guest.GetFile("etc/samba/smb.conf") is not null && SambaController.IsMatch(guest.ReadText("etc/samba/smb.conf") ?? string.Empty))
        {
            yield return "a domain controller (Samba)";
        }
    }
}

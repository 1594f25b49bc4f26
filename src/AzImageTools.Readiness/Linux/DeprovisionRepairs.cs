using System.Text.RegularExpressions;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>
/// Deprovisioning of a Linux that is not running: what "waagent -deprovision+user" (azurelinuxagent/pa/deprovision/default.py) and "cloud-init
/// clean --logs --seed --machine-id" (cloudinit/cmd/clean.py) take away, by the guest's own configuration.
/// </summary>
internal static class DeprovisionRepairs
{
    private const string NoName = "localhost.localdomain";
    private const string LockedRoot = "root:*LOCK*:14600::::::";
    private const string Homes = "/home/";

    private static readonly Regex UserName = new(@"<(?:\w+:)?UserName>\s*(?<name>[a-z_][a-z0-9_.-]{0,31})\s*</", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
    private static readonly string[] KeyMakers = ["sshd-keygen@.service", "sshd-keygen.service", "sshdgenkeys.service", "ssh-keygen.service"];
    private static readonly string[] UnitFolders = ["etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"];
    private static readonly string[] AccountFiles = ["etc/passwd", "etc/shadow", "etc/subuid", "etc/subgid"];
    private static readonly string[] GroupFiles = ["etc/group", "etc/gshadow"];
    private static readonly string[] Mailboxes = ["var/mail", "var/spool/mail"];
    private static readonly string[] CloudLogs = ["var/log/cloud-init.log", "var/log/cloud-init-output.log"];

    /// <summary>Host keys, where something makes them anew: cloud-init, the agent, or the distribution's own service. Else nobody could reach a new machine.</summary>
    public static IEnumerable<DiskEdit> RemoveHostKeys(RuleContext context)
        => (DeprovisionChecks.AreHostKeysReplaced(context) && context.Linux.CloudInit.IsEnabled)
            || (context.Linux.IsProvisionedByAgent && context.Linux.AgentConfiguration?.IsOn("Provisioning.RegenerateSshHostKeyPair") == true)
            || context.Guest.FindFirst([.. UnitFolders.SelectMany(folder => KeyMakers.Select(unit => $"{folder}/{unit}"))]) is not null
                ? DeprovisionChecks.FindHostKeys(context.Guest).Select(FileEdit.Delete)
                : [];

    /// <summary>An empty file, for which systemd makes a new identifier at the next start (machine-id(5)).</summary>
    public static IEnumerable<DiskEdit> EmptyMachineId() => [FileEdit.Rewrite(DeprovisionChecks.MachineId, static _ => string.Empty) with { HidesContent = true }];

    /// <summary>root's password, as the agent takes it away.</summary>
    public static IEnumerable<DiskEdit> LockRoot()
        => [TextEdits.Lines(DeprovisionChecks.Shadow, static (line, _) => line.StartsWith("root:", StringComparison.Ordinal) ? LockedRoot : line) with { HidesContent = true }];

    /// <summary>The account that the agent made, by its own record, and those that are named; others stay.</summary>
    public static IEnumerable<DiskEdit> RemoveUsers(RuleContext context)
    {
        string[] names = FindRemovedUsers(context);
        foreach (Account account in Account.ReadUsers(context.Guest).Where(account => Array.IndexOf(names, account.Name) >= 0))
        {
            foreach (string path in AccountFiles)
            {
                yield return TextEdits.Without(path, (line, _) => line.Split(':')[0] == account.Name) with { HidesContent = true };
            }

            foreach (string path in GroupFiles)
            {
                yield return TextEdits.Lines(path, (line, _) => LeaveGroup(line, account.Name)) with { HidesContent = true };
            }

            foreach (string mailbox in Mailboxes)
            {
                yield return FileEdit.Delete($"{mailbox}/{account.Name}");
            }

            if (account.Home.StartsWith(Homes, StringComparison.Ordinal) && account.Home.TrimEnd('/').Split('/') is [_, _, not ("" or "." or "..")])
            {
                yield return FileEdit.Delete(account.Home.Trim('/'));
            }
        }
    }

    /// <summary>What gives accounts the right to do all, where none of them is left.</summary>
    public static IEnumerable<DiskEdit> RemoveRights(RuleContext context, string path)
        => FindRemovedUsers(context) is var names && Account.ReadUsers(context.Guest).All(account => Array.IndexOf(names, account.Name) >= 0) ? [FileEdit.Delete(path)] : [];

    /// <summary>The name of no machine, as the agent writes it.</summary>
    public static IEnumerable<DiskEdit> RemoveName() =>
    [
        FileEdit.Rewrite("etc/hostname", static _ => NoName),
        FileEdit.Rewrite("etc/HOSTNAME", static _ => NoName),
        TextEdits.Lines("etc/sysconfig/network", static (line, _) => line.StartsWith("HOSTNAME=", StringComparison.Ordinal) ? $"HOSTNAME={NoName}" : line),
        .. new[] { "etc/dhcp/dhclient.conf", "etc/dhcp3/dhclient.conf", "etc/dhclient.conf" }.Select(static path => TextEdits.Lines(path, static (line, _)
            => line.TrimStart().StartsWith("send host-name", StringComparison.Ordinal) && line.IndexOf("gethostname", StringComparison.Ordinal) < 0 && line.IndexOf("<hostname>", StringComparison.Ordinal) < 0
                ? $"send host-name \"{NoName}\";"
                : line)),
    ];

    /// <summary>What the agent and cloud-init keep of the machine, and wrote to their logs: their folders stay, empty.</summary>
    public static IEnumerable<DiskEdit> RemoveState(RuleContext context)
    {
        string library = context.Linux.AgentConfiguration?.ValueOf("Lib.Dir") ?? "/var/lib/waagent";
        string logs = context.Linux.AgentConfiguration?.ValueOf("Extension.LogDir") ?? "/var/log/azure";
        return
        [
            .. new[] { library, logs, "var/lib/cloud" }.SelectMany(folder => FindAll(context.Guest, folder)).Select(FileEdit.Delete),
            FileEdit.Delete("var/log/waagent.log"),
            .. UnitFolders.Select(static folder => FileEdit.Delete($"{folder}/waagent-network-setup.service")),
            .. CloudLogs.Select(FileEdit.Delete),
        ];
    }

    /// <summary>The accounts that are removed with the machine's identity.</summary>
    private static string[] FindRemovedUsers(RuleContext context)
        => [
            .. context.Options.RemovedUsers,
            .. UserName.Match(context.Guest.ReadText("var/lib/waagent/ovf-env.xml") ?? string.Empty) is { Success: true } match ? [match.Groups["name"].Value] : Array.Empty<string>(),
        ];

    // Folders of an administrator's choice are emptied only where they are the agent's own: far enough from the root.
    private static IReadOnlyList<string> FindAll(Guest guest, string folder)
        => folder.Split(['/'], StringSplitOptions.RemoveEmptyEntries) is { Length: > 2 } names && Array.IndexOf(names, "..") < 0 ? guest.FindIn(string.Join("/", names), static _ => true) : [];

    // group(5): NAME:PASSWORD:ID:MEMBERS; gshadow(5): NAME:PASSWORD:ADMINISTRATORS:MEMBERS.
    private static string? LeaveGroup(string line, string name)
    {
        string[] fields = line.Split(':');
        if (fields[0] == name && (fields.Length < 4 || fields[3].Length == 0 || fields[3] == name))
        {
            return null;
        }

        for (int index = 2; index < fields.Length; index++)
        {
            fields[index] = string.Join(",", fields[index].Split(',').Where(member => member != name));
        }

        return string.Join(":", fields);
    }
}

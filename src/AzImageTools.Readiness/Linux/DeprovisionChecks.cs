using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Linux;

/// <summary>The checks of what is left of the machine that an image was made on.</summary>
internal static class DeprovisionChecks
{
    /// <summary>The accounts' passwords.</summary>
    public const string Shadow = "etc/shadow";

    /// <summary>The machine's identifier.</summary>
    public const string MachineId = "etc/machine-id";

    /// <summary>The same, as D-Bus has it.</summary>
    public const string BusMachineId = "var/lib/dbus/machine-id";

    private const string Provisioned = "var/lib/waagent/provisioned";
    private const string ResolverFile = "etc/resolv.conf";
    private const string NetworkManager = "var/lib/NetworkManager";
    private const int MaxShown = 20;
    private const int MaximumHomes = 1024;
    private const int LongestHistory = 1024;
    private const int HexDigits = 32;

    private static readonly string[] HostNames = ["localhost.localdomain", "localhost", string.Empty];
    private static readonly string[] LeaseFolders = ["var/lib/dhclient", "var/lib/dhcpcd", "var/lib/dhcp"];
    private static readonly string[] Histories = [".bash_history", ".zsh_history", ".ash_history", ".sh_history", ".history"];
    private static readonly string[] AuthorizedKeys = ["authorized_keys", "authorized_keys2"];
    private static readonly string[] ResolvconfFiles = ["etc/resolvconf/resolv.conf.d/tail", "etc/resolvconf/resolv.conf.d/original"];

    /// <summary>Keys that cloud-init replaces when a new machine starts are told, and do no harm.</summary>
    public static RuleOutcome JudgeHostKeys(RuleContext context)
        => LinuxFileCheck.NoneOf(FindHostKeys(context.Guest), "/etc/ssh/ssh_host_*key*") with
        {
            Severity = AreHostKeysReplaced(context) ? Information : Warning,
        };

    /// <summary>The host keys.</summary>
    public static IReadOnlyList<string> FindHostKeys(Guest guest) => guest.FindIn("etc/ssh", static entry => entry.IsLike("ssh_host_", "key") || entry.IsLike("ssh_host_", "key.pub"));

    /// <summary>Whether cloud-init makes new host keys for every new machine.</summary>
    public static bool AreHostKeysReplaced(RuleContext context) => context.Linux.CloudInit is { IsInstalled: true, IsDisabled: false, DeletesHostKeys: true };

    /// <summary>The identifier itself is not told: machine-id(5) calls it confidential.</summary>
    public static RuleOutcome JudgeMachineId(RuleContext context)
    {
        string? text = context.Guest.ReadText(MachineId)?.Trim();
        return text is null or "" or "uninitialized"
            ? RuleOutcome.Pass(new Observation($"/{MachineId}", text switch { null => "absent", "" => "empty", _ => text }))
            : RuleOutcome.Fail(new Observation($"/{MachineId}", "set"));
    }

    /// <summary>Where /etc/machine-id is missing, systemd takes D-Bus' (systemd-machine-id-setup(1)).</summary>
    public static RuleOutcome JudgeBusMachineId(RuleContext context)
    {
        if (context.Guest.GetFile(BusMachineId) is { IsLink: true })
        {
            return RuleOutcome.NotApplicable($"/{BusMachineId} is a link.");
        }

        string? text = context.Guest.ReadText(BusMachineId)?.Trim();
        return text is { Length: HexDigits }
            ? RuleOutcome.Fail(new Observation($"/{BusMachineId}", "set"))
            : RuleOutcome.Pass(new Observation($"/{BusMachineId}", text is null ? "absent" : "holds no identifier"));
    }

    /// <summary>What is told of a password is whether there is one.</summary>
    public static RuleOutcome JudgeRoot(RuleContext context)
    {
        TextLine entry = (TextLine.Read(context.Guest, Shadow) ?? throw new EvidenceUnavailableException($"There is no /{Shadow}."))
            .FirstOrDefault(static line => line.Text.StartsWith("root:", StringComparison.Ordinal))
            ?? throw new EvidenceUnavailableException($"/{Shadow} has no entry of root.");
        string password = entry.Text.Split(':')[1];
        return password.Length > 0 && password[0] is '!' or '*'
            ? RuleOutcome.Pass(new Observation(entry.Place, "root is locked"))
            : RuleOutcome.Fail(new Observation(entry.Place, password.Length == 0 ? "root has an empty password" : "root has a password"));
    }

    public static RuleOutcome JudgeUsers(RuleContext context)
    {
        Observation[] users = [.. Account.ReadUsers(context.Guest).Take(MaxShown).Select(static account => new Observation($"/{Account.Path}", $"{account.Name}, {account.Home}"))];
        return users.Length > 0 ? RuleOutcome.Fail(users) : RuleOutcome.Pass(new Observation($"/{Account.Path}", "no personal account"));
    }

    /// <summary>A host name that stands for none. Red Hat Enterprise Linux 6 and SLES 11 keep it in files of their own.</summary>
    public static RuleOutcome JudgeHostName(RuleContext context)
    {
        (string Place, string Name)[] names =
        [
            .. FirstLine("etc/hostname"),
            .. (TextLine.Read(context.Guest, "etc/sysconfig/network") ?? []).Where(static line => line.ValueOf("HOSTNAME") is not null).Select(static line => (line.Place, line.ValueOf("HOSTNAME")!)),
            .. FirstLine("etc/HOSTNAME"),
        ];
        Observation[] left = [.. names.Where(static name => Array.IndexOf(HostNames, name.Name) < 0).Select(static name => new Observation(name.Place, name.Name))];
        return left.Length > 0 ? RuleOutcome.Fail(left)
            : names.Length > 0 ? RuleOutcome.Pass([.. names.Select(static name => new Observation(name.Place, name.Name))])
            : RuleOutcome.Pass(new Observation("/etc/hostname", "no name"));

        IEnumerable<(string Place, string Name)> FirstLine(string path)
            => (TextLine.Read(context.Guest, path) ?? []).Take(1).Select(static line => (line.Place, line.Text));
    }

    /// <summary>A resolver's configuration that another machine wrote. A link leads to what is made at every start.</summary>
    public static RuleOutcome JudgeResolver(RuleContext context)
    {
        LinuxDistribution distribution = context.Linux.Distribution;
        if (distribution == LinuxDistribution.Ubuntu)
        {
            return RuleOutcome.NotApplicable("Ubuntu from 18.04 on keeps the file.");
        }

        FileSystemEntry? file = context.Guest.GetFile(ResolverFile);
        if (file is { IsLink: true } && (distribution == LinuxDistribution.UbuntuBefore1804 || file.IsMask()))
        {
            return distribution == LinuxDistribution.UbuntuBefore1804
                ? LinuxFileCheck.NoneOf([.. ResolvconfFiles.Where(path => context.Guest.GetFile(path) is not null)], $"/{ResolvconfFiles[0]}")
                : RuleOutcome.Pass(new Observation($"/{ResolverFile}", "a link to what is made at every start"));
        }

        return LinuxFileCheck.NoneOf(file is null ? [] : [ResolverFile], $"/{ResolverFile}");
    }

    /// <summary>What is in the way of a new machine's own name servers.</summary>
    public static IEnumerable<string> FindResolvers(Guest guest) => [ResolverFile, .. ResolvconfFiles.Where(path => guest.GetFile(path) is not null)];

    public static RuleOutcome JudgeLeases(RuleContext context) => LinuxFileCheck.NoneOf(FindLeases(context.Guest), "/var/lib/dhcp");

    /// <summary>The leases of DHCP.</summary>
    public static string[] FindLeases(Guest guest) =>
    [
        .. LeaseFolders.SelectMany(folder => guest.FindIn(folder, static entry => !entry.IsDirectory)),
        .. guest.FindIn(NetworkManager, static entry => entry.IsLike(string.Empty, ".lease")),
    ];

    /// <summary>With that file, the agent takes a new machine for provisioned already.</summary>
    /// <param name="severity">What it means.</param>
    /// <param name="isByAgent">Whether that concerns machines that the agent provisions, or those that cloud-init does.</param>
    public static RuleCheck NotProvisioned(FindingSeverity severity, bool isByAgent)
        => new(severity, context => context.Linux.IsProvisionedByAgent == isByAgent
            ? LinuxFileCheck.NoneOf(context.Guest.GetFile(Provisioned) is null ? [] : [Provisioned], $"/{Provisioned}")
            : RuleOutcome.NotApplicable("Something else provisions the machine."))
        { Repair = DeprovisionRepairs.RemoveState };

    /// <summary>The keys that root and everybody with a folder in /home let in (sshd(8), AUTHORIZED_KEYS FILE FORMAT). They are not told.</summary>
    public static RuleOutcome JudgeAuthorizedKeys(RuleContext context)
    {
        IReadOnlyList<string> homes = FindHomes(context.Guest);
        return homes.Count > MaximumHomes
            ? RuleOutcome.Undetermined($"/home holds more than {MaximumHomes} folders.")
            : LinuxFileCheck.NoneOf([.. FindAuthorizedKeys(context.Guest, homes).Take(MaxShown)], "/root/.ssh/authorized_keys");
    }

    /// <summary>The files of those keys.</summary>
    public static IEnumerable<string> FindAuthorizedKeys(Guest guest) => FindAuthorizedKeys(guest, FindHomes(guest));

    /// <summary>The histories, however long they are.</summary>
    public static IEnumerable<string> FindHistories(Guest guest)
        => FindHomes(guest).Prepend("root").SelectMany(static home => Histories.Select(name => $"{home}/{name}")).Where(path => guest.GetFile(path) is { IsDirectory: false });

    /// <summary>The histories of root and of everybody with a folder in /home that are longer than a session of cleaning up makes them.</summary>
    public static RuleOutcome JudgeHistories(RuleContext context)
    {
        IReadOnlyList<string> homes = FindHomes(context.Guest);
        if (homes.Count > MaximumHomes)
        {
            return RuleOutcome.Undetermined($"/home holds more than {MaximumHomes} folders.");
        }

        Observation[] histories = [.. homes
            .Prepend("root")
            .SelectMany(static home => Histories.Select(name => $"{home}/{name}"))
            .Select(path => (Path: path, File: context.Guest.GetFile(path)))
            .Where(static history => history.File is { IsDirectory: false, Length: > LongestHistory })
            .Take(MaxShown)
            .Select(static history => new Observation($"/{history.Path}", FormattableString.Invariant($"{history.File!.Length} bytes")))];
        return histories.Length > 0 ? RuleOutcome.Fail(histories) : RuleOutcome.Pass(new Observation("/root/.bash_history", FormattableString.Invariant($"none of more than {LongestHistory} bytes, nor in /home")));
    }

    private static IReadOnlyList<string> FindHomes(Guest guest) => guest.FindIn("home", static entry => entry.IsDirectory && !entry.IsLink);

    private static IEnumerable<string> FindAuthorizedKeys(Guest guest, IReadOnlyList<string> homes)
        => homes
            .Prepend("root")
            .SelectMany(static home => AuthorizedKeys.Select(name => $"{home}/.ssh/{name}"))
            .Where(path => guest.GetFile(path) is { IsDirectory: false, Length: > 0 });
}

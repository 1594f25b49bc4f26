using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>
/// The checks of how a Linux sets up its network: settings of the machine that the image was made on fit no other, and without any
/// a machine has no network. Addresses are not told.
/// </summary>
internal static class NetworkChecks
{
    private const int MaxShown = 20;
    private const string WriteNetplan =
        "printf 'network:\\n  version: 2\\n  ethernets:\\n    all:\\n      match: {driver: hv_netvsc}\\n      dhcp4: true\\n' > /etc/netplan/50-azure.yaml && chmod 600 /etc/netplan/50-azure.yaml   # nothing else sets up the network";
    private const string EnableCloudInit =
        "grep -lrE 'config: *disabled' /etc/cloud/cloud.cfg.d | xargs -r rm -f   # and network-config=disabled from the kernel's command line; cloud-init then sets up the network of every new machine";

    private const string CloudInitNetplan = "50-cloud-init.yaml";

    // What sets up a network besides cloud-init; with NetworkManager every interface without settings gets DHCP.
    private static readonly string[] Managers = ["NetworkManager", "dhcpcd", "connman", "network-manager"];
    private static readonly (string Folder, string Start, string End)[] Settings =
    [
        ("etc/netplan", string.Empty, ".yaml"),
        ("etc/sysconfig/network-scripts", "ifcfg-", string.Empty),
        ("etc/sysconfig/network", "ifcfg-", string.Empty),
        ("etc/systemd/network", string.Empty, ".network"),
        ("usr/lib/systemd/network", string.Empty, ".network"),
        ("etc/NetworkManager/system-connections", string.Empty, string.Empty),
    ];

    private static readonly Kind[] Kinds =
    [
        new("etc/sysconfig/network-scripts", "ifcfg-", string.Empty, JudgeAssignment),
        new("etc/sysconfig/network", "ifcfg-", string.Empty, JudgeAssignment),
        new("etc/NetworkManager/system-connections", string.Empty, string.Empty, JudgeKeyfile),
        new("etc/systemd/network", string.Empty, ".link", JudgeUnit),
        new("etc/systemd/network", string.Empty, ".network", JudgeUnit),
        new("etc/netctl", string.Empty, string.Empty, JudgeUnit),
        new("etc/udev/rules.d", string.Empty, ".rules", JudgeUdev),
        new("etc/network", "interfaces", string.Empty, JudgeInterfaces),
        new("etc/network/interfaces.d", string.Empty, string.Empty, JudgeInterfaces),
    ];

    /// <summary>No file ties an interface to a network card, or gives it an address.</summary>
    public static RuleOutcome JudgeFiles(RuleContext context)
    {
        bool isRewritten = context.Linux.CloudInit is { IsEnabled: true, IsDisabled: false } && FindDisabled(context) is null;
        Observation[] found =
        [
            .. Kinds.Concat(FindDropIns(context.Guest)).SelectMany(kind => context.Guest.ReadTexts(kind.Folder, entry => entry.IsLike(kind.Start, kind.End) && !entry.IsDirectory && !IsLoopback(entry))
                .SelectMany(file => JudgeLines(LinesOf(file.Path, file.Text, isRewritten), kind.Judge))),
            .. JudgeLines(TextLine.Read(context.Guest, "etc/dhcpcd.conf") ?? [], JudgeDhcpcd),
            .. context.Guest.ReadTexts("etc/netplan", static entry => entry.IsLike(string.Empty, ".yaml"))
                .Where(file => !(isRewritten && file.Path.EndsWith("/" + CloudInitNetplan, StringComparison.Ordinal)))
                .SelectMany(static file => JudgeNetplan(file.Path, file.Text)),
            .. context.Linux.KnownCommandLines.SelectMany(JudgeCommandLine),
        ];
        return found.Length > 0
            ? RuleOutcome.Fail([.. found.Take(MaxShown)])
            : RuleOutcome.Pass(new Observation("/etc", "no network settings of one machine"));
    }

    /// <summary>The files in which settings of one machine are.</summary>
    public static IEnumerable<(string Path, string Text)> FindWrong(RuleContext context)
    {
        bool isRewritten = context.Linux.CloudInit is { IsEnabled: true, IsDisabled: false } && FindDisabled(context) is null;
        IEnumerable<(string Path, string Text)> found = Kinds.Concat(FindDropIns(context.Guest)).SelectMany(kind => context.Guest.ReadTexts(kind.Folder, entry => entry.IsLike(kind.Start, kind.End) && !entry.IsDirectory && !IsLoopback(entry))
            .Where(file => JudgeLines(LinesOf(file.Path, file.Text, isRewritten), kind.Judge).Any()));
        IEnumerable<(string Path, string Text)> others = context.Guest.ReadText("etc/dhcpcd.conf") is { } text && JudgeLines(TextLine.Read(context.Guest, "etc/dhcpcd.conf") ?? [], JudgeDhcpcd).Any() ? [("etc/dhcpcd.conf", text)] : [];
        return found.Concat(others).Concat(context.Guest.ReadTexts("etc/netplan", static entry => entry.IsLike(string.Empty, ".yaml"))
            .Where(file => !(isRewritten && file.Path.EndsWith("/" + CloudInitNetplan, StringComparison.Ordinal)) && JudgeNetplan(file.Path, file.Text).Any()));
    }

    /// <summary>cloud-init sets up the network as Azure's metadata has it, not as a file does.</summary>
    public static RuleOutcome JudgeCloudInit(RuleContext context)
    {
        CloudInit cloudInit = context.Linux.CloudInit;
        if (!cloudInit.IsInstalled)
        {
            return RuleOutcome.NotApplicable("cloud-init is not installed.");
        }

        if (cloudInit.Network is { IsDisabled: false } network)
        {
            return RuleOutcome.Fail(new Observation(network.Line.Place, "cloud-init is given these network settings in place of Azure's"));
        }

        // The instructions for Red Hat's and Oracle's systems set it.
        return cloudInit.AppliesAzureNetwork is { } line && context.Linux.Distribution is not (LinuxDistribution.RedHat or LinuxDistribution.Oracle)
            ? RuleOutcome.Fail(new Observation(line.Place, $"{line.Text}: only the first interface gets DHCP, further ones and their addresses are not set up"))
            : RuleOutcome.Pass(new Observation($"/{CloudInit.Folder}", "cloud-init takes the network from Azure"));
    }

    /// <summary>Where cloud-init is told to leave the network alone, something else sets it up.</summary>
    public static RuleOutcome JudgeAny(RuleContext context)
    {
        if (FindDisabled(context) is not { } disabled)
        {
            return RuleOutcome.NotApplicable("cloud-init is not told to leave the network alone.");
        }

        Observation? other = Settings
            .SelectMany(place => context.Guest.FindIn(place.Folder, entry => entry.IsLike(place.Start, place.End) && !entry.IsDirectory && !IsLoopback(entry)))
            .Select(static path => new Observation($"/{path}", "exists"))
            .FirstOrDefault()
            ?? (TextLine.Read(context.Guest, "etc/network/interfaces") ?? []).FirstOrDefault(static line => line.Words() is ["iface", not "lo", ..])?.See()
            ?? context.Guest.FindIn("etc/network/interfaces.d", static entry => !entry.IsDirectory).Select(static path => new Observation($"/{path}", "exists")).FirstOrDefault();
        if (other is null && SystemUnits.SeeEnabled(context.Guest, Managers) is (true, [{ } manager, ..]))
        {
            other = manager;
        }

        return other is not null
            ? RuleOutcome.Pass(disabled, other)
            : RuleOutcome.Fail(disabled, new Observation("/etc", "nothing else sets up a network: a new machine has none")) with { Remedy = EnableCloudInit };
    }

    /// <summary>Settings that Ubuntu's installer leaves: cloud-init writes new ones, where it is to.</summary>
    public static RuleOutcome JudgeUbuntu(RuleContext context)
    {
        if (!context.Linux.Distribution.IsUbuntu())
        {
            return RuleOutcome.NotApplicable("Only Ubuntu's network is set up by netplan alone.");
        }

        RuleOutcome outcome = LinuxFileCheck.NoneOf(context.Guest.FindIn("etc/netplan", static entry => entry.IsLike(string.Empty, ".yaml")), "/etc/netplan/*.yaml");
        bool isWritten = context.Linux.CloudInit is { IsEnabled: true, IsDisabled: false };
        return FindDisabled(context) is not null && isWritten ? outcome with { Remedy = EnableCloudInit + "; then rm -f /etc/netplan/*.yaml" }
            : isWritten ? outcome
            : outcome with { Remedy = "rm -f /etc/netplan/*.yaml; " + WriteNetplan };
    }

    /// <summary>What tells cloud-init to leave the network alone; null where nothing does.</summary>
    private static Observation? FindDisabled(RuleContext context)
        => !context.Linux.CloudInit.IsInstalled ? null
            : context.Linux.KnownCommandLines.FirstOrDefault(static line => line.Has("network-config=disabled")) is { } line ? new Observation(line.Place, "network-config=disabled")
            : context.Linux.CloudInit.Network is { IsDisabled: true } network ? new Observation(network.Line.Place, "network: disabled")
            : null;

    private static IEnumerable<Observation> JudgeLines(IEnumerable<TextLine> lines, Func<string, string?> judge)
        => lines
            .Where(static line => line.Text.Length > 0 && line.Text[0] is not ('#' or ';'))
            .Select(line => judge(line.Text) is { } fault ? new Observation(line.Place, fault) : null)
            .OfType<Observation>();

    /// <summary>The lines of a file, but of one that cloud-init wrote and writes anew.</summary>
    private static IEnumerable<TextLine> LinesOf(string path, string text, bool isRewritten)
        => isRewritten && text.Split('\n').Any(static line => line.StartsWith("#", StringComparison.Ordinal) && line.IndexOf("cloud-init", StringComparison.Ordinal) >= 0)
            ? []
            : text.Split('\n').Select((line, index) => new TextLine(path, index + 1, line.Trim()));

    /// <summary>The drop-ins of systemd's links and networks (systemd.network(5)).</summary>
    private static IEnumerable<Kind> FindDropIns(Guest guest)
        => guest.FindIn("etc/systemd/network", static entry => entry.IsDirectory && (entry.IsLike(string.Empty, ".network.d") || entry.IsLike(string.Empty, ".link.d")))
            .Select(static folder => new Kind(folder, string.Empty, ".conf", JudgeUnit));

    private static bool IsLoopback(FileSystemEntry entry) => entry.Name == "ifcfg-lo";

    private static string? JudgeAssignment(string line) => line.Split('=')[0] switch
    {
        _ when line.IndexOf('=') is var equals && (equals < 0 || line.Substring(equals + 1).Trim('"', '\'').Length == 0) => null,
        "HWADDR" or "MACADDR" => "a network card's own address",
        { } name when name.StartsWith("IPADDR", StringComparison.Ordinal) => "an address",
        _ => null,
    };

    private static string? JudgeKeyfile(string line) => line.Split('=')[0].Trim() switch
    {
        "mac-address" => "a network card's own address",
        "cloned-mac-address" when line.IndexOf(':') > 0 => "a network card's own address",
        "method" when line.EndsWith("manual", StringComparison.Ordinal) => "addresses that are set by hand",
        "addresses" => "an address",
        { } name when name.StartsWith("address", StringComparison.Ordinal) && name.Skip("address".Length).All(char.IsDigit) && line.IndexOf('=') > 0 => "an address",
        _ => null,
    };

    private static string? JudgeUnit(string line) => line.Split('=')[0].Trim() switch
    {
        "MACAddress" or "PermanentMACAddress" => "a network card's own address",
        "Address" => "an address",
        _ => null,
    };

    // dhcpcd.conf(5): static ip_address=…
    private static string? JudgeDhcpcd(string line) => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["static", { } name, ..] when name.StartsWith("ip_address=", StringComparison.Ordinal) || name.StartsWith("ip6_address=", StringComparison.Ordinal) => "an address",
        _ => null,
    };

    /// <summary>What of a rule of udev's belongs to one machine; null where nothing does.</summary>
    public static string? JudgeUdev(string line)
        => line.IndexOf("{address}==", StringComparison.Ordinal) > 0 && line.IndexOf("NAME", StringComparison.Ordinal) > 0 && line.IndexOf("{address}==\"?*\"", StringComparison.Ordinal) < 0
            ? "a network card's own address"
            : null;

    private static string? JudgeInterfaces(string line) => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["iface", not "lo", _, "static", ..] => "addresses that are set by hand",
        ["hwaddress", ..] => "a network card's own address",
        _ => null,
    };

    /// <summary>What netplan's YAML sets: "macaddress", and "addresses" but for those of name servers.</summary>
    private static IEnumerable<Observation> JudgeNetplan(string path, string whole)
    {
        int? servers = null;
        foreach ((string line, int number) in whole.Split('\n').Select(static (line, index) => (line.TrimEnd(), index + 1)))
        {
            string text = line.TrimStart(' ', '-');
            int indent = line.Length - text.Length;
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }

            servers = indent <= servers ? null : servers;
            if (text.StartsWith("nameservers:", StringComparison.Ordinal))
            {
                servers = indent;
            }
            else if (text.IndexOf("macaddress:", StringComparison.Ordinal) >= 0)
            {
                yield return new Observation(FormattableString.Invariant($"/{path}, line {number}"), "a network card's own address");
            }
            else if (servers is null && text.StartsWith("addresses:", StringComparison.Ordinal))
            {
                yield return new Observation(FormattableString.Invariant($"/{path}, line {number}"), "an address");
            }
        }
    }

    // ip=ADDRESS:…, ifname=INTERFACE:MAC (dracut.cmdline(7)).
    private static IEnumerable<Observation> JudgeCommandLine(KernelCommandLine line)
        => line.ValuesOf("ip").Where(static value => value.Length > 0 && char.IsDigit(value[0]) && value.IndexOf('.') > 0).Select(_ => new Observation(line.Place, "ip= with an address"))
            .Concat(line.ValuesOf("ifname").Select(_ => new Observation(line.Place, "ifname= with a network card's own address")));

    /// <summary>A kind of file that sets up the network, and what of a line belongs to one machine.</summary>
    private sealed record Kind(string Folder, string Start, string End, Func<string, string?> Judge);
}

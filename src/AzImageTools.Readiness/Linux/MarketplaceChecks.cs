using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>The checks of settings that Microsoft's tests of images in the Marketplace ask for.</summary>
internal static class MarketplaceChecks
{
    /// <summary>The settings of the first interface, of Red Hat's network scripts.</summary>
    public const string FirstInterface = "etc/sysconfig/network-scripts/ifcfg-eth0";

    private const string Sudoers = "etc/sudoers";
    private const string SudoersFolder = "etc/sudoers.d";
    private const string Shadow = "etc/shadow";
    private const string SuseDhcp = "etc/sysconfig/network/dhcp";
    private const string AptFolder = "etc/apt/sources.list.d";
    private const int MaxShown = 10;

    private static readonly string[] AzureLinuxDhcp = ["etc/dhcpcd.conf", "etc/dhcp/dhclient.conf"];
    private static readonly string[] KvpDaemons = ["usr/sbin/hypervkvpd", "usr/sbin/hv_kvp_daemon", "usr/bin/hv_kvp_daemon"];
    private static readonly string[] KernelOptions = ["CONFIG_WATCHDOG", "CONFIG_CIFS"];
    private static readonly string[] RepositoryFolders = ["etc/yum.repos.d", "etc/zypp/repos.d"];

    /// <summary>"Defaults targetpw", alone or among others (sudoers(5)); of the folder's files those count whose names have no dot and no '~'.</summary>
    public static RuleOutcome JudgeSudo(RuleContext context)
    {
        Observation[] wrong = [.. (TextLine.Read(context.Guest, Sudoers) ?? [])
            .Concat(context.Guest.ReadIn(SudoersFolder, static entry => !entry.IsDirectory && entry.Name.IndexOf('.') < 0 && !entry.Name.EndsWith("~", StringComparison.Ordinal)))
            .Where(static line => line.Text.Split('#')[0].Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries) is ["Defaults", ..] words && Array.IndexOf(words, "targetpw") > 0)
            .Take(MaxShown)
            .Select(static line => new Observation(line.Place, "Defaults targetpw"))];
        return wrong.Length > 0 ? RuleOutcome.Fail(wrong) : RuleOutcome.Pass(new Observation($"/{Sudoers}", "targetpw is not set"));
    }

    /// <summary>Asks a check of Red Hat's own distributions of older versions alone.</summary>
    public static RuleCheck OfRedHatBefore(Version version, RuleCheck check) => check with
    {
        Look = context => context.Linux.Distribution is LinuxDistribution.RedHat or LinuxDistribution.Oracle
            && context.Guest.Identity is { Distribution: not "fedora", Version: { } told } && PythonPackages.ParseVersion(told.IndexOf('.') < 0 ? told + ".0" : told) is { } present && present < version
                ? check.Look(context)
                : RuleOutcome.NotApplicable($"The distribution is not a Red Hat before {version}."),
    };

    public static RuleOutcome JudgeYum(RuleContext context)
        => (TextLine.Read(context.Guest, "etc/yum.conf") ?? []).Any(static line => line.ValueOf("http_caching") == "packages")
            ? RuleOutcome.Pass(new Observation("/etc/yum.conf", "http_caching=packages"))
            : RuleOutcome.Fail(new Observation("/etc/yum.conf", "http_caching=packages is missing"));

    /// <summary>A setting of Red Hat's network scripts is as it must be; where there is no such file, something else sets up the network.</summary>
    public static RuleCheck Setting(string path, string name, string expected) => new(FindingSeverity.Warning, context =>
    {
        if (context.Linux.Distribution is not (LinuxDistribution.RedHat or LinuxDistribution.Oracle) || TextLine.Read(context.Guest, path) is not { } lines)
        {
            return RuleOutcome.NotApplicable($"There is no /{path} of Red Hat's network scripts.");
        }

        // Of several the shell takes the last; a file that says nothing leaves it as it is.
        TextLine? line = lines.LastOrDefault(line => line.ValueOf(name) is not null);
        return line is null || string.Equals(line.ValueOf(name), expected, StringComparison.OrdinalIgnoreCase)
            ? RuleOutcome.Pass(new Observation(line?.Place ?? $"/{path}", line is null ? $"{name} is not set" : $"{name}={expected}"))
            : RuleOutcome.Fail(new Observation(line.Place, $"{line.Text}; expected {name}={expected}"));
    });

    public static RuleOutcome JudgeDhcp(RuleContext context)
    {
        switch (context.Linux.Distribution)
        {
            case LinuxDistribution.Suse when TextLine.Read(context.Guest, SuseDhcp) is { } lines:
                TextLine? line = lines.LastOrDefault(static line => line.ValueOf("DHCLIENT_SET_HOSTNAME") is not null);
                return line?.ValueOf("DHCLIENT_SET_HOSTNAME") == "no"
                    ? RuleOutcome.Pass(line.See())
                    : RuleOutcome.Fail(new Observation(line?.Place ?? $"/{SuseDhcp}", $"{line?.Text ?? "DHCLIENT_SET_HOSTNAME is not set"}; expected DHCLIENT_SET_HOSTNAME=\"no\"")) with { Source = new Uri(References.Suse) };
            case LinuxDistribution.AzureLinux when context.Guest.FindFirst(AzureLinuxDhcp) is { } path:
                bool isTold = (TextLine.Read(context.Guest, path) ?? []).Any(static line => line.Text.Replace('-', '_').IndexOf("host_name", StringComparison.Ordinal) >= 0);
                return RuleOutcome.PassIf(isTold, new Observation($"/{path}", isTold ? "host_name" : "host_name is missing"));
            default:
                return RuleOutcome.NotApplicable("The distribution's DHCP client has no such file.");
        }
    }

    public static RuleOutcome JudgeKvp(RuleContext context)
        => context.Linux.Distribution != LinuxDistribution.AzureLinux ? RuleOutcome.NotApplicable("The distribution is not Azure Linux.")
            : context.Guest.FindFirst(KvpDaemons) is { } path ? RuleOutcome.Pass(new Observation($"/{path}", "exists"))
            : RuleOutcome.Fail(new Observation($"/{KvpDaemons[0]}", "absent"));

    /// <summary>APT's lists and deb822 files; the sections of yum, dnf, tdnf and zypper. Addresses, which may hold a password, are not told.</summary>
    public static RuleOutcome JudgeSources(RuleContext context)
    {
        if (context.Guest.FindFirst(["etc/apt/sources.list", AptFolder, .. RepositoryFolders]) is null)
        {
            return RuleOutcome.NotApplicable("The distribution has no sources of packages that are known.");
        }

        string? found = AptLists(context.Guest).FirstOrDefault(static line => line.Words()[0] is "deb" or "Types:")?.Path
            ?? RepositoryFolders
                .SelectMany(folder => context.Guest.ReadIn(folder, static entry => entry.IsLike(string.Empty, ".repo")))
                .GroupBy(static line => line.Path, StringComparer.Ordinal)
                .FirstOrDefault(IsAnyEnabled)?.Key;
        return found is null
            ? RuleOutcome.Fail(new Observation("/etc", "no source of packages is enabled"))
            : RuleOutcome.Pass(new Observation($"/{found}", "has a source of packages"));
    }

    /// <summary>The newest kernel's configuration, where the distribution keeps it.</summary>
    public static RuleOutcome JudgeKernel(RuleContext context)
    {
        string version = context.Linux.Modules.Version;
        if (context.Guest.FindFirst($"boot/config-{version}", $"lib/modules/{version}/config", $"usr/lib/modules/{version}/config") is not { } path)
        {
            return RuleOutcome.NotApplicable($"The configuration of the kernel {version} is not kept.");
        }

        IReadOnlyList<TextLine> lines = TextLine.Read(context.Guest, path) ?? [];
        Observation[] missing = [.. KernelOptions
            .Where(option => !lines.Any(line => line.ValueOf(option) is "y" or "m"))
            .Select(option => new Observation($"/{path}", $"{option} is not set"))];
        return missing.Length > 0 ? RuleOutcome.Fail(missing) : RuleOutcome.Pass(new Observation($"/{path}", string.Join(", ", KernelOptions)));
    }

    /// <summary>What is told of a password is that there is one.</summary>
    public static RuleOutcome JudgePasswords(RuleContext context)
    {
        Observation[] found = [.. (TextLine.Read(context.Guest, Shadow) ?? throw new EvidenceUnavailableException($"There is no /{Shadow}."))
            .Select(static line => (Line: line, Fields: line.Text.Split(':')))
            .Where(static entry => entry.Fields.Length > 1 && entry.Fields[0] != "root" && entry.Fields[1].Length > 0 && entry.Fields[1] != "x" && entry.Fields[1].IndexOfAny(['!', '*']) < 0)
            .Take(MaxShown)
            .Select(static entry => new Observation(entry.Line.Place, $"{entry.Fields[0]} has a password"))];
        return found.Length > 0 ? RuleOutcome.Fail(found) : RuleOutcome.Pass(new Observation($"/{Shadow}", "no account but root has a password"));
    }

    private static IEnumerable<TextLine> AptLists(Guest guest)
        => (TextLine.Read(guest, "etc/apt/sources.list") ?? [])
            .Concat(guest.ReadIn(AptFolder, static entry => entry.IsLike(string.Empty, ".list") || entry.IsLike(string.Empty, ".sources")));

    /// <summary>A section is enabled unless it says otherwise.</summary>
    private static bool IsAnyEnabled(IEnumerable<TextLine> file)
    {
        bool isEnabled = false;
        foreach (TextLine line in file)
        {
            if (line.Text[0] == '[')
            {
                if (isEnabled)
                {
                    return true;
                }

                isEnabled = true;
            }

            isEnabled &= line.ValueOf("enabled") is not ("0" or "no" or "false");
        }

        return isEnabled;
    }
}

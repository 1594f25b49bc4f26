using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Linux;

/// <summary>The checks of what a Linux starts with: the kernel's parameters and drivers.</summary>
internal static class BootChecks
{
    private const int MaxShown = 10;
    private const string NvmeTimeout = "nvme_core.io_timeout=240";
    private const string DracutSettings = "etc/dracut.conf.d";
    private const string ListModules = "lsinitrd | grep -E '(hv_(vmbus|storvsc|netvsc)|nvme)[.]ko'   # Debian and Ubuntu: lsinitramfs /boot/initrd.img-$(uname -r) | grep ...; each must be listed";

    private static readonly string[] RuleFolders = ["etc/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d"];
    private static readonly string[] ConfigurationFiles = ["etc/dracut.conf", "etc/initramfs-tools/modules"];

    /// <summary>Every boot entry hands a parameter to the kernel.</summary>
    public static RuleCheck Parameter(string parameter, Func<LinuxDistribution, bool>? concerns = null)
        => new(Warning, context => concerns is null || concerns(context.Linux.Distribution)
            ? JudgeParameter(context, parameter, isWanted: true)
            : RuleOutcome.NotApplicable($"The distribution does not need {parameter}."))
        { Repair = Adding(parameter) };

    /// <summary>No boot entry hands a parameter to the kernel. Ubuntu's own instructions keep those that others drop.</summary>
    public static RuleCheck NoParameter(string parameter)
        => new(Warning, context => context.Linux.Distribution.IsUbuntu()
            ? RuleOutcome.NotApplicable($"Ubuntu keeps {parameter}.")
            : JudgeParameter(context, parameter, isWanted: false))
        { Repair = Removing(parameter) };

    /// <summary>No boot entry hands a parameter to the kernel, whatever the distribution.</summary>
    public static RuleCheck Forbidden(string parameter) => new(Warning, context => JudgeParameter(context, parameter, isWanted: false)) { Repair = Removing(parameter) };

    /// <summary>The serial port of a machine of either architecture.</summary>
    public static RuleOutcome JudgeSerialConsole(RuleContext context)
        => IsArm64(context)
            ? JudgeParameter(context, "console=ttyAMA0", isWanted: true) with { Remedy = "grubby --update-kernel=ALL --args=console=ttyAMA0   # without grubby: GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub" }
            : JudgeParameter(context, "console=ttyS0", isWanted: true);

    /// <summary>Kernel messages also go to the serial port.</summary>
    public static IEnumerable<DiskEdit> RepairSerialConsole(RuleContext context) => Adding(IsArm64(context) ? "console=ttyAMA0" : "console=ttyS0")(context);

    /// <summary>The kernel waits for NVMe disks as long as for others.</summary>
    public static IEnumerable<DiskEdit> RepairNvmeTimeout(RuleContext context) => Adding(NvmeTimeout)(context);

    /// <summary>Asks a check of x64 alone.</summary>
    public static RuleCheck NotOnArm64(RuleCheck check) => check with
    {
        Look = context => IsArm64(context) ? RuleOutcome.NotApplicable("ARM64 has no such parameter.") : check.Look(context),
    };

    /// <summary>Whether the initramfs takes rootdelay as a limit. Debian's sleeps for that time at every start (initramfs-tools, "init"), and waits for the root without it, too.</summary>
    public static bool WaitsOnlyAsLongAsNeeded(LinuxDistribution distribution) => distribution != LinuxDistribution.Debian;

    /// <summary>Whether network interfaces must be called eth0 and so on.</summary>
    public static bool NeedsOldInterfaceNames(LinuxDistribution distribution)
        => distribution is LinuxDistribution.RedHat or LinuxDistribution.Oracle or LinuxDistribution.Other;

    /// <summary>The driver may wait for the running system: the network is Hyper-V's until it is there.</summary>
    public static RuleOutcome JudgeNetworkAdapter(RuleContext context)
    {
        const string module = "mana";
        string version = context.Linux.Modules.Version;
        return KernelModules.IsBuiltIn(context.Guest, version, module) ? RuleOutcome.Pass(new Observation(module, $"built into the kernel {version}"))
            : KernelModules.IsOnRoot(context.Guest, version, module) ? RuleOutcome.Pass(new Observation(module, $"among the drivers of the kernel {version}"))
            : !KernelModules.AreListed(context.Guest, version) ? RuleOutcome.Undetermined($"The drivers of the kernel {version} are not listed: there is no modules.dep.")
            : RuleOutcome.Fail(new Observation(module, $"not among the drivers of the kernel {version}"));
    }

    public static RuleOutcome JudgeHyperV(RuleContext context)
    {
        KernelModules modules = context.Linux.Modules;
        Observation[] found = [.. LinuxSystem.HyperVModules.Select(modules.See).OfType<Observation>()];
        if (found.Length == LinuxSystem.HyperVModules.Length)
        {
            return RuleOutcome.Pass(found);
        }

        string[] missing = [.. LinuxSystem.HyperVModules.Where(name => modules.See(name) is null)];
        if (modules.Problem is null)
        {
            // Without its network a machine starts, and loads the driver from its root volume.
            bool isLater = missing is [LinuxSystem.NetworkModule] && KernelModules.IsOnRoot(context.Guest, modules.Version, LinuxSystem.NetworkModule);
            return RuleOutcome.Fail([.. missing.Select(name => new Observation(name, $"neither in /{modules.Archive} nor built into the kernel {modules.Version}")), .. found]) with
            {
                Severity = isLater ? Warning : Blocker,
            };
        }

        // Settings say what the next initramfs will hold, not what this one does.
        RuleOutcome unknown = Unseen(modules.Problem);
        TextLine[] settings = [.. FindSettings(context.Guest).Where(line => Array.Exists(missing, name => Names(line, name)))];
        return Array.TrueForAll(missing, name => Array.Exists(settings, line => Names(line, name)))
            ? unknown with { Severity = Warning, Evidence = [.. unknown.Evidence, .. settings.Take(MaxShown).Select(static line => line.See())] }
            : unknown;
    }

    public static RuleOutcome JudgeNvme(RuleContext context)
    {
        KernelModules modules = context.Linux.Modules;
        return modules.See(LinuxSystem.NvmeModule) is { } found
            ? RuleOutcome.Pass(found)
            : modules.Problem is { } problem
                ? Unseen(problem)
                : RuleOutcome.Fail(new Observation(LinuxSystem.NvmeModule, $"neither in /{modules.Archive} nor built into the kernel {modules.Version}"));
    }

    /// <summary>How long the kernel waits for a disk: set by its parameter, by the module's, or for each disk by a rule of udev such as azure-vm-utils'.</summary>
    public static RuleOutcome JudgeNvmeTimeout(RuleContext context)
    {
        RuleOutcome parameter = RuleOutcome.From(new RuleCheck(Information, static asked => JudgeParameter(asked, NvmeTimeout, isWanted: true)), context);
        return parameter.Result == FindingResult.Pass ? parameter
            : context.Guest.ReadIn("etc/modprobe.d", static entry => entry.IsLike(string.Empty, ".conf"))
                .FirstOrDefault(static line => line.Words() is ["options", "nvme_core" or "nvme-core", ..] words && Array.IndexOf(words, "io_timeout=240") >= 0) is { } option ? RuleOutcome.Pass(option.See())
            : RuleFolders
                .Where(folder => !folder.StartsWith("lib/", StringComparison.Ordinal) || context.Guest.GetFile("lib") is not { IsLink: true })
                .SelectMany(folder => context.Guest.ReadIn(folder, static entry => entry.IsLike(string.Empty, ".rules")))
                .FirstOrDefault(static line => line.Text.IndexOf("nvme", StringComparison.Ordinal) >= 0 && line.Text.IndexOf("{queue/io_timeout}=\"240000\"", StringComparison.Ordinal) >= 0) is { } rule ? RuleOutcome.Pass(rule.See())
            : parameter;
    }

    private static Func<RuleContext, IEnumerable<DiskEdit>> Adding(string parameter)
        => context => ConfigurationRepairs.KernelLines(context, new KernelParameterRepair { Add = [parameter] });

    private static Func<RuleContext, IEnumerable<DiskEdit>> Removing(string parameter)
        => context => ConfigurationRepairs.KernelLines(context, KernelParameterRepair.Without(other => new KernelCommandLine(string.Empty, [other]).Has(parameter)));

    /// <summary>What is in an initramfs can't be told from outside: its own system can.</summary>
    private static RuleOutcome Unseen(string problem) => RuleOutcome.Undetermined(problem) with { Remedy = ListModules };

    private static RuleOutcome JudgeParameter(RuleContext context, string parameter, bool isWanted)
    {
        IReadOnlyList<KernelCommandLine> lines = context.Linux.CommandLines;
        Observation[] wrong = [.. lines
            .Where(line => line.Has(parameter) != isWanted)
            .Take(MaxShown)
            .Select(line => new Observation(line.Place, isWanted ? $"{parameter} is missing" : $"has {parameter}"))];
        return wrong.Length == 0
            ? RuleOutcome.Pass(new Observation(lines[0].Place, isWanted ? $"has {parameter}" : $"{parameter} is absent"))
            : RuleOutcome.Fail(wrong);
    }

    private static IEnumerable<TextLine> FindSettings(Guest guest)
        => ConfigurationFiles
            .SelectMany(path => TextLine.Read(guest, path) ?? [])
            .Concat(guest.ReadIn(DracutSettings, static entry => entry.IsLike(string.Empty, ".conf")));

    // add_drivers+=" hv_vmbus hv_netvsc ", or a name alone.
    private static bool Names(TextLine line, string module)
        => Array.IndexOf(line.Text.Split([' ', '\t', '=', '"', '\'']), module) >= 0;

    private static bool IsArm64(RuleContext context) => context.Guest.Identity?.Architecture == "arm64";
}

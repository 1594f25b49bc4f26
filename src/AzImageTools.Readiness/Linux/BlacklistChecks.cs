using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Linux;

/// <summary>The checks of drivers that are there and may not be loaded: by modprobe's settings (modprobe.d(5)), or by the kernel's parameters.</summary>
internal static class BlacklistChecks
{
    private const int MaxShown = 10;
    private const string InitialOnly = "rd.driver.blacklist";
    private const string Built = "initcall_blacklist";

    private static readonly Version FirstCloudInitWithoutUdf = new(21, 2);
    private static readonly string[] Folders = ["etc/modprobe.d", "run/modprobe.d", "usr/local/lib/modprobe.d", "usr/lib/modprobe.d", "lib/modprobe.d"];
    private static readonly string[] Nothing = ["true", "false", "nologin", ":", "exit", "echo"];
    private static readonly string[] Parameters = ["module_blacklist", "modprobe.blacklist", InitialOnly, "rdblacklist"];

    // What starts drivers that are built into the kernel (kernel-parameters.txt, initcall_blacklist).
    private static readonly Dictionary<string, string> Functions = new(StringComparer.Ordinal)
    {
        ["hv_vmbus"] = "hv_acpi_init",
        ["hv_storvsc"] = "storvsc_drv_init",
        [LinuxSystem.NetworkModule] = "netvsc_drv_init",
        [LinuxSystem.NvmeModule] = "nvme_init",
    };

    /// <summary>Azure hands its settings to the provisioning agent on a DVD, whose file system is UDF; cloud-init from 21.2 on does without.</summary>
    public static RuleCheck NotBlacklisted(string module) => new(Blocker, context =>
    {
        Observation[] lines = [.. FindIn(ReadSettings(context.Guest), module)];
        return lines.Length == 0
            ? RuleOutcome.Pass(new Observation("/etc/modprobe.d", $"nothing keeps {module} from loading"))
            : RuleOutcome.Fail([.. lines.Take(MaxShown)]) with
            {
                Severity = context.Linux.CloudInit is { IsInstalled: true, Version: { } version } && version >= FirstCloudInitWithoutUdf ? Warning : Blocker,
            };
    })
    { Repair = context => ModuleRepairs.Allow(context, isEarly: false, module) };

    /// <summary>Drivers may be loaded, or are built in and may be started.</summary>
    public static RuleCheck MayLoad(FindingSeverity severity, params string[] modules) => new(severity, context =>
    {
        IReadOnlyList<TextLine> settings = ReadSettings(context.Guest);
        (string Module, Observation Seen, bool IsLater)[] found = [.. modules.SelectMany(module => FindAll(context, settings, module))];
        return found.Length == 0
            ? RuleOutcome.Pass(new Observation("/etc/modprobe.d", $"nothing keeps {string.Join(", ", modules)} from loading"))
            : RuleOutcome.Fail([.. found.Take(MaxShown).Select(static line => line.Seen)]) with { Severity = Array.TrueForAll(found, static line => line.IsLater) && severity == Blocker ? Warning : severity };
    })
    { Repair = context => ModuleRepairs.Allow(context, isEarly: true, modules) };

    /// <summary>What keeps a driver from loading. What holds in the initramfs alone does no harm to the network's, which its system loads later.</summary>
    private static IEnumerable<(string Module, Observation Seen, bool IsLater)> FindAll(RuleContext context, IReadOnlyList<TextLine> settings, string module)
    {
        bool isBuiltIn = IsBuiltIn(context, module);
        IReadOnlyList<KernelCommandLine> lines = context.Linux.KnownCommandLines;
        return (isBuiltIn ? [] : FindIn(settings, module).Select(seen => (module, seen, false)))
            .Concat(lines.SelectMany(line => Parameters
                .Where(parameter => !isBuiltIn && line.ValuesOf(parameter).SelectMany(static value => value.Split(',')).Any(name => IsNamed(name, module)))
                .Select(parameter => (module, new Observation(line.Place, $"{parameter}={module}"), module == LinuxSystem.NetworkModule && parameter == InitialOnly))))
            .Concat(lines
                .Where(line => Functions.TryGetValue(module, out string? function) && line.ValuesOf(Built).SelectMany(static value => value.Split(',')).Contains(function, StringComparer.Ordinal))
                .Select(line => (module, new Observation(line.Place, $"{Built}={Functions[module]}, which starts {module}"), false)));
    }

    /// <summary>modprobe's files of settings.</summary>
    public static IEnumerable<string> FindFiles(Guest guest) => FindFolders(guest).SelectMany(folder => guest.FindIn(folder, static entry => entry.IsLike(string.Empty, ".conf")));

    /// <summary>Whether a kernel's parameter keeps drivers from loading or starting.</summary>
    public static bool IsParameter(string name) => name == Built || Array.IndexOf(Parameters, name) >= 0;

    /// <summary>Whether a value of such a parameter means a driver.</summary>
    public static bool Concerns(string parameter, string value, string module)
        => parameter == Built ? Functions.TryGetValue(module, out string? function) && value == function : IsNamed(value, module);

    private static IReadOnlyList<TextLine> ReadSettings(Guest guest)
        => [.. FindFolders(guest).SelectMany(folder => guest.ReadIn(folder, static entry => entry.IsLike(string.Empty, ".conf")))];

    private static IEnumerable<string> FindFolders(Guest guest)
        => Folders.Where(folder => !folder.StartsWith("lib/", StringComparison.Ordinal) || guest.GetFile("lib") is not { IsLink: true });

    private static IEnumerable<Observation> FindIn(IReadOnlyList<TextLine> settings, string module)
        => settings.Where(line => IsBlacklisting(line.Words(), module)).Select(static line => line.See());

    /// <summary>Whether a line's words are blacklist NAME, or install NAME COMMAND with a command that loads nothing.</summary>
    public static bool IsBlacklisting(string[] words, string module)
        => words.Length > 1 && IsNamed(words[1], module)
            && (words[0] == "blacklist" || (words[0] == "install" && words.Length > 2 && Array.IndexOf(Nothing, words[2].Substring(words[2].LastIndexOf('/') + 1)) >= 0));

    /// <summary>In names of modules '-' and '_' are the same.</summary>
    private static bool IsNamed(string name, string module) => name.Replace('-', '_') == module;

    private static bool IsBuiltIn(RuleContext context, string module)
    {
        try
        {
            return context.Linux.Modules.IsBuiltIn(module);
        }
        catch (EvidenceUnavailableException)
        {
            // Another rule tells of it.
            return false;
        }
    }
}

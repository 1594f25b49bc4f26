using System.Text;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Repair;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Windows;

/// <summary>The checks of Azure's rules that are more than a value in a table.</summary>
internal static class AzureChecks
{
    private const int MaxShownFilters = 10;
    private const int MaxEntries = 10_000;
    private const uint Boot = 0;
    private const uint Automatic = 2;
    private const uint Manual = 3;
    private const uint Disabled = 4;

    private static readonly string[] InboxTdiDrivers = ["AFD", "afunix", "ndproxy", "NetBT", "RFCOMM", "Tcpip", "tdx", "WFPLWFS", "ws2ifsl"];

    /// <summary>The drivers without which no disk is found: Hyper-V's own, and for generation 1 those of its IDE controller.</summary>
    public static IEnumerable<RuleCheck> BootDrivers =>
    [
        .. new[] { "vmbus", "storvsc", "storflt" }.Select(name => new RuleCheck(Blocker, context => JudgeDriver(context, name)) { Repair = _ => StartAtBoot(name) }),
        .. new[] { "intelide", "atapi" }.Select(name => new RuleCheck(Blocker, context => JudgeIdeDriver(context, name)) { Repair = _ => StartAtBoot(name) }),
    ];

    /// <summary>WinHTTP's settings as "netsh winhttp reset proxy" leaves them: direct access, no proxy, no bypass list.</summary>
    public static RegistryEdit DirectAccess
        => RegistryCheck.Edit(WindowsKeys.CurrentVersion + @"\Internet Settings\Connections", "WinHttpSettings", RegistryValueType.Binary, new byte[] { 24, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 });

    /// <summary>Devices (11000001, 21000001), boot status policy (250000E0: 1 ignores all failures), recovery (16000009).</summary>
    public static IEnumerable<RuleCheck> BootConfiguration => new[]
    {
        BootStore.Device(Warning, BootStore.BootManager, "11000001"),
        BootStore.DeviceAs(Warning, BootStore.DefaultLoader, "11000001", "21000001"),
        BootStore.DeviceAs(Warning, BootStore.DefaultLoader, "21000001", "11000001"),
        BootStore.SetNumber(Warning, BootStore.DefaultLoader, "250000E0", 1),
        BootStore.SetNumber(Warning, BootStore.DefaultLoader, "16000009", 0),
    }.Select(check => check with
    {
        Look = context => context.Generalization == GeneralizationState.Generalized
            ? RuleOutcome.NotApplicable("Sysprep rewrote the boot configuration; the first start completes it.")
            : check.Look(context),
    });

    public static RuleOutcome JudgeCdrom(RuleContext context)
    {
        const string key = WindowsKeys.Services + @"\cdrom";
        object? start = context.Guest.GetValue(key, "Start");
        return start is 1u
            ? RuleOutcome.Pass(RegistryCheck.See(key, "Start", start))
            : RuleOutcome.Fail(RegistryCheck.See(key, "Start", start, "1")) with { Severity = start is Disabled ? Blocker : Warning };
    }

    /// <summary>A service that is disabled blocks; one that does not start as recommended warns.</summary>
    public static RuleCheck NotDisabled(string service) => new(Blocker, context =>
    {
        string key = $@"{WindowsKeys.Services}\{service}";
        object? start = context.Guest.GetValue(key, "Start");
        return start is Automatic or Manual
            ? RuleOutcome.Pass(RegistryCheck.See(key, "Start", start))
            : RuleOutcome.Fail(RegistryCheck.See(key, "Start", start, "2 or 3")) with { Severity = start is Disabled ? Blocker : Warning };
    })
    {
        Repair = _ => [RegistryCheck.Edit($@"{WindowsKeys.Services}\{service}", "Start", service == "Dhcp" ? Automatic : Manual, requiresKey: true)],
    };

    /// <summary>A service is installed, and not disabled.</summary>
    public static RuleCheck ServicePresent(FindingSeverity severity, string service) => new(severity, context =>
    {
        string key = $@"{WindowsKeys.Services}\{service}";
        return !context.Guest.KeyExists(key) ? RuleOutcome.Fail(new Observation(@"HKLM\" + key, "absent"))
            : context.Guest.GetValue(key, "Start") is Disabled ? RuleOutcome.Fail(RegistryCheck.See(key, "Start", Disabled, "2"))
            : RuleOutcome.Pass(new Observation(@"HKLM\" + key, "exists"));
    });

    public static RuleCheck KeyPresent(FindingSeverity severity, string key) => new(severity, context =>
    {
        bool exists = context.Guest.KeyExists(key);
        return RuleOutcome.PassIf(exists, new Observation(@"HKLM\" + key, exists ? "exists" : "absent"));
    });

    /// <summary>
    /// WinHttpSettings: a structure size, a counter, the access flags (1 is direct, 2 a proxy), then the proxy and the
    /// bypass list, each with its length before it.
    /// </summary>
    public static bool IsDirectOrBypassed(object? data)
    {
        const int flagsAt = 8;
        const int direct = 1;
        return data switch
        {
            null => true,
            byte[] { Length: >= flagsAt + sizeof(int) } settings
                => BitConverter.ToInt32(settings, flagsAt) == direct || ReadBypassList(settings).Contains(FirewallChecks.PlatformAddress, StringComparer.Ordinal),
            _ => false,
        };
    }

    public static RuleOutcome JudgeDirtyVolume(RuleContext context)
    {
        GuestVolume? system = context.Guest.Volumes.FirstOrDefault(volume => volume.HoldsOperatingSystem);
        return system switch
        {
            null => RuleOutcome.Undetermined("No volume holds an operating system."),
            { IsDirty: true } when context.Options.IsCrashConsistent => RuleOutcome.NotApplicable("The disk was taken of a running machine: its volume is as after a power failure, and the machine's own is not known."),
            { IsDirty: null } => RuleOutcome.Undetermined($"{system.Name} does not say whether it needs repair."),
            { IsDirty: var dirty } => RuleOutcome.PassIf(dirty == false, new Observation(system.Name, dirty == true ? system.DirtyReason ?? "dirty" : "clean")),
        };
    }

    /// <summary>The agent's programs, in a folder of their version.</summary>
    public static RuleOutcome JudgeAgentFolder(RuleContext context)
    {
        const string parent = "WindowsAzure";
        FileSystemEntry? folder = context.Guest.Enumerate(parent)
            .Take(MaxEntries)
            .FirstOrDefault(entry => entry.IsDirectory && entry.Name.StartsWith("GuestAgent_", StringComparison.OrdinalIgnoreCase));
        return folder is null
            ? RuleOutcome.Fail(new Observation($@"{parent}\GuestAgent_*", "absent"))
            : RuleOutcome.Pass(new Observation(folder.Path, "exists"));
    }

    public static RuleOutcome JudgeTdiFilters(RuleContext context)
    {
        Observation[] extra = [.. context.Guest.GetSubkeyValues(WindowsKeys.Services, "Group")
            .Where(static service => !InboxTdiDrivers.Contains(service.Subkey, StringComparer.OrdinalIgnoreCase))
            .Where(static service => service.Data[0] is string group && string.Equals(group, "PNP_TDI", StringComparison.OrdinalIgnoreCase))
            .Select(static service => new Observation($@"HKLM\{WindowsKeys.Services}\{service.Subkey}", "Group is PNP_TDI"))
            .Take(MaxShownFilters)];
        return extra.Length > 0 ? RuleOutcome.Fail(extra) : RuleOutcome.Pass(new Observation(@"HKLM\" + WindowsKeys.Services, "only Windows' own"));
    }

    private static string[] ReadBypassList(byte[] settings)
    {
        int position = 12;
        string list = string.Empty;
        for (int field = 0; field < 2; field++)
        {
            if (settings.Length - position < sizeof(int))
            {
                return [];
            }

            int length = BitConverter.ToInt32(settings, position);
            position += sizeof(int);
            if (length < 0 || length > settings.Length - position)
            {
                return [];
            }

            list = Encoding.ASCII.GetString(settings, position, length);
            position += length;
        }

        return list.Split(';', ' ');
    }

    /// <summary>A StartOverride beside it is told, and no fault: it occurs on machines that start well.</summary>
    private static RegistryEdit[] StartAtBoot(string driver) => [RegistryCheck.Edit($@"{WindowsKeys.Services}\{driver}", "Start", Boot, requiresKey: true)];

    private static RuleOutcome JudgeDriver(RuleContext context, string name)
    {
        string key = $@"{WindowsKeys.Services}\{name}";
        object? start = context.Guest.GetValue(key, "Start");
        object? startOverride = context.Guest.GetValue(key + @"\StartOverride", "0");
        Observation[] beside = startOverride is null ? [] : [RegistryCheck.See(key + @"\StartOverride", "0", startOverride)];
        return start is Boot
            ? RuleOutcome.Pass([RegistryCheck.See(key, "Start", start), .. beside])
            : RuleOutcome.Fail([RegistryCheck.See(key, "Start", start, "0"), .. beside]);
    }

    /// <summary>Blocks where the machine will be of generation 1, warns where it may be.</summary>
    private static RuleOutcome JudgeIdeDriver(RuleContext context, string name)
    {
        VmGenerations? supported = context.Guest.Disk?.SupportedGenerations;
        int? wanted = context.Options.Generation ?? (supported switch { VmGenerations.V1 => 1, VmGenerations.V2 => 2, _ => null });
        return wanted switch
        {
            2 => RuleOutcome.NotApplicable($"{name} is needed for generation 1 only."),
            1 => JudgeDriver(context, name),
            _ => JudgeDriver(context, name) with { Severity = Warning },
        };
    }
}

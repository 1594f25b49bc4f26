using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Linux;

/// <summary>The checks of the volumes that a Linux is told to start from. It waits for those that are not there, and ends in an emergency shell.</summary>
internal static class BootDeviceChecks
{
    /// <summary>initramfs-tools' setting of the volume to resume from.</summary>
    public const string ResumeFile = "etc/initramfs-tools/conf.d/resume";

    private const int MaxShown = 10;

    // Disks of KVM, Xen and old kernels, and of cards and network devices.
    private static readonly string[] ForeignDisks = ["/dev/vd", "/dev/xvd", "/dev/hd", "/dev/mmcblk", "/dev/nbd"];
    private static readonly string[] NoDevice = ["", "none", "auto"];

    /// <summary>The root of every entry.</summary>
    public static RuleOutcome JudgeRoot(RuleContext context)
        => Judge(context, FindAll(context, "root", static line => line.ValuesOf("root").Reverse().Take(1)), "the root of no boot entry is named: its initramfs finds it");

    /// <summary>What an initramfs of dracut waits for besides: logical volumes, and containers of LUKS.</summary>
    public static RuleOutcome JudgeParts(RuleContext context)
        => Judge(
            context,
            [
                .. FindAll(context, "rd.lvm.lv", static line => line.ValuesOf("rd.lvm.lv"), static name => $"/dev/{name}"),
                .. context.Guest.Volumes.Any(static volume => volume.FileSystem == FileSystemKind.Luks) ? [] : FindAll(context, "rd.luks.uuid", static line => line.ValuesOf("rd.luks.uuid"), static name => $"UUID={name}"),
            ],
            "no boot entry names another volume to wait for");

    /// <summary>Where the machine would resume from; it waits for that a minute or two.</summary>
    public static RuleOutcome JudgeResume(RuleContext context)
        => Judge(
            context,
            [
                .. FindAll(context, "resume", static line => line.ValuesOf("resume")),
                .. (TextLine.Read(context.Guest, ResumeFile) ?? [])
                    .Where(static line => line.ValueOf("RESUME") is not null)
                    .Select(static line => new NamedDevice(line.Place, "RESUME", line.ValueOf("RESUME")!, line.ValueOf("RESUME")!, IsAside: false)),
            ],
            "nothing names a volume to resume from");

    /// <summary>The volume on which the loader that firmware starts looks for its own files.</summary>
    public static RuleOutcome JudgeSearch(RuleContext context)
        => context.Guest.Disk is null
            ? RuleOutcome.NotApplicable("There is no disk image.")
            : Judge(context, [.. BootEntries.FindSearches(context.Guest).Select(static search => new NamedDevice(search.Line.Place, "search", search.Source, search.Source, IsAside: false))], "GRUB on the EFI system partition looks for no other volume");

    /// <summary>Whether no disk in Azure is called so.</summary>
    public static bool IsForeign(string source) => Array.Exists(ForeignDisks, start => source.StartsWith(start, StringComparison.Ordinal));

    private static NamedDevice[] FindAll(RuleContext context, string parameter, Func<KernelCommandLine, IEnumerable<string>> select, Func<string, string>? toSource = null)
        => [.. (context.Guest.IsLive ? context.Linux.KnownCommandLines : context.Linux.BootEntries).SelectMany(line => select(line).Select(value => new NamedDevice(line.Place, parameter, value, toSource?.Invoke(value) ?? value, line.IsRescue)))];

    private static RuleOutcome Judge(RuleContext context, IReadOnlyList<NamedDevice> named, string otherwise)
    {
        (NamedDevice Device, string? Fault, bool IsKnown)[] judged = [.. named.Where(static device => Array.IndexOf(NoDevice, device.Value) < 0).Select(device => Judge(context, device))];
        (NamedDevice Device, string? Fault, bool IsKnown)[] wrong = [.. judged.Where(static device => device.Fault is not null)];
        if (wrong.Length > 0)
        {
            RuleOutcome failure = RuleOutcome.Fail([.. wrong.Take(MaxShown).Select(static device => device.Device.See(device.Fault!))]);
            return Array.TrueForAll(wrong, static device => device.Device.IsAside) ? failure with { Severity = Warning } : failure;
        }

        if (context.Guest.Disk is null && !context.Guest.IsLive)
        {
            return RuleOutcome.Undetermined("Only the disk image shows which volumes are on it.");
        }

        (NamedDevice Device, string? Fault, bool IsKnown)[] unknown = [.. judged.Where(static device => !device.IsKnown)];
        return context.Guest.IsLive && unknown.Length > 0 ? RuleOutcome.NotApplicable("A running machine is not judged as a disk image.")
            : unknown.Length > 0 ? RuleOutcome.Undetermined($"{unknown[0].Device.Place}: whether {unknown[0].Device.Name} is on the disk can't be told.") with { Severity = Warning }
            : judged.Length == 0 ? RuleOutcome.NotApplicable(char.ToUpperInvariant(otherwise[0]) + otherwise.Substring(1) + ".")
            : RuleOutcome.Pass([.. judged.Take(1).Select(static device => device.Device.See("is on the disk"))]);
    }

    private static (NamedDevice Device, string? Fault, bool IsKnown) Judge(RuleContext context, NamedDevice device)
        => IsForeign(device.Source) ? (device, "Azure has no disk of that name: they are called sd… or nvme…", true)
            : context.Guest.FindVolume(device.Source) switch
            {
                VolumePresence.Absent => (device, "no volume of the disk", true),
                VolumePresence.Present => (device, null, true),
                _ => (device, null, false),
            };

    /// <summary>A device that something names.</summary>
    private sealed record NamedDevice(string Place, string Parameter, string Value, string Source, bool IsAside)
    {
        public string Name => Parameter == "search" ? Value : $"{Parameter}={Value}";

        public Observation See(string seen) => new(Place, $"{Name}: {seen}");
    }
}

using System.Globalization;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Linux;

/// <summary>The checks of the disk, the network and SSH of a Linux.</summary>
internal static class MachineChecks
{
    /// <summary>What stands for the generator of rules for network cards; a file of the administrator's counts before that of the distribution (udev(7)).</summary>
    public const string GeneratorMask = "etc/udev/rules.d/" + Generator;

    private const string Generator = "75-persistent-net-generator.rules";
    private const int MaxShown = 10;
    private const byte MbrSwap = 0x82;

    // "", dev, a volume group, a logical volume of it.
    private const int GroupAndVolume = 4;
    private const int ShortestInterval = 30;
    private const int LongestInterval = 235;

    private static readonly Guid GptSwap = new("0657FD6D-A4AB-43C4-84E5-0933C84B4F4F");
    private static readonly string[] SwapFiles = ["swapfile", "swap.img", "swap/swapfile"];
    private static readonly string[] UnstableDevices = ["/dev/sd", "/dev/nvme", "/dev/hd", "/dev/vd", "/dev/xvd"];
    private static readonly string[] MappedDevices = ["/dev/mapper/", "/dev/dm-"];
    private static readonly string[] Loaders = ["bootx64.efi", "bootaa64.efi"];
    private static readonly string[] GeneratorFolders = ["usr/lib/udev/rules.d", "lib/udev/rules.d"];

    public static RuleOutcome JudgeArchitecture(RuleContext context)
        => context.Guest.Identity?.Architecture is { } architecture
            ? RuleOutcome.PassIf(architecture is "x64" or "arm64", new Observation("Architecture", architecture))
            : RuleOutcome.Undetermined("The architecture is unknown: no program and no kernel shows it.");

    /// <summary>No entry of /etc/fstab is as the function says.</summary>
    public static RuleCheck NoEntry(FindingSeverity severity, Func<FstabEntry, bool> isWrong) => new(severity, context =>
    {
        string? text = context.Guest.ReadText(FstabEntry.Path);
        Observation[] wrong = [.. FstabEntry.Parse(text).Where(isWrong).Take(MaxShown).Select(static entry => See(entry))];
        return wrong.Length > 0
            ? RuleOutcome.Fail(wrong)
            : RuleOutcome.Pass(new Observation($"/{FstabEntry.Path}", text is null ? "absent" : "no such entry"));
    });

    /// <summary>A system that is to mount what is not there stops at an emergency console, unless the line says otherwise.</summary>
    public static RuleOutcome JudgeMounts(RuleContext context)
    {
        if (context.Guest.AbsentMounts is not { } absent)
        {
            return context.Guest.IsLive ? RuleOutcome.NotApplicable("A running machine is not judged as a disk image.") : RuleOutcome.Undetermined("Only the disk image shows which volumes are on it.");
        }

        Observation[] needed = [.. absent.Where(static entry => !entry.IsOptional).Take(MaxShown).Select(See)];
        return needed.Length > 0 ? RuleOutcome.Fail(needed) : RuleOutcome.Pass(new Observation($"/{FstabEntry.Path}", "what it needs is on the disk"));
    }

    /// <summary>What is run in a folder can be run there: the deepest mount that the folder lies in is not mounted with noexec.</summary>
    public static RuleCheck CanRun(string folder, string what, string source) => new(Warning, context =>
    {
        MountPoint? mount = context.Linux.Mounts.Find(folder);
        return mount is { IsNoExec: true }
            ? RuleOutcome.Fail(new Observation(mount.Source, $"{mount.Place} is mounted with noexec; {what} in {folder}")) with { Source = new Uri(source) }
            : RuleOutcome.Pass(new Observation(mount?.Source ?? $"/{FstabEntry.Path}", $"programs can be run in {folder}"));
    })
    { Repair = context => MountRepairs.AllowRunning(context, folder) };

    /// <summary>A device whose name depends on the order in which disks are found.</summary>
    public static bool IsUnstable(FstabEntry entry) => Array.Exists(UnstableDevices, start => entry.Source.StartsWith(start, StringComparison.Ordinal));

    /// <summary>A device that the device mapper makes: a logical volume.</summary>
    public static bool IsMapped(FstabEntry entry)
        => Array.Exists(MappedDevices, start => entry.Source.StartsWith(start, StringComparison.Ordinal))
            || (entry.Source.StartsWith("/dev/", StringComparison.Ordinal) && entry.Source.Split('/').Length == GroupAndVolume && !entry.Source.StartsWith("/dev/disk/", StringComparison.Ordinal));

    public static RuleOutcome JudgeSwapFiles(RuleContext context)
        => LinuxFileCheck.NoneOf(FindSwapFiles(context.Guest), "/swapfile");

    /// <summary>Files that are swapped to, by their usual names.</summary>
    public static string[] FindSwapFiles(Guest guest) => [.. SwapFiles.Where(path => guest.GetFile(path) is { IsDirectory: false })];

    /// <summary>On a disk, partitions for swap; on a running machine, what it swaps to.</summary>
    public static RuleOutcome JudgeSwapPartitions(RuleContext context)
    {
        if (context.Guest.Disk is { } disk)
        {
            Observation[] partitions = [.. disk.Partitions
                .Where(static partition => partition.TypeId == GptSwap || partition.TypeCode == MbrSwap)
                .Select(static partition => $"Partition {partition.Number.ToString(CultureInfo.InvariantCulture)}")
                .Concat(context.Guest.Volumes.Where(static volume => volume.FileSystem == FileSystemKind.Swap).Select(static volume => volume.Name))
                .Distinct(StringComparer.Ordinal)
                .Select(static name => new Observation(name, "swap space"))];
            return partitions.Length > 0 ? RuleOutcome.Fail(partitions) : RuleOutcome.Pass(new Observation("Partitions", "none for swap"));
        }

        IReadOnlyList<string> devices = context.Guest.Live?.SwapDevices ?? throw new EvidenceUnavailableException("The swap space in use was not gathered, and there is no disk image.");
        return devices.Count > 0
            ? RuleOutcome.Fail([.. devices.Take(MaxShown).Select(static device => new Observation("/proc/swaps", device))])
            : RuleOutcome.Pass(new Observation("/proc/swaps", "none in use"));
    }

    public static RuleOutcome JudgePhysicalVolumes(RuleContext context)
    {
        Observation[] found = [.. context.Guest.Volumes
            .Where(static volume => volume.FileSystem == FileSystemKind.LvmPhysicalVolume)
            .Select(static volume => new Observation(volume.Name, "a physical volume of LVM"))];
        return found.Length > 0 ? RuleOutcome.Fail(found)
            : context.Guest.Disk is null ? RuleOutcome.NotApplicable("There is no disk image.")
            : RuleOutcome.Pass(new Observation("Partitions", "none is a physical volume of LVM"));
    }

    /// <summary>What firmware starts from a disk that it knows nothing of: only machines of generation 2 have such firmware.</summary>
    public static RuleOutcome JudgeLoader(RuleContext context)
    {
        if (context.Options.Generation == 1)
        {
            return RuleOutcome.NotApplicable("Generation 1 is wanted, which starts without EFI.");
        }

        if (context.Guest.Disk is { } disk)
        {
            bool starts = disk.SupportedGenerations.HasFlag(VmGenerations.V2);
            Observation seen = new("Generations it can start", disk.SupportedGenerations.ToString());
            return RuleOutcome.PassIf(starts, starts ? [seen] : [seen, .. disk.BootObstacles.Select(static obstacle => new Observation(string.Empty, obstacle))]);
        }

        return context.Guest.FindIn("boot/efi/EFI/BOOT", static entry => Array.Exists(Loaders, name => string.Equals(name, entry.Name, StringComparison.OrdinalIgnoreCase))) is [string loader, ..]
            ? RuleOutcome.Pass(new Observation($"/{loader}", "exists"))
            : RuleOutcome.Undetermined("No loader is in /boot/efi/EFI/BOOT: the EFI system partition is not mounted there, or there is none.");
    }

    public static RuleOutcome JudgeSshEnabled(RuleContext context)
        => context.Guest.FindFirst("usr/sbin/sshd", "usr/bin/sshd") is null
            ? RuleOutcome.Fail(new Observation("/usr/sbin/sshd", "absent"))
            : AgentChecks.JudgeUnits(context.Guest, "sshd", "ssh");

    public static RuleOutcome JudgeAliveInterval(RuleContext context)
    {
        const string keyword = "ClientAliveInterval";
        (TextLine? line, string? value) = SshConfiguration.Find(context.Guest, keyword);
        string expected = FormattableString.Invariant($"expected {ShortestInterval} to {LongestInterval}, best 180");
        if (line is null || value is null)
        {
            return RuleOutcome.Fail(new Observation($"/{SshConfiguration.Path}", $"{keyword} is not set, so that idle sessions are dropped; {expected}"));
        }

        return SshConfiguration.ToSeconds(value) is >= ShortestInterval and <= LongestInterval
            ? RuleOutcome.Pass(line.See())
            : RuleOutcome.Fail(new Observation(line.Place, $"{line.Text}; {expected}"));
    }

    /// <summary>SUSE's ways to tie an interface to the network card of the machine that the image was made on.</summary>
    public static RuleOutcome JudgeSuseNetwork(RuleContext context)
        => context.Linux.Distribution != LinuxDistribution.Suse
            ? RuleOutcome.NotApplicable("The distribution is not SUSE.")
            : LinuxFileCheck.NoneOf(
                [
                    .. new[] { "etc/udev/rules.d/85-persistent-net-cloud-init.rules" }.Where(path => context.Guest.GetFile(path) is not null),
                    .. context.Guest.FindIn("etc/sysconfig/network", static entry => entry.IsLike("ifcfg-eth", string.Empty)),
                ],
                "/etc/sysconfig/network/ifcfg-eth*");

    /// <summary>The generator that writes such rules at every start; distributions of today have none.</summary>
    public static RuleOutcome JudgeRuleGenerator(RuleContext context)
    {
        if (context.Linux.Distribution is not (LinuxDistribution.RedHat or LinuxDistribution.Oracle))
        {
            return RuleOutcome.NotApplicable("The distribution is not of the Red Hat family.");
        }

        string? generator = context.Guest.FindFirst([.. GeneratorFolders.Select(static folder => $"{folder}/{Generator}")]);
        return generator is null || context.Guest.GetFile(GeneratorMask) is { IsDirectory: false, Length: 0 }
            ? RuleOutcome.Pass(new Observation($"/{GeneratorMask}", generator is null ? "no such generator" : "says nothing"))
            : RuleOutcome.Fail(new Observation($"/{generator}", $"runs; expected a link to /dev/null, or an empty file, at /{GeneratorMask}"));
    }

    /// <summary>The line, without its options: they may hold a password.</summary>
    private static Observation See(FstabEntry entry) => new(PlaceOf(entry), $"{entry.Source} {entry.Place} {entry.Type}");

    private static string PlaceOf(FstabEntry entry) => FormattableString.Invariant($"/{FstabEntry.Path}, line {entry.Line}");
}

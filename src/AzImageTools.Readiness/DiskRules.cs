using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness;

/// <summary>What stops the disk image itself from becoming an Azure disk that starts.</summary>
internal static class DiskRules
{
    private const long MiB = 1L << 20;
    private const long TiB = 1L << 40;
    private const long MinimumCapacity = 20 * MiB;
    private const long MaximumCapacityOfGeneration1 = 2 * TiB;
    private const long MaximumCapacityOfGeneration2 = 4 * TiB;
    private const long MaximumCapacityOfDataDisk = 32767L << 30;
    private const int SectorSize = 512;
    private const int FooterSize = 512;
    private const long MaximumCapacityOfLinux = 1023L << 30;
    private const byte MbrRecovery = 0x27;

    // What a Linux may be on, and is not read.
    private static readonly FileSystemKind[] Hiding = [FileSystemKind.Luks, FileSystemKind.Btrfs, FileSystemKind.Zfs, FileSystemKind.LinuxRaid];

    private static readonly Guid GptRecovery = new("DE94BBA4-06D1-4D40-A16A-BFD50179D6AC");

    public static IReadOnlyList<ReadinessRule> All { get; } =
    [
        Rule("VhdFixed", Blocker, "The image is a fixed VHD when it reaches Azure",
            "Convert-VHD disk.vhdx disk.vhd -VHDType Fixed   # or upload with Send-AzVhd, which converts on the way",
            References.PrepareVhd, JudgeFormat),
        Rule("VhdFooter", Blocker, "The VHD's footer follows the disk's last byte, and is complete",
            "Convert-VHD disk.vhd disk-new.vhd -VHDType Fixed   # or upload with Send-AzVhd, which writes a footer of its own",
            References.Certification, JudgeFooter),
        Rule("VhdAligned", Blocker, "The disk's capacity is a whole number of MiB when it reaches Azure",
            "Resize-VHD disk.vhdx -SizeBytes ([Math]::Ceiling((Get-VHD disk.vhdx).Size / 1MB) * 1MB)   # or upload with Send-AzVhd, which rounds it up",
            References.PrepareVhd, JudgeAlignment),
        Rule("DiskSize", Blocker, "The disk is neither too small nor too large: for an operating system disk, where it is one",
            "Resize-VHD disk.vhdx -SizeBytes 127GB   # after shrinking the partitions; Azure's limits: 20 MiB, 2 TiB (generation 1), 4 TiB (generation 2)",
            References.Generation2, JudgeCapacity),
        Rule("LogicalSectorSize", Blocker, "The disk has sectors of 512 bytes",
            "New-VHD disk.vhdx -SizeBytes 127GB -LogicalSectorSizeBytes 512   # and install or restore Windows onto it: the partition table counts in sectors",
            References.UploadDisk, JudgeSectorSize),
        Rule("Generation", Blocker, "The disk can start a virtual machine of the wanted generation",
            "bcdboot C:\\Windows /s S: /f ALL   # S: is the EFI system partition; mbr2gpt /convert /allowFullOS makes a generation 2 disk of a generation 1 disk",
            References.Generation2, JudgeGeneration),
        Rule("BackupGpt", Information, "The backup partition table stays at the disk's end",
            "sgdisk -e DISK   # or let Disk Management repair it in Azure: rounding the capacity up leaves it before the end, which harms nothing",
            References.UploadDisk, JudgeBackupTable),
        Rule("RecoveryPartitionLast", Warning, "No recovery partition stands in the way of extending the system's volume",
            "reagentc /disable; Get-Partition | Where-Object Type -eq Recovery | Remove-Partition",
            References.PrepareVhd, JudgeRecoveryPartition),
        Rule("FirstMiBFree", Warning, "The first MiB of the disk is free, as the Marketplace asks",
            "Get-Partition | Sort-Object Offset | Select-Object -First 1 Offset   # install onto a disk whose first partition begins at 1 MiB",
            References.Certification, JudgeFirstPartition),
        Rule("SignedLoaders", Warning, "What firmware starts is signed: Trusted Launch, the default of generation 2, starts nothing else",
            "bcdboot C:\\Windows /s S: /f UEFI   # a Linux: the distribution's shim as \\EFI\\Boot\\bootx64.efi; or the security type Standard, or the keys of your own in a gallery's image version",
            References.SecureBootKeys, static (context, _) => SecureBootChecks.JudgeSigned(context)),
        Rule("SecureBootCertificates", Warning, "What firmware starts is signed by Microsoft's certificates of 2023 too: those of 2011 expire in 2026",
            "Set-ItemProperty HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot AvailableUpdates 0x5944 -Type DWord; Start-ScheduledTask '\\Microsoft\\Windows\\PI\\Secure-Boot-Update'   # and restart twice; a Linux: update shim",
            References.SecureBootCertificates, static (context, _) => SecureBootChecks.JudgeCertificates(context)),
    ];

    private static ReadinessRule Rule(string id, FindingSeverity severity, string title, string remedy, string source, Func<RuleContext, DiskInfo, RuleOutcome> judge)
        => new(id, severity, ReadinessPurpose.AzureUpload, RuleScope.Disk, title, remedy, source, new RuleCheck(severity, context
            => judge(context, context.Guest.Disk ?? throw new EvidenceUnavailableException("The guest has no disk image."))));

    private static RuleOutcome JudgeFormat(RuleContext context, DiskInfo disk)
    {
        string seen = $"{disk.Format}, {disk.SubFormat}";
        return disk is { Format: DiskFormat.Vhd, SubFormat: DiskSubFormat.Fixed }
            ? RuleOutcome.Pass(new Observation("Format", seen))
            : Converted(context, "Format", seen);
    }

    /// <summary>A disk whose footer has another cookie or a wrong checksum can't be opened at all.</summary>
    private static RuleOutcome JudgeFooter(RuleContext context, DiskInfo disk)
    {
        if (disk is not { Format: DiskFormat.Vhd, SubFormat: DiskSubFormat.Fixed })
        {
            return context.Options.ConvertsOnUpload
                ? RuleOutcome.Pass(new Observation("Footer", "written on upload")) with { Severity = Information }
                : RuleOutcome.NotApplicable("The image is not a fixed VHD.");
        }

        string seen = FormattableString.Invariant($"{disk.FileSize} bytes for a disk of {disk.Capacity} and a footer of {FooterSize}");
        return disk.FileSize == disk.Capacity + FooterSize
            ? RuleOutcome.Pass(new Observation("File size", seen))
            : Converted(context, "File size", seen);
    }

    private static RuleOutcome JudgeAlignment(RuleContext context, DiskInfo disk)
    {
        string seen = FormattableString.Invariant($"{disk.Capacity} bytes");
        return disk.Capacity % MiB == 0
            ? RuleOutcome.Pass(new Observation("Capacity", seen))
            : Converted(context, "Capacity", seen);
    }

    /// <summary>What the upload puts right is no fault: it is told, and passes.</summary>
    private static RuleOutcome Converted(RuleContext context, string place, string seen)
        => context.Options.ConvertsOnUpload
            ? RuleOutcome.Pass(new Observation(place, $"{seen}; converted on upload")) with { Severity = Information }
            : RuleOutcome.Fail(new Observation(place, seen));

    private static RuleOutcome JudgeCapacity(RuleContext context, DiskInfo disk)
    {
        bool isGeneration1 = context.Options.Generation == 1 || (context.Options.Generation is null && disk.SupportedGenerations == VmGenerations.V1);
        long maximum = IsDataDisk(context, disk) ? MaximumCapacityOfDataDisk : isGeneration1 ? MaximumCapacityOfGeneration1 : MaximumCapacityOfGeneration2;
        string seen = FormattableString.Invariant($"{disk.Capacity} bytes");
        if (disk.Capacity < MinimumCapacity || disk.Capacity > maximum)
        {
            return RuleOutcome.Fail(new Observation("Capacity", FormattableString.Invariant($"{seen}; expected {MinimumCapacity} to {maximum}")));
        }

        // The pages for Linux name 1,023 GB, those for disks more.
        return context.Guest.Identity?.Family == GuestFamily.Linux && disk.Capacity > MaximumCapacityOfLinux
            ? RuleOutcome.Fail(new Observation("Capacity", FormattableString.Invariant($"{seen}; the pages for Linux allow at most {MaximumCapacityOfLinux}"))) with { Severity = Warning }
            : RuleOutcome.Pass(new Observation("Capacity", seen));
    }

    private static RuleOutcome JudgeSectorSize(RuleContext context, DiskInfo disk)
        => RuleOutcome.PassIf(disk.LogicalSectorSize == SectorSize, new Observation("Logical sector size", disk.LogicalSectorSize.ToString(CultureInfo.InvariantCulture)));

    private static RuleOutcome JudgeGeneration(RuleContext context, DiskInfo disk)
    {
        if (IsDataDisk(context, disk))
        {
            return RuleOutcome.NotApplicable("No operating system is on the disk, and no partition to start one from: a data disk goes with either generation.");
        }

        Observation seen = new("Generations it can start", disk.SupportedGenerations == VmGenerations.None ? "none" : disk.SupportedGenerations.ToString());
        bool fits = context.Options.Generation switch
        {
            1 => disk.SupportedGenerations.HasFlag(VmGenerations.V1),
            2 => disk.SupportedGenerations.HasFlag(VmGenerations.V2),
            _ => disk.SupportedGenerations != VmGenerations.None,
        };
        return RuleOutcome.PassIf(fits, fits ? [seen] : [seen, .. disk.BootObstacles.Select(static obstacle => new Observation(string.Empty, obstacle))]) with { Severity = fits ? Information : Blocker, Remedy = BootRemedyFor(context.Guest.Identity?.Family) };
    }

    /// <summary>
    /// Whether a disk holds data alone, and nobody says that machines are to start from it. An MBR may be started without a partition that
    /// shows it: there, nothing may hide a system.
    /// </summary>
    private static bool IsDataDisk(RuleContext context, DiskInfo disk)
        => context.Guest.Identity is null && context.Options.Generation is null && disk.SupportedGenerations == VmGenerations.None && !disk.HasSystemPartition
            && (disk.PartitionStyle != PartitionStyle.Mbr || (context.Guest.Problems.Count == 0 && !context.Guest.Volumes.Any(static volume => Array.IndexOf(Hiding, volume.FileSystem) >= 0)));

    /// <summary>What to run on another system than Windows; null for what the rule says.</summary>
    private static string? BootRemedyFor(GuestFamily? family) => family switch
    {
        GuestFamily.Windows => null,
        GuestFamily.Linux => "grub-install --target=x86_64-efi --efi-directory=/boot/efi --removable   # for generation 2, with an EFI system partition there; for generation 1: grub-install --target=i386-pc DISK",
        _ => "Get-AzVhdInfo DISK   # no operating system was recognised: check that machines are to start from this disk",
    };

    private static RuleOutcome JudgeBackupTable(RuleContext context, DiskInfo disk)
        => disk.PartitionStyle != PartitionStyle.Gpt
            ? RuleOutcome.NotApplicable("The disk has no GUID partition table.")
            : RuleOutcome.PassIf(disk.Capacity % MiB == 0, new Observation("Capacity", FormattableString.Invariant($"{disk.Capacity} bytes")));

    private static RuleOutcome JudgeRecoveryPartition(RuleContext context, DiskInfo disk)
    {
        int? number = context.Guest.Volumes.FirstOrDefault(volume => volume.HoldsOperatingSystem)?.PartitionNumber;
        if (disk.Partitions.FirstOrDefault(partition => partition.Number == number) is not { } system)
        {
            return RuleOutcome.NotApplicable("No partition holds an operating system.");
        }

        Partition[] behind = [.. disk.Partitions.Where(partition => partition.Offset > system.Offset && (partition.TypeId == GptRecovery || partition.TypeCode == MbrRecovery))];
        return behind.Length > 0
            ? RuleOutcome.Fail([.. behind.Select(partition => new Observation(FormattableString.Invariant($"Partition {partition.Number}"), "a recovery partition after the system's"))])
            : RuleOutcome.Pass(new Observation(FormattableString.Invariant($"Partition {system.Number}"), "no recovery partition after it"));
    }

    private static RuleOutcome JudgeFirstPartition(RuleContext context, DiskInfo disk)
    {
        if (disk.Partitions.OrderBy(partition => partition.Offset).FirstOrDefault() is not { } first)
        {
            return RuleOutcome.NotApplicable("The disk has no partition.");
        }

        return RuleOutcome.PassIf(first.Offset >= MiB, new Observation(FormattableString.Invariant($"Partition {first.Number}"), FormattableString.Invariant($"begins at byte {first.Offset}")));
    }
}

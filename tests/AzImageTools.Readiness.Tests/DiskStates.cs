using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingResult;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Tests;

internal static class DiskStates
{
    private static readonly ReadinessOptions Manual = new() { ConvertsOnUpload = false };
    private static readonly ReadinessOptions Generation1 = new() { Generation = 1 };
    private static readonly ReadinessOptions Generation2 = new() { Generation = 2 };

    private const string Shim = @"EFI\Boot\bootx64.efi";
    private const string BootManager = @"EFI\Microsoft\Boot\bootmgfw.efi";

    private static readonly string[] Old = ["Microsoft Windows UEFI Driver Publisher", "Microsoft Corporation UEFI CA 2011", "Microsoft Corporation Third Party Marketplace Root"];

    public static IReadOnlyList<RuleState> All { get; } =
    [
        new("VhdFixed", "fixed VHD", Pass, guest => guest, Options: Manual),
        new("VhdFixed", "VHDX, converted", Pass, guest => guest.WithDisk(disk => disk with { Format = DiskFormat.Vhdx, SubFormat = DiskSubFormat.Dynamic }), Information),
        new("VhdFixed", "VHDX, by hand", Fail, guest => guest.WithDisk(disk => disk with { Format = DiskFormat.Vhdx }), Blocker, Manual),
        new("VhdFixed", "dynamic, by hand", Fail, guest => guest.WithDisk(disk => disk with { SubFormat = DiskSubFormat.Dynamic }), Blocker, Manual),
        new("VhdFixed", "no disk", Undetermined, guest => guest.WithoutDisk(), Blocker),

        new("VhdFooter", "follows the disk", Pass, guest => guest, Options: Manual),
        new("VhdFooter", "VHDX, written on upload", Pass, guest => guest.WithDisk(disk => disk with { Format = DiskFormat.Vhdx, SubFormat = DiskSubFormat.Dynamic }), Information),
        new("VhdFooter", "VHDX, by hand", NotApplicable, guest => guest.WithDisk(disk => disk with { Format = DiskFormat.Vhdx, SubFormat = DiskSubFormat.Dynamic }), Options: Manual),
        new("VhdFooter", "bytes before it, by hand", Fail, guest => guest.WithDisk(disk => disk with { FileSize = disk.FileSize + 512 }), Blocker, Manual),
        new("VhdFooter", "bytes before it, converted", Pass, guest => guest.WithDisk(disk => disk with { FileSize = disk.FileSize + 512 }), Information),
        new("VhdFooter", "no disk", Undetermined, guest => guest.WithoutDisk(), Blocker),

        new("VhdAligned", "whole MiBs", Pass, guest => guest, Options: Manual),
        new("VhdAligned", "not whole, converted", Pass, guest => guest.WithDisk(disk => disk with { Capacity = disk.Capacity + 512 }), Information),
        new("VhdAligned", "not whole, by hand", Fail, guest => guest.WithDisk(disk => disk with { Capacity = disk.Capacity + 512 }), Blocker, Manual),
        new("VhdAligned", "no disk", Undetermined, guest => guest.WithoutDisk()),

        new("DiskSize", "fits", Pass, guest => guest),
        new("DiskSize", "smallest", Pass, guest => guest.WithDisk(disk => disk with { Capacity = 20L << 20 })),
        new("DiskSize", "too small", Fail, guest => guest.WithDisk(disk => disk with { Capacity = (20L << 20) - 512 }), Blocker),
        new("DiskSize", "3 TiB on generation 2", Pass, guest => guest.WithDisk(disk => disk with { Capacity = 3L << 40 })),
        new("DiskSize", "3 TiB on generation 1", Fail, guest => guest.WithDisk(disk => disk with { Capacity = 3L << 40, SupportedGenerations = VmGenerations.V1 }), Blocker),
        new("DiskSize", "5 TiB", Fail, guest => guest.WithDisk(disk => disk with { Capacity = 5L << 40 }), Blocker),
        new("DiskSize", "1,023 GiB of Linux", Pass, guest => guest.WithIdentity(Guests.Sample.Linux).WithDisk(disk => disk with { Capacity = 1023L << 30 })),
        new("DiskSize", "more of Linux", Fail, guest => guest.WithIdentity(Guests.Sample.Linux).WithDisk(disk => disk with { Capacity = 1024L << 30 }), Warning),
        new("DiskSize", "5 TiB of data", Pass, guest => DataDisk(guest).WithDisk(disk => disk with { Capacity = 5L << 40 })),
        new("DiskSize", "more than Azure's disks have, of data", Fail, guest => DataDisk(guest).WithDisk(disk => disk with { Capacity = 32L << 40 }), Blocker),
        new("DiskSize", "no disk", Undetermined, guest => guest.WithoutDisk()),

        new("LogicalSectorSize", "512", Pass, guest => guest),
        new("LogicalSectorSize", "4096", Fail, guest => guest.WithDisk(disk => disk with { LogicalSectorSize = 4096 }), Blocker),
        new("LogicalSectorSize", "no disk", Undetermined, guest => guest.WithoutDisk()),

        new("Generation", "either wanted", Pass, guest => guest, Information),
        new("Generation", "2 wanted", Pass, guest => guest, Options: Generation2),
        new("Generation", "1 wanted", Fail, guest => guest, Blocker, Generation1),
        new("Generation", "none fits", Fail, guest => guest.WithDisk(disk => disk with { SupportedGenerations = VmGenerations.None }), Blocker),
        new("Generation", "data alone", NotApplicable, DataDisk),
        new("Generation", "data alone, encrypted", NotApplicable, guest => DataDisk(guest).WithVolume(static volume => volume with { FileSystem = FileSystemKind.Luks })),
        new("Generation", "data alone, on an MBR", NotApplicable, guest => DataDisk(guest).WithDisk(OnMbr)),
        new("Generation", "data alone, 2 wanted", Fail, DataDisk, Blocker, Generation2),
        new("Generation", "an active partition, and no system", Fail, guest => DataDisk(guest).WithDisk(static disk => OnMbr(disk) with { Partitions = [OnMbr(disk).Partitions[0] with { IsActive = true }] }), Blocker),
        new("Generation", "an EFI system partition on an MBR, and no system", Fail, guest => DataDisk(guest).WithDisk(static disk => OnMbr(disk) with { Partitions = [OnMbr(disk).Partitions[0] with { TypeCode = 0xEF }] }), Blocker),
        new("Generation", "the root of a Linux that is not read", Fail, guest => DataDisk(guest).WithDisk(static disk => disk with { Partitions = [disk.Partitions[0] with { TypeId = new Guid("4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709") }] }), Blocker),
        new("Generation", "a file system on an MBR that may be the root of a Linux", Fail, guest => DataDisk(guest).WithDisk(OnMbr).WithVolume(static volume => volume with { FileSystem = FileSystemKind.Btrfs }), Blocker),
        new("Generation", "a volume on an MBR that can't be read", Fail, guest => DataDisk(guest).WithDisk(OnMbr).WithProblem("A volume is damaged."), Blocker),
        new("Generation", "no disk", Undetermined, guest => guest.WithoutDisk(), Blocker),

        new("BackupGpt", "whole MiBs", Pass, guest => guest),
        new("BackupGpt", "not whole", Fail, guest => guest.WithDisk(disk => disk with { Capacity = disk.Capacity + 512 }), Information),
        new("BackupGpt", "MBR", NotApplicable, guest => guest.WithDisk(disk => disk with { PartitionStyle = PartitionStyle.Mbr })),
        new("BackupGpt", "no disk", Undetermined, guest => guest.WithoutDisk()),

        new("RecoveryPartitionLast", "none", Pass, guest => guest),
        new("RecoveryPartitionLast", "before", Pass, guest => guest.WithDisk(disk => disk with { Partitions = [Recovery(1 << 20), .. disk.Partitions] })),
        new("RecoveryPartitionLast", "behind", Fail, guest => guest.WithDisk(disk => disk with { Partitions = [.. disk.Partitions, Recovery(60 << 20)] }), Warning),
        new("RecoveryPartitionLast", "behind on an MBR", Fail, guest => guest.WithDisk(disk => disk with { Partitions = [.. disk.Partitions, Recovery(60 << 20) with { TypeId = null, TypeCode = 0x27 }] }), Warning),
        new("RecoveryPartitionLast", "no system", NotApplicable, guest => guest.WithoutVolumes()),
        new("RecoveryPartitionLast", "no disk", Undetermined, guest => guest.WithoutDisk(), Warning),

        new("FirstMiBFree", "free", Pass, guest => guest),
        new("FirstMiBFree", "sector 63", Fail, guest => guest.WithDisk(disk => disk with { Partitions = [Recovery(63 * 512), .. disk.Partitions] }), Warning),
        new("FirstMiBFree", "no partition", NotApplicable, guest => guest.WithDisk(disk => disk with { Partitions = [] })),
        new("FirstMiBFree", "no disk", Undetermined, guest => guest.WithoutDisk()),

        new("SignedLoaders", "none", NotApplicable, guest => guest),
        new("SignedLoaders", "no program", NotApplicable, guest => guest.WithEfiProgram(Shim, null)),
        new("SignedLoaders", "by Microsoft", Pass, guest => guest.WithEfiProgram(Shim, Old)),
        new("SignedLoaders", "by somebody", Pass, guest => guest.WithEfiProgram(Shim, ["Contoso"])),
        new("SignedLoaders", "unsigned", Fail, guest => guest.WithEfiProgram(Shim, Old).WithEfiProgram(@"EFI\Boot\bootaa64.efi"), Warning),
        new("SignedLoaders", "unreadable signature", Fail, guest => guest.WithEfiProgram(Shim, []), Warning),
        new("SignedLoaders", "unsigned, generation 1 wanted", NotApplicable, guest => guest.WithEfiProgram(Shim), Options: new ReadinessOptions { Generation = 1 }),
        new("SignedLoaders", "generation 1 alone", NotApplicable, guest => guest.WithEfiProgram(Shim).WithDisk(static disk => disk with { SupportedGenerations = VmGenerations.V1 })),
        new("SignedLoaders", "not looked at", Undetermined, guest => guest.WithoutEfiPrograms(), Warning),

        new("SecureBootCertificates", "of 2011 and of 2023", Pass, guest => guest.WithEfiProgram(Shim, Old, ["Microsoft UEFI CA 2023 signer", "Microsoft UEFI CA 2023", "Microsoft RSA Devices Root CA 2021"])),
        new("SecureBootCertificates", "Windows', of 2023", Pass, guest => guest.WithEfiProgram(BootManager, ["Microsoft Windows", "Windows UEFI CA 2023"])),
        new("SecureBootCertificates", "of 2011", Fail, guest => guest.WithEfiProgram(Shim, Old), Information),
        new("SecureBootCertificates", "Windows', of 2011", Fail, guest => guest.WithEfiProgram(BootManager, ["Microsoft Windows", "Microsoft Windows Production PCA 2011", "Microsoft Root Certificate Authority 2010"]), Warning),
        new("SecureBootCertificates", "keys of somebody's own", NotApplicable, guest => guest.WithEfiProgram(Shim, ["Contoso Secure Boot"])),
        new("SecureBootCertificates", "unsigned", NotApplicable, guest => guest.WithEfiProgram(Shim)),
        new("SecureBootCertificates", "not looked at", Undetermined, guest => guest.WithoutEfiPrograms(), Warning),
    ];

    /// <summary>A volume of its own on a GUID partition table, as Windows sets up a second disk.</summary>
    private static Guests.MemoryGuest DataDisk(Guests.MemoryGuest guest) => guest
        .WithIdentity(null)
        .WithVolume(static volume => volume with { HoldsOperatingSystem = false })
        .WithDisk(static disk => disk with { SupportedGenerations = VmGenerations.None, Partitions = [disk.Partitions[2] with { Number = 1 }] });

    private static DiskInfo OnMbr(DiskInfo disk) => disk with { PartitionStyle = PartitionStyle.Mbr, Partitions = [disk.Partitions[0] with { TypeId = null, TypeCode = 0x07 }] };

    private static Partition Recovery(long offset) => new()
    {
        Number = 9,
        Offset = offset,
        Length = 1 << 20,
        TypeId = new Guid("DE94BBA4-06D1-4D40-A16A-BFD50179D6AC"),
    };
}

namespace AzImageTools.Disks.Partitions;

/// <summary>
/// What partition types are called: the UEFI specification's (5.3.3), Microsoft's (PARTITION_INFORMATION_GPT), and the
/// Discoverable Partitions Specification's.
/// </summary>
internal static class PartitionTypes
{
    public const byte GptProtective = 0xEE;

    public static readonly Guid EfiSystem = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
    public static readonly Guid BiosBoot = new("21686148-6449-6E6F-744E-656564454649");
    public static readonly Guid BasicData = new("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7");

    private static readonly Dictionary<Guid, string> Guids = new()
    {
        [EfiSystem] = "EFI system",
        [BiosBoot] = "BIOS boot",
        [BasicData] = "Basic data",
        [new("E3C9E316-0B5C-4DB8-817D-F92DF00215AE")] = "Microsoft reserved",
        [new("DE94BBA4-06D1-4D40-A16A-BFD50179D6AC")] = "Windows recovery",
        [new("5808C8AA-7E8F-42E0-85D2-E1E90434CFB3")] = "Dynamic disk metadata",
        [new("AF9B60A0-1431-4F62-BC68-3311714A69AD")] = "Dynamic disk data",
        [new("E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D")] = "Storage spaces",
        [new("0FC63DAF-8483-4772-8E79-3D69D8477DE4")] = "Linux filesystem",
        [new("4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709")] = "Linux root (x64)",
        [new("B921B045-1DF0-41C3-AF44-4C6F280D3FAE")] = "Linux root (ARM64)",
        [new("0657FD6D-A4AB-43C4-84E5-0933C84B4F4F")] = "Linux swap",
        [new("E6D6D379-F507-44C2-A23C-238F2A3DF928")] = "Linux LVM",
        [new("A19D880F-05FC-4D3B-A006-743F0F84911E")] = "Linux RAID",
        [new("BC13C2FF-59E6-4262-A352-B275FD6F7172")] = "Linux extended boot",
        [new("933AC7E1-2EB4-4F13-B844-0E14E2AEF915")] = "Linux home",
        [new("9E1A2D38-C612-4316-AA26-8B49521E5A8B")] = "PowerPC PReP boot",
    };

    private static readonly Dictionary<byte, string> Codes = new()
    {
        [0x01] = "FAT12",
        [0x04] = "FAT16",
        [0x05] = "Extended",
        [0x06] = "FAT16",
        [0x07] = "NTFS or exFAT",
        [0x0B] = "FAT32",
        [0x0C] = "FAT32",
        [0x0E] = "FAT16",
        [0x0F] = "Extended",
        [0x27] = "Windows recovery",
        [0x42] = "Dynamic disk",
        [0x82] = "Linux swap",
        [0x83] = "Linux filesystem",
        [0x85] = "Extended",
        [0x8E] = "Linux LVM",
        [0xEE] = "GPT protective",
        [0xEF] = "EFI system",
        [0xFD] = "Linux RAID",
    };

    // Dynamic disk data and metadata, storage spaces, Linux LVM and RAID.
    private static readonly HashSet<Guid> PartsOfLarger =
    [
        new("5808C8AA-7E8F-42E0-85D2-E1E90434CFB3"),
        new("AF9B60A0-1431-4F62-BC68-3311714A69AD"),
        new("E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D"),
        new("E6D6D379-F507-44C2-A23C-238F2A3DF928"),
        new("A19D880F-05FC-4D3B-A006-743F0F84911E"),
    ];

    public static string NameOf(Guid type) => Guids.TryGetValue(type, out string? name) ? name : "Unknown";

    public static string NameOf(byte type) => Codes.TryGetValue(type, out string? name) ? name : "Unknown";

    /// <summary>Whether a partition may be a part of a volume that reaches over several: what looks like a file system's start in it may not be a whole one.</summary>
    public static bool IsPartOfLarger(Partition partition)
        => partition.TypeId is { } id ? PartsOfLarger.Contains(id) : partition.TypeCode is 0x42 or 0x8E or 0xFD;

    /// <summary>Whether a partition of an MBR holds a chain of logical partitions.</summary>
    public static bool IsExtended(byte type) => type is 0x05 or 0x0F or 0x85;
}

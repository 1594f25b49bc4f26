namespace AzImageTools.Disks.Partitions;

/// <summary>
/// What partition types are called: the UEFI specification's (5.3.3), Microsoft's (PARTITION_INFORMATION_GPT), and the
/// Discoverable Partitions Specification's.
/// </summary>
internal static class PartitionTypes
{
    public const byte GptProtective = 0xEE;
    public const byte MbrDynamic = 0x42;
    public const byte MbrEfiSystem = 0xEF;

    public static readonly Guid EfiSystem = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
    public static readonly Guid BiosBoot = new("21686148-6449-6E6F-744E-656564454649");
    public static readonly Guid MicrosoftReserved = new("E3C9E316-0B5C-4DB8-817D-F92DF00215AE");
    public static readonly Guid BasicData = new("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7");
    public static readonly Guid DynamicMetadata = new("5808C8AA-7E8F-42E0-85D2-E1E90434CFB3");
    public static readonly Guid DynamicData = new("AF9B60A0-1431-4F62-BC68-3311714A69AD");
    public static readonly Guid StorageSpaces = new("E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D");
    public static readonly Guid ExtendedBoot = new("BC13C2FF-59E6-4262-A352-B275FD6F7172");
    /// <summary>The /usr of Flatcar and of other systems with its layout (Flatcar, build_library/disk_layout.json).</summary>
    public static readonly Guid ContainerUsr = new("5DFBF5F4-2848-4BAC-AA5E-0D9A20B745A6");
    public static readonly Guid LinuxVar = new("4D21B016-B534-45C2-A9FB-5C16E091FD2D");

    private static readonly Guid ContainerRoot = new("3884DD41-8582-4404-B9A8-E9B84F2DF50E");
    private static readonly HashSet<Guid> LinuxRoots = [ContainerRoot];
    private static readonly HashSet<Guid> LinuxUsrs = [ContainerUsr];
    private static readonly Dictionary<Guid, string> Guids = new()
    {
        [EfiSystem] = "EFI system",
        [BiosBoot] = "BIOS boot",
        [BasicData] = "Basic data",
        [MicrosoftReserved] = "Microsoft reserved",
        [new("DE94BBA4-06D1-4D40-A16A-BFD50179D6AC")] = "Windows recovery",
        [DynamicMetadata] = "Dynamic disk metadata",
        [DynamicData] = "Dynamic disk data",
        [StorageSpaces] = "Storage spaces",
        [new("558D43C5-A1AC-43C0-AAC8-D1472B2923D1")] = "Storage replica",
        [new("0FC63DAF-8483-4772-8E79-3D69D8477DE4")] = "Linux filesystem",
        [new("0657FD6D-A4AB-43C4-84E5-0933C84B4F4F")] = "Linux swap",
        [new("E6D6D379-F507-44C2-A23C-238F2A3DF928")] = "Linux LVM",
        [new("A19D880F-05FC-4D3B-A006-743F0F84911E")] = "Linux RAID",
        [new("8DA63339-0007-60C0-C436-083AC8230908")] = "Linux reserved",
        [ExtendedBoot] = "Linux extended boot",
        [new("933AC7E1-2EB4-4F13-B844-0E14E2AEF915")] = "Linux home",
        [new("773F91EF-66D4-49B5-BD83-D683BF40AD16")] = "Linux user's home",
        [new("3B8F8425-20E0-4F3B-907F-1A25A76F98E8")] = "Linux server data",
        [LinuxVar] = "Linux variable data",
        [new("7EC6F557-3BC5-4ACA-B293-16EF5DF639D1")] = "Linux temporary data",
        [new("CA7D7CCB-63ED-4C53-861C-1742536059CC")] = "Linux LUKS",
        [ContainerUsr] = "Container Linux /usr",
        [ContainerRoot] = "Container Linux root",
        [new("C95DC21A-DF0E-4340-8D7B-26CBFA9A03E0")] = "Container Linux reserved",
        [new("9E1A2D38-C612-4316-AA26-8B49521E5A8B")] = "PowerPC PReP boot",
        [new("83BD6B9D-7F41-11DC-BE0B-001560B84F0F")] = "FreeBSD boot",
        [new("516E7CB4-6ECF-11D6-8FF8-00022D09712B")] = "FreeBSD data",
        [new("516E7CB5-6ECF-11D6-8FF8-00022D09712B")] = "FreeBSD swap",
        [new("516E7CB6-6ECF-11D6-8FF8-00022D09712B")] = "FreeBSD UFS",
        [new("516E7CBA-6ECF-11D6-8FF8-00022D09712B")] = "FreeBSD ZFS",
    };

    static PartitionTypes()
    {
        // Discoverable Partitions Specification, "Defined Partition Type UUIDs": of each architecture a root and a /usr, with
        // the partitions that hold the hashes of their blocks, and those that hold the hashes' signatures.
        AddLinux("x86", "44479540-F297-41B2-9AF7-D131D5F0458A", "75250D76-8CC6-458E-BD66-BD47CC81A812",
            "D13C5D3B-B5D1-422A-B29F-9454FDC89D76", "8F461B0D-14EE-4E81-9AA9-049B6FB97ABD", "5996FC05-109C-48DE-808B-23FA0830B676", "974A71C0-DE41-43C3-BE5D-5C5CCD1AD2C0");
        AddLinux("x64", "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "8484680C-9521-48C6-9C11-B0720656F69E",
            "2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5", "77FF5F63-E7B6-4633-ACF4-1565B864C0E6", "41092B05-9FC8-4523-994F-2DEF0408B176", "E7BB33FB-06CF-4E81-8273-E543B413E2E2");
        AddLinux("ARM", "69DAD710-2CE4-4E3C-B16C-21A1D49ABED3", "7D0359A3-02B3-4F0A-865C-654403E70625",
            "7386CDF2-203C-47A9-A498-F2ECCE45A2D6", "C215D751-7BCD-4649-BE90-6627490A4C05", "42B0455F-EB11-491D-98D3-56145BA9D037", "D7FF812F-37D1-4902-A810-D76BA57B975A");
        AddLinux("ARM64", "B921B045-1DF0-41C3-AF44-4C6F280D3FAE", "B0E01050-EE5F-4390-949A-9101B17104E9",
            "DF3300CE-D69F-4C92-978C-9BFB0F38D820", "6E11A4E7-FBCA-4DED-B9E9-E1A512BB664E", "6DB69DE6-29F4-4758-A7A5-962190F00CE3", "C23CE4FF-44BD-4B00-B2D4-B41B3419E02A");
        AddLinux("RISC-V 64", "72EC70A6-CF74-40E6-BD49-4BDA08E8F224", "BEAEC34B-8442-439B-A40B-984381ED097D",
            "B6ED5582-440B-4209-B8DA-5FF7C419EA3D", "8F1056BE-9B05-47C4-81D6-BE53128E5B54", "EFE0F087-EA8D-4469-821A-4C2A96A8386A", "D2F9000A-7A18-453F-B5CD-4D32F77A7B32");
        AddLinux("PPC64 LE", "C31C45E6-3F39-412E-80FB-4809C4980599", "15BB03AF-77E7-4D4A-B12B-C0D084F7491C",
            "906BD944-4589-4AAE-A4E4-DD983917446A", "EE2B9983-21E8-4153-86D9-B6901A54D1CE", "D4A236E7-E873-4C07-BF1D-BF6CF7F1C3C6", "C8BFBD1E-268E-4521-8BBA-BF314C399557");
        AddLinux("S390X", "5EEAD9A9-FE09-4A1E-A1D7-520D00531306", "8A4F5770-50AA-4ED3-874A-99B710DB6FEA",
            "B325BFBE-C7BE-4AB8-8357-139E652D2F6B", "31741CC4-1A2A-4111-A581-E00B447D2D06", "C80187A5-73A3-491A-901A-017C3FA953E9", "3F324816-667B-46AE-86EE-9B0C0C6C11B4");
    }

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
        [MbrDynamic] = "Dynamic disk",
        [0x82] = "Linux swap",
        [0x83] = "Linux filesystem",
        [0x85] = "Extended",
        [0x8E] = "Linux LVM",
        [GptProtective] = "GPT protective",
        [MbrEfiSystem] = "EFI system",
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

    /// <summary>The types that have names.</summary>
    public static IEnumerable<Guid> Known => Guids.Keys;

    /// <summary>Whether it never holds a file system: what firmware starts, or what is kept free.</summary>
    public static bool HoldsNoFiles(Guid? type) => type == BiosBoot || type == MicrosoftReserved;

    /// <summary>Whether it is the root of a Linux, of any architecture.</summary>
    public static bool IsLinuxRoot(Guid? type) => type is { } id && LinuxRoots.Contains(id);

    /// <summary>Whether it is the /usr of a Linux, of any architecture.</summary>
    public static bool IsLinuxUsr(Guid? type) => type is { } id && LinuxUsrs.Contains(id);

    /// <summary>Whether a partition is for an operating system by its type: to start it from, or as the root or the /usr of a Linux.</summary>
    public static bool IsForSystem(Partition partition)
        => partition.TypeId is { } id ? id == EfiSystem || id == BiosBoot || IsLinuxRoot(id) || IsLinuxUsr(id) : partition.TypeCode == MbrEfiSystem;

    /// <summary>Whether a partition may be a part of a volume that reaches over several: what looks like a file system's start in it may not be a whole one.</summary>
    public static bool IsPartOfLarger(Partition partition)
        => partition.TypeId is { } id ? PartsOfLarger.Contains(id) : partition.TypeCode is 0x42 or 0x8E or 0xFD;

    /// <summary>Whether a partition of an MBR holds a chain of logical partitions.</summary>
    public static bool IsExtended(byte type) => type is 0x05 or 0x0F or 0x85;

    private static void AddLinux(string architecture, string root, string usr, string rootHashes, string usrHashes, string rootSignatures, string usrSignatures)
    {
        LinuxRoots.Add(new Guid(root));
        LinuxUsrs.Add(new Guid(usr));
        Guids.Add(new Guid(root), $"Linux root ({architecture})");
        Guids.Add(new Guid(usr), $"Linux /usr ({architecture})");
        Guids.Add(new Guid(rootHashes), $"Linux root verity ({architecture})");
        Guids.Add(new Guid(usrHashes), $"Linux /usr verity ({architecture})");
        Guids.Add(new Guid(rootSignatures), $"Linux root verity signature ({architecture})");
        Guids.Add(new Guid(usrSignatures), $"Linux /usr verity signature ({architecture})");
    }
}

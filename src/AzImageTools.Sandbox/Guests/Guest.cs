namespace AzImageTools.Sandbox.Guests;

/// <summary>What is known of the guest on a disk, and which disks it becomes. The disk itself is never read for it.</summary>
/// <param name="Disk">The disk's name among the <see cref="GuestDisks"/>.</param>
internal sealed record Guest(string Disk)
{
    private static readonly string[] BothGenerations = ["V1", "V2"];
    private static readonly string[] BothControllers = ["SCSI", "NVMe"];

    /// <summary>Windows or Linux.</summary>
    public required string OsType { get; init; }

    /// <summary>As an instance view tells it.</summary>
    public required string OsName { get; init; }

    public required string OsVersion { get; init; }

    public required string AgentVersion { get; init; }

    /// <summary>The generations of machines that it starts on.</summary>
    public IReadOnlyList<string> Generations { get; init; } = BothGenerations;

    /// <summary>The disk controllers that it has drivers for.</summary>
    public IReadOnlyList<string> Controllers { get; init; } = BothControllers;

    /// <summary>Whether its boot loader is signed, as Secure Boot wants it.</summary>
    public bool IsSigned { get; init; } = true;

    public bool IsGeneralized { get; init; }

    /// <summary>What it becomes when it is first started from an image; null for itself.</summary>
    public string? Provisioned { get; init; }

    /// <summary>What it becomes when it is generalized.</summary>
    public string? Generalized { get; init; }

    /// <summary>What it becomes when Sysprep refuses; null for itself.</summary>
    public string? Refused { get; init; }

    /// <summary>What it becomes when it hangs while it is generalized; null for itself.</summary>
    public string? Hung { get; init; }

    public bool IsWindows => OsType is "Windows";

    public static IReadOnlyList<Guest> All { get; } =
    [
        Linux("linux") with { Generalized = "linux-deprovisioned" },
        Linux("linux-deprovisioned") with { IsGeneralized = true, Provisioned = "linux" },

        // As somebody brings it who made it for his own machines: no driver for NVMe, and a boot loader that nobody signed.
        Linux("linux-golden") with { IsGeneralized = true, Provisioned = "linux-golden-used", Controllers = ["SCSI"], IsSigned = false },
        Linux("linux-golden-used") with { Generalized = "linux-golden", Controllers = ["SCSI"], IsSigned = false },
        Windows("windows") with { Generalized = "windows-generalized", Refused = "windows-sysprep-failed", Hung = "windows-sysprep-hung" },
        Windows("windows-generalized") with { IsGeneralized = true, Provisioned = "windows" },
        Windows("windows-sysprep-failed") with { Generalized = "windows-generalized", Hung = "windows-sysprep-hung" },
        Windows("windows-sysprep-hung"),
        OldWindows("windows-mbr") with { Generalized = "windows-mbr-generalized" },
        OldWindows("windows-mbr-generalized") with { IsGeneralized = true, Provisioned = "windows-mbr" },
    ];

    public static Guest Find(string disk) => All.First(guest => guest.Disk == disk);

    private static Guest Windows(string disk) => new(disk)
    {
        OsType = "Windows",
        OsName = "Windows Server 2022 Datacenter",
        OsVersion = "10.0.20348.2488",
        AgentVersion = "2.7.41491.1095",
        Generations = ["V2"],
    };

    // Its partition table is an MBR, and it has no boot loader for UEFI.
    private static Guest OldWindows(string disk) => Windows(disk) with { Generations = ["V1"], Controllers = ["SCSI"], IsSigned = false };

    private static Guest Linux(string disk) => new(disk) { OsType = "Linux", OsName = "debian", OsVersion = "12.8", AgentVersion = "2.12.0.2" };
}

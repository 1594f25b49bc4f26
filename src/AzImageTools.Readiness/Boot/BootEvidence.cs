using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Boot;

/// <summary>What is known of a machine that did not come up. Its texts are the guest's: they are read in bounds and made fit to show.</summary>
public sealed record BootEvidence
{
    /// <summary>Whether it is a Windows.</summary>
    public required bool IsWindows { get; init; }

    /// <summary>The machine's generation, 1 or 2; null where it is not known.</summary>
    public int? Generation { get; init; }

    /// <summary>Whether its disks are NVMe.</summary>
    public bool IsNvme { get; init; }

    /// <summary>Whether it was made of what keeps its name and users, which nobody has to generalize.</summary>
    public bool IsSpecialized { get; init; }

    /// <summary>What its serial port wrote; null where that is not known.</summary>
    public string? SerialLog { get; init; }

    /// <summary>What Azure says of its making; null where that went well.</summary>
    public string? CloudMessage { get; init; }

    /// <summary>Whether its agent reported.</summary>
    public bool IsAgentReady { get; init; }

    /// <summary>Its disk; null where it was not read.</summary>
    public Guest? Disk { get; init; }
}

/// <summary>Where a cause was seen.</summary>
public enum BootEvidenceSource : long
{
    /// <summary>What the serial port wrote.</summary>
    SerialLog,

    /// <summary>What Azure says of the machine.</summary>
    Azure,

    /// <summary>Windows Setup's logs.</summary>
    Panther,

    /// <summary>cloud-init's logs.</summary>
    CloudInit,

    /// <summary>The logs of Azure's agent.</summary>
    Agent,

    /// <summary>The disk itself: its boot files, drivers and settings.</summary>
    Disk,
}

using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests;

/// <summary>A volume of a guest.</summary>
public sealed record GuestVolume
{
    /// <summary>What to call it.</summary>
    public required string Name { get; init; }

    /// <summary>The number of its partition on the disk image; null where it has none, or that is not known.</summary>
    public int? PartitionNumber { get; init; }

    /// <summary>What it holds.</summary>
    public required FileSystemKind FileSystem { get; init; }

    /// <summary>Whether the operating system is installed on it.</summary>
    public required bool HoldsOperatingSystem { get; init; }

    /// <summary>Whether it was left in need of repair; null where that is not known.</summary>
    public bool? IsDirty { get; init; }

    /// <summary>Why it needs repair, or its journal's replay, as part of a sentence; null where it does not, or that is not known.</summary>
    public string? DirtyReason { get; init; }

    /// <summary>
    /// Whether it is encrypted with BitLocker below the file system that shows: unlocked by the Windows that runs. Null where
    /// that is not known.
    /// </summary>
    public bool? IsUnlocked { get; init; } = false;

    /// <summary>Why it is not known whether it is encrypted with BitLocker, as a sentence; null where it is known, or nothing tells why.</summary>
    public string? BitLockerProblem { get; init; }

    /// <summary>Whether it is encrypted with BitLocker, with or without protection; null where that is not known.</summary>
    public bool? IsBitLocker => FileSystem == FileSystemKind.BitLocker ? true : IsUnlocked;
}

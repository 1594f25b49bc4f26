namespace AzImageTools.Disks.Repair;

/// <summary>A change within a disk image: of a registry value or a file. Names and data are the guest's.</summary>
public abstract record DiskChange
{
    /// <summary>Whether anything is different from before.</summary>
    public required bool IsChanged { get; init; }

    /// <summary>The full path of the disk image, which is as it was.</summary>
    public required string Path { get; init; }

    /// <summary>The file beside it that the change is kept in.</summary>
    public required string RepairPath { get; init; }

    /// <summary>What it was, fit to be shown.</summary>
    public abstract string Before { get; }

    /// <summary>What it is, fit to be shown.</summary>
    public abstract string After { get; }

    /// <summary>What is changed: a value or a file.</summary>
    public abstract string Subject { get; }

    /// <summary>The change in a line.</summary>
    public sealed override string ToString() => $"{Subject}: {Before} -> {After}";
}

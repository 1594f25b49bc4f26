namespace AzImageTools.Disks.Conversion;

/// <summary>How to convert a disk.</summary>
public sealed record VhdConversionOptions
{
    /// <summary>Whether to replace a file that has the destination's name. It stays until the new one is whole.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// Whether the VHD's bytes are on the storage device before it gets its name, which is the default: what has the name
    /// is then whole even after a loss of power.
    /// </summary>
    public bool FlushesToDevice { get; init; } = true;

    /// <summary>
    /// Whether what the guest's file systems have as free counts as zero. Of a volume that is dirty, hibernated, encrypted or
    /// not known, everything is taken. The VHD is then not identical to the disk.
    /// </summary>
    public bool SkipFreeSpace { get; init; }

    /// <summary>Tells the time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

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
}

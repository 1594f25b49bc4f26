using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What a disk or an image is made from.</summary>
internal sealed record DiskSource
{
    /// <summary>The bytes, as a fixed VHD; null where an image of the Marketplace has none.</summary>
    public PageBlob? Pages { get; init; }

    /// <summary>In bytes, without a VHD's footer.</summary>
    public required long Capacity { get; init; }

    public required string Location { get; init; }

    public string? OsType { get; init; }

    public string? Generation { get; init; }

    public string? SecurityType { get; init; }

    public string? Architecture { get; init; }

    /// <summary>Whole GiB, rounded up, as <c>diskSizeGB</c> has it.</summary>
    public long CapacityInGigabytes => (Capacity + (1L << 30) - 1) >> 30;
}

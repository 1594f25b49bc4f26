namespace AzImageTools.Readiness;

/// <summary>What to judge a guest for.</summary>
public sealed record ReadinessOptions
{
    /// <summary>What it should be ready for; both by default.</summary>
    public ReadinessPurpose Purpose { get; init; } = ReadinessPurpose.All;

    /// <summary>
    /// Whether the disk will be uploaded by something that converts it on its way (Send-AzVhd does): its format and
    /// capacity then need not be Azure's yet. False for a manual upload, which takes the file as it is.
    /// </summary>
    public bool ConvertsOnUpload { get; init; } = true;

    /// <summary>The virtual machine generation that is wanted, 1 or 2; null where either will do.</summary>
    public int? Generation { get; init; }
}

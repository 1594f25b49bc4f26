using AzImageTools.Services.Images;

namespace AzImageTools.Services.Sources;

/// <summary>Disk controllers as images tell them.</summary>
internal static class ControllerNames
{
    private static readonly string[] ScsiAlone = ["SCSI"];

    /// <summary>The controllers of the feature's value; SCSI where nothing is said.</summary>
    public static IReadOnlyList<string> Read(string? feature)
        => string.IsNullOrWhiteSpace(feature) ? ScsiAlone : [.. feature!.Split(',').Select(static name => name.Trim()).Where(static name => name.Length > 0)];

    /// <summary>The feature's name.</summary>
    public static string Feature => ImageFeature.DiskControllerTypes;
}

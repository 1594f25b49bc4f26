using AzImageTools.Services.Images;
using Azure.Core;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Provision;

/// <summary>What a machine is made of: an image, wherever it is, or a disk that becomes its own.</summary>
internal sealed record MachineSource
{
    /// <summary>It in words.</summary>
    public required string Description { get; init; }

    /// <summary>Its resource id, or its URN.</summary>
    public required string Id { get; init; }

    /// <summary>The image, as a machine's request names it; null for a disk.</summary>
    public ImageReference? Image { get; init; }

    /// <summary>The disk; null for an image.</summary>
    public ResourceIdentifier? DiskId { get; init; }

    /// <summary>What has to be readable for it; null for what is everybody's.</summary>
    public ResourceIdentifier? ReadId { get; init; }

    /// <summary>Windows or Linux.</summary>
    public required string OsType { get; init; }

    /// <summary>V1 or V2.</summary>
    public required string Generation { get; init; }

    /// <summary>x64 or Arm64.</summary>
    public string Architecture { get; init; } = "x64";

    /// <summary>What it says of security: <c>Standard</c> for nothing.</summary>
    public string SecurityType { get; init; } = SecurityTypes.Standard;

    /// <summary>Whether it still is the machine that it was taken from, with its name and users.</summary>
    public required bool IsSpecialized { get; init; }

    /// <summary>The disk controllers behind which it starts: SCSI, NVMe.</summary>
    public IReadOnlyList<string> Controllers { get; init; } = ["SCSI"];

    /// <summary>The Marketplace plan that a machine has to repeat; null for none.</summary>
    public MarketplacePlan? Plan { get; init; }

    /// <summary>Where machines can be made of it; null for everywhere.</summary>
    public IReadOnlyList<AzureLocation>? Regions { get; init; }

    /// <summary>The zone that a disk lies in; null for none.</summary>
    public string? Zone { get; init; }

    /// <summary>How many data disks it brings.</summary>
    public int DataDiskCount { get; init; }

    /// <summary>The size of the OS disk in GiB; null where it is not told.</summary>
    public int? DiskSizeGB { get; init; }

    /// <summary>Whether it is Windows.</summary>
    public bool IsWindows => string.Equals(OsType, "Windows", StringComparison.OrdinalIgnoreCase);

    /// <summary>The controllers that a feature's value lists; SCSI where there is none.</summary>
    public static IReadOnlyList<string> ReadControllers(string? value)
    {
        string[] controllers = [.. (value ?? string.Empty).Split(',').Select(controller => controller.Trim()).Where(controller => controller.Length > 0)];
        return controllers.Length == 0 ? ["SCSI"] : controllers;
    }
}

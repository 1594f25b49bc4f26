using AzImageTools.Disks;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Images;

/// <summary>What the user says of an image that its source does not tell of itself.</summary>
internal sealed record FeatureWish
{
    /// <summary><c>V1</c> or <c>V2</c>; null for what the source tells.</summary>
    public string? HyperVGeneration { get; init; }

    /// <summary><c>x64</c> or <c>Arm64</c>; null for what the source tells.</summary>
    public string? Architecture { get; init; }

    /// <summary>The security type of a definition that is made; null for the source's own.</summary>
    public string? SecurityType { get; init; }

    public bool Nvme { get; init; }

    public bool AcceleratedNetworking { get; init; }

    public bool Hibernation { get; init; }

    /// <summary>The source's features with those that were asked for.</summary>
    /// <param name="own">What the source tells of itself.</param>
    /// <param name="source">The source in words.</param>
    /// <param name="target">The source, for the error.</param>
    /// <exception cref="ImageServiceException">What was asked for contradicts the source (HyperVGenerationMismatch, ArchitectureMismatch) or itself (SecurityTypeNeedsGeneration2, NvmeNeedsGeneration2).</exception>
    public ImageFeatures Complete(ImageFeatures own, string source, string target)
    {
        string? generation = Choose("HyperVGeneration", HyperVGeneration, own.HyperVGeneration?.ToString(), source, target)?.ToUpperInvariant();
        if (generation is not (null or "V1" or "V2"))
        {
            throw Invalid("HyperVGenerationInvalid", $"There is no generation '{HyperVGeneration}'.", "Use V1 or V2.", target);
        }

        ImageFeatures features = own with
        {
            HyperVGeneration = generation is null ? null : new HyperVGeneration(generation),
            Architecture = Choose("Architecture", Architecture, own.Architecture, source, target),
            TakesNvme = own.TakesNvme || Nvme,
            AcceleratedNetworking = AcceleratedNetworking ? true : own.AcceleratedNetworking,
            Hibernation = own.Hibernation || Hibernation,
        };
        if (generation == "V1" && SecurityTypes.IsSecured(SecurityType))
        {
            throw Invalid("SecurityTypeNeedsGeneration2", $"The security type {SecurityType} needs generation V2, and the {source} is V1.", "Leave -SecurityType out.", target);
        }

        if (generation == "V1" && Nvme)
        {
            throw Invalid("NvmeNeedsGeneration2", $"NVMe needs generation V2, and the {source} is V1.", "Leave NVMe out of -DiskControllerType.", target);
        }

        return features;
    }

    private static string? Choose(string parameter, string? asked, string? own, string source, string target)
        => asked is null || own is null || string.Equals(asked, own, StringComparison.OrdinalIgnoreCase)
            ? own ?? asked
            : throw Invalid($"{parameter}Mismatch", $"{parameter} {asked} was asked for, but the {source} is {own}.", $"Leave -{parameter} out.", target);

    private static ImageServiceException Invalid(string errorId, string message, string remedy, string target) => new(errorId, ErrorKind.InvalidArgument, message, remedy, target);
}

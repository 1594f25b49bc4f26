using AzImageTools.Services.Capture;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Sources;

/// <summary>An image definition in a gallery of others.</summary>
internal sealed record OthersImage
{
    public required string GalleryName { get; init; }

    public required string Name { get; init; }

    public string? OsType { get; init; }

    public OsState OsState { get; init; }

    public string? HyperVGeneration { get; init; }

    public string? Architecture { get; init; }

    public required string SecurityType { get; init; }

    public ImagePlan? Plan { get; init; }

    public DateTimeOffset? EndOfLife { get; init; }

    /// <summary>A community gallery's.</summary>
    public static OthersImage From(string galleryName, CommunityGalleryImageData data) => new()
    {
        GalleryName = galleryName,
        Name = data.Name,
        OsType = data.OSType?.ToString(),
        OsState = CapturedImages.ToOsState(data.OSState),
        HyperVGeneration = data.HyperVGeneration?.ToString(),
        Architecture = data.Architecture?.ToString(),
        SecurityType = ImageDefinition.SecurityTypeOf(data.Features) ?? "Standard",
        Plan = PlanOf(data.PurchasePlan),
        EndOfLife = data.EndOfLifeOn,
    };

    /// <summary>A shared gallery's.</summary>
    public static OthersImage From(string galleryName, SharedGalleryImageData data) => new()
    {
        GalleryName = galleryName,
        Name = data.Name,
        OsType = data.OSType?.ToString(),
        OsState = CapturedImages.ToOsState(data.OSState),
        HyperVGeneration = data.HyperVGeneration?.ToString(),
        Architecture = data.Architecture?.ToString(),
        SecurityType = ImageDefinition.SecurityTypeOf(data.Features) ?? "Standard",
        Plan = PlanOf(data.PurchasePlan),
        EndOfLife = data.EndOfLifeOn,
    };

    /// <summary>A version of it as a source.</summary>
    public ImageSource Version(
        ImageSourceKind kind, string id, string version, AzureLocation location, SharedGalleryImageVersionStorageProfile? storage, DateTimeOffset? published, DateTimeOffset? endOfLife) => new()
        {
            Kind = kind,
            Id = id,
            Name = version,
            Location = location.Name,
            GalleryName = GalleryName,
            GalleryImageDefinitionName = Name,
            OsType = OsType,
            Architecture = Architecture,
            HyperVGeneration = HyperVGeneration,
            SecurityType = SecurityType,
            OsState = OsState,
            ImageType = storage?.DataDiskImages.Count > 0 ? ImageType.VmImage : ImageType.OsImage,
            DataDiskCount = storage?.DataDiskImages.Count ?? 0,
            Plan = Plan,
            EndOfLife = endOfLife ?? EndOfLife,
            PublishedDate = published,
        };

    private static ImagePlan? PlanOf(ImagePurchasePlan? plan) => plan is null ? null : new ImagePlan(plan.Name, plan.Product, plan.Publisher);
}

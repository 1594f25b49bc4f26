using AzImageTools.Disks.Items;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Sources;

/// <summary>Finds image versions in the subscription's galleries.</summary>
internal sealed class GalleryCatalogue(ImageSession session, ImageSourceFilter filter, SoughtNames sought)
{
    private const int Concurrency = 8;

    /// <summary>Streams the versions that the filter names.</summary>
    public IAsyncEnumerable<ImageSource> FindAsync(OperationContext context) => GalleriesAsync(context)
        .SelectManyConcurrentlyAsync(Concurrency, DefinitionsAsync, context.Cancellation)
        .SelectManyConcurrentlyAsync(Concurrency, VersionsAsync, context.Cancellation);

    private async IAsyncEnumerable<GalleryResource> GalleriesAsync(OperationContext context)
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(filter.GalleryName);
        IReadOnlyList<GalleryResource> galleries = await SourceListing.ReadAsync(
            "the galleries",
            filter.ScopeOf(session),
            () => SubscriptionScope.GroupOf(session, filter) is { } group
                ? group.GetGalleries().GetAllAsync(context.Cancellation)
                : session.Subscription.GetGalleriesAsync(context.Cancellation),
            gallery =>
            {
                sought.Meet(SoughtPart.Gallery, gallery.Data.Name);
                return pattern.Matches(gallery.Data.Name) ? gallery : null;
            }).ConfigureAwait(false);
        foreach (GalleryResource gallery in galleries)
        {
            yield return gallery;
        }
    }

    private Task<IReadOnlyList<GalleryImageResource>> DefinitionsAsync(GalleryResource gallery, CancellationToken cancellation) => SourceListing.ReadAsync(
        $"the image definitions of gallery '{gallery.Id.Name}'",
        gallery.Id.ToString(),
        () => gallery.GetGalleryImages().GetAllAsync(cancellation),
        definition =>
        {
            sought.Meet(SoughtPart.Name, definition.Data.Name);
            return filter.VersionsOf(definition.Data.Name) is null ? null : definition;
        });

    private async Task<IReadOnlyList<ImageSource>> VersionsAsync(GalleryImageResource definition, CancellationToken cancellation)
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(filter.NamedVersion);
        Wildcard named = filter.VersionsOf(definition.Data.Name)!;
        IReadOnlyList<GalleryImageVersionData> versions = await SourceListing.ReadAsync(
            $"the versions of image definition '{definition.Id.Name}'",
            definition.Id.ToString(),
            () => definition.GetGalleryImageVersions().GetAllAsync(cancellation),
            version =>
            {
                sought.Meet(SoughtPart.Version, version.Data.Name);
                sought.Meet(SoughtPart.Name, version.Data.Name);
                return pattern.Matches(version.Data.Name) && named.Matches(version.Data.Name) && IsMade(version.Data) && IsIn(version.Data) ? version.Data : null;
            }).ConfigureAwait(false);
        return [.. LatestVersions.Of(versions, version => version.Name, version => version.PublishingProfile?.IsExcludedFromLatest ?? false, filter)
            .Select(version => ToSource(definition.Data, version))];
    }

    /// <summary>No machine can be made of a version that is still being made, has failed, or is being deleted.</summary>
    private static bool IsMade(GalleryImageVersionData version)
        => version.ProvisioningState is not { } state || state == GalleryProvisioningState.Succeeded || state == GalleryProvisioningState.Updating || state == GalleryProvisioningState.Migrating;

    private bool IsIn(GalleryImageVersionData version)
        => filter.TakesRegion([version.Location, .. (version.PublishingProfile?.TargetRegions ?? []).Select(static region => (AzureLocation?)new AzureLocation(region.Name))]);

    private static ImageSource ToSource(GalleryImageData definition, GalleryImageVersionData version)
    {
        CapturedImage captured = CapturedImages.From(version, definition, []);
        return new ImageSource
        {
            Kind = ImageSourceKind.Gallery,
            Id = captured.Id,
            Name = captured.Name,
            ResourceGroupName = captured.ResourceGroupName,
            Location = captured.Location,
            Locations = captured.TargetRegions,
            SubscriptionId = captured.SubscriptionId,
            GalleryName = captured.GalleryName,
            GalleryImageDefinitionName = captured.GalleryImageDefinitionName,
            OsType = captured.OsType,
            Architecture = (definition.Architecture ?? ArchitectureType.X64).ToString(),
            HyperVGeneration = captured.HyperVGeneration,
            SecurityType = ImageDefinition.SecurityTypeOf(definition.Features) ?? SecurityTypes.Standard,
            DiskControllerTypes = ControllerNames.Read(definition.Features.FirstOrDefault(static feature => string.Equals(feature.Name, ControllerNames.Feature, StringComparison.OrdinalIgnoreCase))?.Value),
            OsState = captured.OsState,
            ImageType = captured.ImageType,
            DataDiskCount = captured.DataDiskCount,
            Plan = ImagePlan.From(MarketplacePlan.Of(definition.PurchasePlan)),
            EndOfLife = version.PublishingProfile?.EndOfLifeOn ?? definition.EndOfLifeOn,
            PublishedDate = version.PublishingProfile?.PublishedOn,
            OsDiskSizeGB = version.StorageProfile?.OSDiskImage?.SizeInGB,
        };
    }
}

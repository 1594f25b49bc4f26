using AzImageTools.Services.Capture;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Sources;

/// <summary>Finds image versions in galleries of others: community galleries and galleries shared with the subscription.</summary>
internal sealed class OthersGalleryCatalogue
{
    private const int Concurrency = 8;
    private readonly ImageSession _session;
    private readonly ImageSourceFilter _filter;
    private readonly AzureLocation _location;

    public OthersGalleryCatalogue(ImageSession session, ImageSourceFilter filter, AzureLocation location)
    {
        _session = session;
        _filter = filter;
        _location = location;
    }

    private string SubscriptionId => _session.Context.SubscriptionId;

    /// <summary>Streams the community galleries' versions that the filter names.</summary>
    public IAsyncEnumerable<ImageSource> FindCommunityAsync(OperationContext context) => CommunityGalleriesAsync()
        .SelectManyConcurrentlyAsync(Concurrency, CommunityImagesAsync, context.Cancellation)
        .SelectManyConcurrentlyAsync(Concurrency, CommunityVersionsAsync, context.Cancellation);

    /// <summary>Streams the shared galleries' versions that the filter names.</summary>
    public IAsyncEnumerable<ImageSource> FindSharedAsync(OperationContext context) => SharedGalleriesAsync(context)
        .SelectManyConcurrentlyAsync(Concurrency, SharedImagesAsync, context.Cancellation)
        .SelectManyConcurrentlyAsync(Concurrency, SharedVersionsAsync, context.Cancellation);

    private async IAsyncEnumerable<string> CommunityGalleriesAsync()
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (string gallery in _filter.CommunityGalleries)
        {
            yield return ResourceNames.Require(gallery, "community gallery");
        }
    }

    private Task<IReadOnlyList<OthersImage>> CommunityImagesAsync(string gallery, CancellationToken cancellation)
    {
        NamePattern pattern = new(_filter.Name);
        ResourceIdentifier id = CommunityGalleryResource.CreateResourceIdentifier(SubscriptionId, _location, gallery);
        return SourceListing.ReadAsync(
            $"the images of community gallery '{gallery}'",
            () => _session.Arm.GetCommunityGalleryResource(id).GetCommunityGalleryImages().GetAllAsync(cancellation),
            image => pattern.Matches(image.Data.Name) ? OthersImage.From(gallery, image.Data) : null);
    }

    private async Task<IReadOnlyList<ImageSource>> CommunityVersionsAsync(OthersImage image, CancellationToken cancellation)
    {
        NamePattern pattern = new(_filter.Version);
        ResourceIdentifier id = CommunityGalleryImageResource.CreateResourceIdentifier(SubscriptionId, _location, image.GalleryName, image.Name);
        IReadOnlyList<CommunityGalleryImageVersionData> versions = await SourceListing.ReadAsync(
            $"the versions of image '{image.Name}' in community gallery '{image.GalleryName}'",
            () => _session.Arm.GetCommunityGalleryImageResource(id).GetCommunityGalleryImageVersions().GetAllAsync(cancellation),
            version => pattern.Matches(version.Data.Name) ? version.Data : null).ConfigureAwait(false);
        return [.. LatestVersions.Of(versions, version => version.Name, version => version.IsExcludedFromLatest ?? false, _filter).Select(version => image.Version(
            ImageSourceKind.CommunityGallery,
            version.UniqueId ?? $"/CommunityGalleries/{image.GalleryName}/Images/{image.Name}/Versions/{version.Name}",
            version.Name,
            version.Location ?? _location,
            version.StorageProfile,
            version.PublishedOn,
            version.EndOfLifeOn))];
    }

    private async IAsyncEnumerable<string> SharedGalleriesAsync(OperationContext context)
    {
        if (_filter.SharedGalleries.Count > 0)
        {
            foreach (string gallery in _filter.SharedGalleries)
            {
                yield return ResourceNames.Require(gallery, "shared gallery");
            }

            yield break;
        }

        // Galleries shared with the subscription itself are listed apart from those shared with its whole tenant.
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (SharedToValue? sharedTo in new SharedToValue?[] { null, SharedToValue.Tenant })
        {
            IReadOnlyList<string> galleries = await SourceListing.ReadAsync(
                $"the shared galleries in {_location.Name}",
                () => _session.Subscription.GetSharedGalleries(_location).GetAllAsync(sharedTo, context.Cancellation),
                gallery => gallery.Data.Name).ConfigureAwait(false);
            foreach (string gallery in galleries.Where(seen.Add))
            {
                yield return gallery;
            }
        }
    }

    private Task<IReadOnlyList<OthersImage>> SharedImagesAsync(string gallery, CancellationToken cancellation)
    {
        NamePattern pattern = new(_filter.Name);
        ResourceIdentifier id = SharedGalleryResource.CreateResourceIdentifier(SubscriptionId, _location, gallery);
        return SourceListing.ReadAsync(
            $"the images of shared gallery '{gallery}'",
            () => _session.Arm.GetSharedGalleryResource(id).GetSharedGalleryImages().GetAllAsync(sharedTo: null, cancellation),
            image => pattern.Matches(image.Data.Name) ? OthersImage.From(gallery, image.Data) : null);
    }

    private async Task<IReadOnlyList<ImageSource>> SharedVersionsAsync(OthersImage image, CancellationToken cancellation)
    {
        NamePattern pattern = new(_filter.Version);
        ResourceIdentifier id = SharedGalleryImageResource.CreateResourceIdentifier(SubscriptionId, _location, image.GalleryName, image.Name);
        IReadOnlyList<SharedGalleryImageVersionData> versions = await SourceListing.ReadAsync(
            $"the versions of image '{image.Name}' in shared gallery '{image.GalleryName}'",
            () => _session.Arm.GetSharedGalleryImageResource(id).GetSharedGalleryImageVersions().GetAllAsync(sharedTo: null, cancellation),
            version => pattern.Matches(version.Data.Name) ? version.Data : null).ConfigureAwait(false);
        return [.. LatestVersions.Of(versions, version => version.Name, version => version.IsExcludedFromLatest ?? false, _filter).Select(version => image.Version(
            ImageSourceKind.SharedGallery,
            version.UniqueId ?? $"/SharedGalleries/{image.GalleryName}/Images/{image.Name}/Versions/{version.Name}",
            version.Name,
            version.Location ?? _location,
            version.StorageProfile,
            version.PublishedOn,
            version.EndOfLifeOn))];
    }
}

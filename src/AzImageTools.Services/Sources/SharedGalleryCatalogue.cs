using System.Text.Json;
using AzImageTools.Disks.Items;
using AzImageTools.Services.Graph;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;

namespace AzImageTools.Services.Sources;

/// <summary>Finds image versions in community galleries and in galleries shared with the subscription or its tenant.</summary>
/// <param name="session">The session.</param>
/// <param name="kind">CommunityGallery or SharedGallery.</param>
/// <param name="filter">What to look for.</param>
/// <param name="sought">Told of the names that exist.</param>
/// <param name="location">The region to look in.</param>
/// <param name="log">Told of galleries that can't be read.</param>
internal sealed class SharedGalleryCatalogue(ImageSession session, ImageSourceKind kind, ImageSourceFilter filter, SoughtNames sought, AzureLocation location, IOperationLog log)
{
    private const int Concurrency = 8;
    private readonly PartFailures _failures = new(log);
    private readonly ArmDocuments _listing = new(
        session.Arm, new ResourceIdentifier($"/subscriptions/{session.Context.SubscriptionId}/providers/Microsoft.Compute/locations/{location.Name}"), ApiVersions.SharedGalleries);

    private string Collection => kind == ImageSourceKind.CommunityGallery ? "communityGalleries" : "sharedGalleries";

    private string Words => kind == ImageSourceKind.CommunityGallery ? "community gallery" : "shared gallery";

    /// <summary>Streams the versions that the filter names.</summary>
    public IAsyncEnumerable<ImageSource> FindAsync(OperationContext context) => GalleriesAsync(context)
        .SelectManyConcurrentlyAsync(Concurrency, (gallery, cancellation) => _failures.OrNoneAsync(() => ImagesAsync(gallery, cancellation), () => sought.MeetAll(SoughtPart.Gallery)), context.Cancellation)
        .SelectManyConcurrentlyAsync(Concurrency, (image, cancellation) => _failures.OrNoneAsync(() => VersionsAsync(image, cancellation), () => sought.MeetAll(SoughtPart.Version)), context.Cancellation);

    private async IAsyncEnumerable<string> GalleriesAsync(OperationContext context)
    {
        IReadOnlyList<string> named = kind == ImageSourceKind.CommunityGallery ? filter.CommunityGalleries : filter.SharedGalleries;
        foreach (string gallery in named)
        {
            yield return ResourceNames.Require(gallery, Words);
        }

        if (named.Count > 0)
        {
            yield break;
        }

        if (kind == ImageSourceKind.CommunityGallery)
        {
            // Resource Manager has no list of them; Resource Graph has, as az sig list-community asks for it.
            string query = $"CommunityGalleryResources | where type == 'microsoft.compute/locations/communitygalleries' | where location == {ResourceGraph.Quote(location.Name)} | project id, name | order by name asc";
            HashSet<string> met = new(StringComparer.OrdinalIgnoreCase);
            await foreach (JsonElement row in new ResourceGraph(session).RowsAsync(query, "Listing the community galleries", context).ConfigureAwait(false))
            {
                if (ArmDocuments.Text(row, "name") is { } name && met.Add(name))
                {
                    yield return ResourceNames.Require(name, Words);
                }
            }

            yield break;
        }

        // Galleries shared with the subscription itself are listed apart from those shared with its whole tenant.
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (string query in new[] { string.Empty, "&sharedTo=tenant" })
        {
            IReadOnlyList<JsonElement> galleries = await ListAsync($"the shared galleries in {location.Name}", Collection, query, context.Cancellation).ConfigureAwait(false);
            foreach (string name in galleries.Select(gallery => ArmDocuments.Text(gallery, "name")).OfType<string>().Where(seen.Add))
            {
                yield return ResourceNames.Require(name, Words);
            }
        }
    }

    private async Task<IReadOnlyList<SharedGalleryImage>> ImagesAsync(string gallery, CancellationToken cancellation)
    {
        IReadOnlyList<JsonElement> images = await ListAsync(
            $"the images of {Words} '{gallery}'", $"{Collection}/{gallery}/images", string.Empty, cancellation).ConfigureAwait(false);
        List<SharedGalleryImage> wanted = [];
        foreach (SharedGalleryImage image in images.Select(image => SharedGalleryImage.From(kind, gallery, image)).OfType<SharedGalleryImage>())
        {
            sought.Meet(SoughtPart.Gallery, gallery);
            sought.Meet(SoughtPart.Name, image.Name);
            if (filter.VersionsOf(image.Name) is not null)
            {
                wanted.Add(image);
            }
        }

        return wanted;
    }

    private async Task<IReadOnlyList<ImageSource>> VersionsAsync(SharedGalleryImage image, CancellationToken cancellation)
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(filter.NamedVersion);
        IReadOnlyList<JsonElement> versions = await ListAsync(
            $"the versions of image '{image.Name}' in {Words} '{image.GalleryName}'",
            $"{Collection}/{image.GalleryName}/images/{ResourceNames.Require(image.Name, "image")}/versions",
            string.Empty,
            cancellation).ConfigureAwait(false);
        Wildcard named = filter.VersionsOf(image.Name)!;
        List<JsonElement> matching = [];
        foreach (JsonElement version in versions)
        {
            if (SharedGalleryImage.NumberOf(version) is { } number)
            {
                sought.Meet(SoughtPart.Version, number);
                sought.Meet(SoughtPart.Name, number);
                if (pattern.Matches(number) && named.Matches(number))
                {
                    matching.Add(version);
                }
            }
        }

        return [.. LatestVersions.Of(matching, version => SharedGalleryImage.NumberOf(version)!, SharedGalleryImage.IsExcludedFromLatest, filter)
            .Select(version => image.ToSource(version, location))];
    }

    private Task<IReadOnlyList<JsonElement>> ListAsync(string what, string path, string query, CancellationToken cancellation) => AzureErrors.CallAsync($"Listing {what}", path, async () =>
    {
        try
        {
            return await _listing.ListAsync(path, query, cancellation).ConfigureAwait(false);
        }
        catch (RequestFailedException failure) when (Lookup.IsAbsent(failure))
        {
            return [];
        }
    });
}

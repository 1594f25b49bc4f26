using AzImageTools.Disks.Items;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Sources;

/// <summary>Finds managed images in the subscription.</summary>
internal sealed class ManagedImageCatalogue
{
    private readonly ImageSession _session;
    private readonly ImageSourceFilter _filter;

    public ManagedImageCatalogue(ImageSession session, ImageSourceFilter filter)
    {
        _session = session;
        _filter = filter;
    }

    /// <summary>Streams the images that the filter names.</summary>
    public async IAsyncEnumerable<ImageSource> FindAsync(OperationContext context)
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(_filter.Name);
        IReadOnlyList<DiskImageData> images = await SourceListing.ReadAsync(
            "the managed images",
            () => SubscriptionScope.GroupOf(_session, _filter) is { } group
                ? group.GetDiskImages().GetAllAsync(context.Cancellation)
                : _session.Subscription.GetDiskImagesAsync(context.Cancellation),
            image => pattern.Matches(image.Data.Name) ? image.Data : null).ConfigureAwait(false);
        foreach (DiskImageData image in images.Where(image => _filter.Location is null || image.Location == new AzureLocation(_filter.Location)))
        {
            yield return ToSource(image);
        }
    }

    private static ImageSource ToSource(DiskImageData image)
    {
        CapturedImage captured = CapturedImages.From(image, []);
        return new ImageSource
        {
            Kind = ImageSourceKind.ManagedImage,
            Id = captured.Id,
            Name = captured.Name,
            ResourceGroupName = captured.ResourceGroupName,
            Location = captured.Location,
            SubscriptionId = captured.SubscriptionId,
            OsType = captured.OsType,
            Architecture = "x64",
            HyperVGeneration = captured.HyperVGeneration,
            SecurityType = "Standard",
            OsState = captured.OsState,
            ImageType = captured.ImageType,
            DataDiskCount = captured.DataDiskCount,
        };
    }
}

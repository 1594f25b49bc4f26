using AzImageTools.Disks.Items;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Sources;

/// <summary>Finds managed images in the subscription.</summary>
internal sealed class ManagedImageCatalogue(ImageSession session, ImageSourceFilter filter, SoughtNames sought)
{
    /// <summary>Streams the images that the filter names.</summary>
    public async IAsyncEnumerable<ImageSource> FindAsync(OperationContext context)
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(filter.Name);
        IReadOnlyList<DiskImageData> images = await SourceListing.ReadAsync(
            "the managed images",
            filter.ScopeOf(session),
            () => SubscriptionScope.GroupOf(session, filter) is { } group
                ? group.GetDiskImages().GetAllAsync(context.Cancellation)
                : session.Subscription.GetDiskImagesAsync(context.Cancellation),
            image =>
            {
                sought.Meet(SoughtPart.Name, image.Data.Name);
                return pattern.Matches(image.Data.Name) && IsMade(image.Data) ? image.Data : null;
            }).ConfigureAwait(false);
        foreach (DiskImageData image in images.Where(image => filter.TakesRegion(image.Location)))
        {
            yield return ToSource(image);
        }
    }

    /// <summary>No machine can be made of an image whose making failed or has not ended.</summary>
    private static bool IsMade(DiskImageData image) => image.ProvisioningState is null or "Succeeded" or "Updating";

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
            Locations = [captured.Location],
            SubscriptionId = captured.SubscriptionId,
            OsType = captured.OsType,
            Architecture = "x64",
            HyperVGeneration = captured.HyperVGeneration,
            SecurityType = SecurityTypes.Standard,
            OsState = captured.OsState,
            ImageType = captured.ImageType,
            DataDiskCount = captured.DataDiskCount,
            Plan = ImagePlan.From(MarketplacePlan.Of(image.Tags)),
            OsDiskSizeGB = image.StorageProfile?.OSDisk?.DiskSizeGB,
        };
    }
}

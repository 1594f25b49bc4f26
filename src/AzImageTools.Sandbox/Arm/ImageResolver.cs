using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Finds the image that a reference names, wherever it is.</summary>
internal sealed class ImageResolver(ArmStore store, Marketplace marketplace)
{
    private static readonly string[] BothControllers = ["SCSI", "NVMe"];

    public const string Images = "Microsoft.Compute/images";
    public const string Versions = "Microsoft.Compute/galleries/images/versions";

    /// <summary>The image of a disk's <c>creationData</c>.</summary>
    public DiskSource FromCreationData(JsonObject creation)
    {
        if (creation.Text("galleryImageReference", "id") is { } version)
        {
            return FromGallery(store.GetReferred(version, Versions, "disk.creationData.galleryImageReference.id"));
        }

        var id = creation.Text("imageReference", "id") ?? throw ArmException.Missing("disk.creationData.imageReference");
        return FromMarketplace(FindMarketplaceId(id) ?? throw NotFound(id));
    }

    /// <summary>The Marketplace image whose version's id this is.</summary>
    private MarketplaceImage? FindMarketplaceId(string id)
    {
        var parts = id.Split(['/'], StringSplitOptions.RemoveEmptyEntries);
        return marketplace.Find(After("publishers"), After("offers"), After("skus"), After("versions"));

        string? After(string name)
        {
            var index = Array.FindIndex(parts, part => JsonReading.Same(part, name));
            return index >= 0 && index + 1 < parts.Length ? parts[index + 1] : null;
        }
    }

    public DiskSource FromMarketplace(MarketplaceImage image) => new DiskSource
    {
        Capacity = (long)image.DiskSize << 30,
        Location = store.Cloud.Options.Location,
        OsType = image.OsType,
        Generation = image.Generation,
        Architecture = image.Architecture,
        Guest = image.Guest,
        Controllers = image.Generation is "V2" ? BothControllers : [BothControllers[0]],
        Plan = image.HasPlan ? new PurchasePlan(image.Publisher, image.Offer, image.Sku) : null,
    };

    /// <summary>The OS disk of a gallery's image version.</summary>
    public DiskSource FromGallery(ArmResource version)
    {
        var definition = store.Get(version.ResourceId.Parent()!);
        return new DiskSource
        {
            Pages = version.OsDisk,
            Capacity = Capacity(version.OsDisk),
            Location = version.Location,
            OsType = definition.Properties.Text("osType"),
            Generation = definition.Properties.Text("hyperVGeneration"),
            Architecture = definition.Properties.Text("architecture"),
            SecurityType = DefinitionMatch.SecurityOf(definition),
            Controllers = DiskSource.ReadControllers(
                definition.Properties.Items("features").FirstOrDefault(feature => JsonReading.Same(feature.Text("name"), "DiskControllerTypes")).Text("value")),
            Plan = version.Plan ?? PurchasePlan.Read(definition.Properties["purchasePlan"]),
        };
    }

    /// <summary>The OS disk of a managed image.</summary>
    public static DiskSource FromManagedImage(ArmResource image) => new DiskSource
    {
        Pages = image.OsDisk,
        Capacity = Capacity(image.OsDisk),
        Location = image.Location,
        OsType = image.Properties.Text("storageProfile", "osDisk", "osType"),
        Generation = image.Properties.Text("hyperVGeneration"),
        Plan = image.Plan,
    };

    public static ArmException NotFound(string reference)
        => new ArmException(
            HttpStatusCode.NotFound, "PlatformImageNotFound", "The platform image '" + reference + "' is not available. Verify that all fields in the storage profile are correct.");

    private static long Capacity(Storage.PageBlob? pages) => pages is null ? 0 : pages.Data.Length - Storage.VhdFooter.Size;
}

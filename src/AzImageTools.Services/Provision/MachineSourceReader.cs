using System.Text.Json;
using AzImageTools.Disks;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Provision;

/// <summary>Finds what a machine is to be made of, and what is known of it.</summary>
/// <param name="session">The session.</param>
/// <param name="context">Cancellation.</param>
internal sealed class MachineSourceReader(ImageSession session, OperationContext context)
{
    private const string Community = "/CommunityGalleries/";
    private const string Shared = "/SharedGalleries/";

    /// <summary>Reads a source.</summary>
    /// <param name="source">A resource id, the id of a community or shared gallery's image, or <c>publisher:offer:sku:version</c>.</param>
    /// <param name="location">Where the machine is to be; null where the source decides.</param>
    /// <exception cref="ImageServiceException">It is none that a machine can be made of (SourceInvalid), is not there (SourceNotFound), or not ready (SourceNotReady).</exception>
    public Task<MachineSource> ReadAsync(string source, AzureLocation? location)
    {
        if (source.StartsWith(Community, StringComparison.OrdinalIgnoreCase) || source.StartsWith(Shared, StringComparison.OrdinalIgnoreCase))
        {
            return Call(source, () => ReadPublicAsync(source, RequireLocation(source, location)));
        }

        if (source.StartsWith("/", StringComparison.Ordinal) && ResourceIdentifier.TryParse(source, out ResourceIdentifier? id) && id!.ResourceGroupName is not null)
        {
            return id.ResourceType == GalleryImageVersionResource.ResourceType ? Call(source, () => ReadVersionAsync(id))
                : id.ResourceType == GalleryImageResource.ResourceType ? Call(source, () => ReadDefinitionAsync(id, location))
                : id.ResourceType == DiskImageResource.ResourceType ? Call(source, () => ReadManagedImageAsync(id))
                : id.ResourceType == ManagedDiskResource.ResourceType ? Call(source, () => ReadDiskAsync(id))
                : throw Invalid(source, $"No machine can be made of {source}.");
        }

        string[] urn = source.Split(':');
        return urn.Length == 4 && Array.TrueForAll(urn, part => part.Length > 0) && !source.Contains("/")
            ? Call(source, () => ReadMarketplaceAsync(urn, RequireLocation(source, location)))
            : throw Invalid(source, $"'{source}' names nothing that a machine can be made of.");
    }

    private static ImageServiceException Invalid(string source, string message) => new(
        "SourceInvalid",
        ErrorKind.InvalidArgument,
        message,
        "Give what Get-AzImageSource, New-AzCapturedImage, New-AzVhdImage or Send-AzVhd to a managed disk emits, or the id of a managed disk, managed image, image definition or image version, or publisher:offer:sku:version.",
        source);

    private static Task<MachineSource> Call(string source, Func<Task<MachineSource>> read) => AzureErrors.CallAsync($"Reading {source}", source, read);

    private static AzureLocation RequireLocation(string source, AzureLocation? location) => location ?? throw new ImageServiceException(
        "LocationRequired", ErrorKind.InvalidArgument, $"The source {source} is in every region: nothing tells where the machine is to be.", "Give -Location.", source);

    private static ImageServiceException NotFound(string description, string id)
        => new("SourceNotFound", ErrorKind.NotFound, $"There is no {description}.", "Get-AzImageSource lists what there is.", id);

    private static void RequireReady(string description, string? state, string id)
    {
        if (!string.Equals(state, "Succeeded", StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException("SourceNotReady", ErrorKind.InvalidState, $"The {description} is not ready ({state}).", "Wait until it is made, or make it anew where that failed.", id);
        }
    }

    private async Task<MachineSource> ReadVersionAsync(ResourceIdentifier id)
    {
        string description = $"image version '{id.Name}' of '{id.Parent!.Name}' in gallery '{id.Parent.Parent!.Name}'";
        GalleryImageVersionResource version = await Lookup.FindAsync(() => session.Arm.GetGalleryImageVersionResource(id).GetAsync(expand: null, context.Cancellation)).ConfigureAwait(false)
            ?? throw NotFound(description, id.ToString());
        return From(version.Data, await ReadDefinitionAsync(id.Parent).ConfigureAwait(false), description);
    }

    private async Task<MachineSource> ReadDefinitionAsync(ResourceIdentifier id, AzureLocation? location)
    {
        GalleryImageData definition = await ReadDefinitionAsync(id).ConfigureAwait(false);
        List<GalleryImageVersionData> versions = [];
        await foreach (GalleryImageVersionResource version in session.Arm.GetGalleryImageResource(id).GetGalleryImageVersions().GetAllAsync(context.Cancellation).InBounds().ConfigureAwait(false))
        {
            if (version.Data.PublishingProfile?.IsExcludedFromLatest != true && version.Data.ProvisioningState?.ToString() == "Succeeded" && (location is null || RegionsOf(version.Data).Contains(location.Value)))
            {
                versions.Add(version.Data);
            }
        }

        GalleryImageVersionData newest = versions.OrderByDescending(version => version.Name, VersionOrder.Instance).FirstOrDefault()
            ?? throw NotFound($"image version of '{id.Name}'{(location is { } place ? $" in {place.Name}" : string.Empty)} that counts as the latest", id.ToString());
        return From(newest, definition, $"image version '{newest.Name}' of '{id.Name}' in gallery '{id.Parent!.Name}'");
    }

    private async Task<GalleryImageData> ReadDefinitionAsync(ResourceIdentifier id)
    {
        GalleryImageResource definition = await Lookup.FindAsync(() => session.Arm.GetGalleryImageResource(id).GetAsync(context.Cancellation)).ConfigureAwait(false)
            ?? throw NotFound($"image definition '{id.Name}' in gallery '{id.Parent!.Name}'", id.ToString());
        return definition.Data;
    }

    private static IEnumerable<AzureLocation> RegionsOf(GalleryImageVersionData version) => (version.PublishingProfile?.TargetRegions ?? []).Select(region => new AzureLocation(region.Name));

    private static MachineSource From(GalleryImageVersionData version, GalleryImageData definition, string description)
    {
        RequireReady(description, version.ProvisioningState?.ToString(), version.Id.ToString());
        return new MachineSource
        {
            Description = description,
            Id = version.Id.ToString(),
            Image = new ImageReference { Id = version.Id },
            ReadId = version.Id,
            OsType = definition.OSType?.ToString() ?? string.Empty,
            Generation = definition.HyperVGeneration?.ToString() ?? "V1",
            Architecture = definition.Architecture?.ToString() ?? "x64",
            SecurityType = ImageDefinition.SecurityTypeOf(definition.Features) ?? SecurityTypes.Standard,
            IsSpecialized = definition.OSState == OperatingSystemStateType.Specialized,
            Controllers = MachineSource.ReadControllers(definition.Features.FirstOrDefault(feature => string.Equals(feature.Name, ImageFeature.DiskControllerTypes, StringComparison.OrdinalIgnoreCase))?.Value),
            Plan = MarketplacePlan.Of(definition.PurchasePlan),
            Regions = [.. RegionsOf(version)],
            DataDiskCount = version.StorageProfile?.DataDiskImages.Count ?? 0,
            DiskSizeGB = version.StorageProfile?.OSDiskImage?.SizeInGB,
        };
    }

    private async Task<MachineSource> ReadManagedImageAsync(ResourceIdentifier id)
    {
        string description = $"managed image '{id.Name}' in resource group '{id.ResourceGroupName}'";
        DiskImageResource image = await Lookup.FindAsync(() => session.Arm.GetDiskImageResource(id).GetAsync(expand: null, context.Cancellation)).ConfigureAwait(false)
            ?? throw NotFound(description, id.ToString());
        RequireReady(description, image.Data.ProvisioningState, id.ToString());
        ImageOSDisk? osDisk = image.Data.StorageProfile?.OSDisk;
        return new MachineSource
        {
            Description = description,
            Id = id.ToString(),
            Image = new ImageReference { Id = id },
            ReadId = id,
            OsType = osDisk?.OSType.ToString() ?? string.Empty,
            Generation = image.Data.HyperVGeneration?.ToString() ?? "V1",
            IsSpecialized = false,
            Plan = MarketplacePlan.Of(image.Data.Tags),
            Regions = [image.Data.Location],
            DataDiskCount = image.Data.StorageProfile?.DataDisks.Count ?? 0,
            DiskSizeGB = osDisk?.DiskSizeGB,
        };
    }

    private async Task<MachineSource> ReadDiskAsync(ResourceIdentifier id)
    {
        string description = $"managed disk '{id.Name}' in resource group '{id.ResourceGroupName}'";
        ManagedDiskResource disk = await Lookup.FindAsync(() => session.Arm.GetManagedDiskResource(id).GetAsync(context.Cancellation)).ConfigureAwait(false)
            ?? throw NotFound(description, id.ToString());
        ManagedDiskData data = disk.Data;
        if (data.DiskState == DiskState.ReadyToUpload || data.DiskState == DiskState.ActiveUpload)
        {
            throw new ImageServiceException("DiskUploadUnfinished", ErrorKind.InvalidState, $"The upload of {description} has not ended ({data.DiskState}).", "Run the same Send-AzVhd again, which goes on with it.", id.ToString());
        }

        return new MachineSource
        {
            Description = description,
            Id = id.ToString(),
            DiskId = id,
            ReadId = id,
            OsType = data.OSType?.ToString() ?? throw new ImageServiceException("OsTypeRequired", ErrorKind.InvalidState, $"The {description} does not say which OS is on it.", "It is a data disk, or was uploaded without -OsType.", id.ToString()),
            Generation = data.HyperVGeneration?.ToString() ?? "V1",
            Architecture = data.SupportedCapabilities?.Architecture?.ToString() ?? "x64",
            SecurityType = data.SecurityProfile?.SecurityType?.ToString() is { } security ? SecurityOfDisk(security) : SecurityTypes.Standard,
            IsSpecialized = true,
            Controllers = MachineSource.ReadControllers(data.SupportedCapabilities?.DiskControllerTypes),
            Plan = MarketplacePlan.Of(data.PurchasePlan),
            Regions = [data.Location],
            Zone = data.Zones.FirstOrDefault(),
            DiskSizeGB = data.DiskSizeGB,
        };
    }

    /// <summary>A disk tells its confidential kind in the same word (<c>ConfidentialVM_VMGuestStateOnlyEncryptedWithPlatformKey</c>).</summary>
    private static string SecurityOfDisk(string security)
        => security.StartsWith(SecurityTypes.ConfidentialVM, StringComparison.OrdinalIgnoreCase) ? SecurityTypes.ConfidentialVM : security;

    private async Task<MachineSource> ReadMarketplaceAsync(string[] urn, AzureLocation location)
    {
        string version = urn[3];
        if (string.Equals(version, "latest", StringComparison.OrdinalIgnoreCase))
        {
            SubscriptionResourceGetVirtualMachineImagesOptions options = new(location, urn[0], urn[1], urn[2]);
            List<string> versions = [];
            await foreach (VirtualMachineImageBase one in session.Subscription.GetVirtualMachineImagesAsync(options, context.Cancellation).InBounds().ConfigureAwait(false))
            {
                versions.Add(one.Name);
            }

            version = versions.OrderByDescending(one => one, VersionOrder.Instance).FirstOrDefault() ?? throw NotFound($"image {string.Join(":", urn)} in {location.Name}", string.Join(":", urn));
        }

        string name = string.Join(":", urn[0], urn[1], urn[2], version);
        VirtualMachineImage image = await Lookup.FindAsync(() => session.Subscription.GetVirtualMachineImageAsync(location, urn[0], urn[1], urn[2], version, context.Cancellation)).ConfigureAwait(false)
            ?? throw NotFound($"image {name} in {location.Name}", name);
        return new MachineSource
        {
            Description = $"Marketplace image {name}",
            Id = name,
            Image = new ImageReference { Publisher = urn[0], Offer = urn[1], Sku = urn[2], Version = version },
            OsType = image.OSDiskImageOperatingSystem?.ToString() ?? string.Empty,
            Generation = image.HyperVGeneration?.ToString() ?? "V1",
            Architecture = image.Architecture?.ToString() ?? "x64",
            SecurityType = Feature("SecurityType") ?? SecurityTypes.Standard,
            IsSpecialized = false,
            Controllers = MachineSource.ReadControllers(Feature(ImageFeature.DiskControllerTypes)),
            Plan = image.Plan is { } plan ? new MarketplacePlan(plan.Name, plan.Product, plan.Publisher) : null,
            DataDiskCount = image.DataDiskImages.Count,
        };

        string? Feature(string feature) => image.Features.FirstOrDefault(one => string.Equals(one.Name, feature, StringComparison.OrdinalIgnoreCase))?.Value;
    }

    /// <summary>Of a gallery that somebody else shows or shares: definitions are listed there, machines name versions.</summary>
    private async Task<MachineSource> ReadPublicAsync(string source, AzureLocation location)
    {
        // /CommunityGalleries/<gallery>/Images/<image>[/Versions/<version>]
        string[] parts = source.Split(['/'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is not (4 or 6))
        {
            throw Invalid(source, $"'{source}' names no image of a gallery.");
        }

        bool isCommunity = source.StartsWith(Community, StringComparison.OrdinalIgnoreCase);
        string gallery = ResourceNames.Require(parts[1], "gallery");
        string image = ResourceNames.Require(parts[3], "image");
        ArmDocuments listing = new(session.Arm, new ResourceIdentifier($"/subscriptions/{session.Context.SubscriptionId}/providers/Microsoft.Compute/locations/{location.Name}"), ApiVersions.SharedGalleries);
        JsonElement entry = await listing.FindAsync($"{(isCommunity ? "communityGalleries" : "sharedGalleries")}/{gallery}/images/{image}", context.Cancellation).ConfigureAwait(false)
            ?? throw NotFound($"image '{image}' in gallery '{gallery}' in {location.Name}", source);
        string? controllers = ArmDocuments.Items(entry, "properties", "features").Where(feature => string.Equals(ArmDocuments.Text(feature, "name"), ImageFeature.DiskControllerTypes, StringComparison.OrdinalIgnoreCase))
            .Select(feature => ArmDocuments.Text(feature, "value")).FirstOrDefault();
        SharedGalleryImage definition = SharedGalleryImage.From(isCommunity ? ImageSourceKind.CommunityGallery : ImageSourceKind.SharedGallery, gallery, entry) ?? throw NotFound($"image '{image}'", source);
        return new MachineSource
        {
            Description = $"image '{image}' of the {(isCommunity ? "community" : "shared")} gallery '{gallery}'",
            Id = source,
            Image = isCommunity ? new ImageReference { CommunityGalleryImageId = source } : new ImageReference { SharedGalleryImageUniqueId = source },
            OsType = definition.OsType ?? string.Empty,
            Generation = definition.HyperVGeneration ?? "V1",
            Architecture = definition.Architecture ?? "x64",
            SecurityType = definition.SecurityType,
            IsSpecialized = definition.OsState == OsState.Specialized,
            Controllers = MachineSource.ReadControllers(controllers),
            Plan = definition.Plan is { } plan ? new MarketplacePlan(plan.Name, plan.Product, plan.Publisher) : null,
        };
    }
}

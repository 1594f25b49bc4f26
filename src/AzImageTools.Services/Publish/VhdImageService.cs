using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Publish;

/// <summary>Makes managed images of uploaded disks.</summary>
/// <param name="session">The session.</param>
public sealed class VhdImageService(ImageSession session)
{
    /// <summary>Checks the request and the disk, and plans the image. Changes nothing.</summary>
    /// <param name="request">What to make of what.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>The plan, for <see cref="PlanRunner"/>.</returns>
    /// <exception cref="ImageServiceException">
    /// The image is there already (ImageAlreadyExists); the disk is still being uploaded (DiskUploadUnfinished) or can't be in a managed image
    /// (SecurityTypeNeedsGallery, ArchitectureNeedsGallery); OS type, generation or region are missing or contradict the disk.
    /// </exception>
    public async Task<Plan<CapturedImage>> PlanAsync(VhdImageRequest request, OperationContext context)
    {
        RunTag.Check(request.Tag, ownTags: 1 + MarketplacePlan.TagCount);
        string name = ResourceNames.RequireNew(request.Name, "image");
        string? diskId = string.IsNullOrEmpty(request.DiskName) ? request.DiskId : IdOf(request);
        if (string.IsNullOrEmpty(diskId) == request.BlobUri is null)
        {
            throw Invalid("SourceAmbiguous", "An image is made either of a disk or of a page blob.", "Give one of them.", name);
        }

        OriginDisk source = request.BlobUri is null
            ? await OriginDisk.ReadAsync(session, diskId!, context).ConfigureAwait(false)
            : OriginDisk.FromBlob(request.BlobUri);
        ManagedImageLimits.Check($"The {source.Description}", source.Target, source.Features.SecurityType, source.Features.Architecture, "Publish-AzImageVersion");
        IReadOnlyList<DataDisk> dataDisks = await DataDisk.ReadAsync(session, request.DataDisks, source, context).ConfigureAwait(false);
        string? group = request.ResourceGroupName ?? source.Id?.ResourceGroupName;
        group = ResourceNames.Require(
            group ?? throw Invalid("ResourceGroupNameRequired", $"The {source.Description} has no resource group.", "Give -ResourceGroupName.", source.Target), "resource group");
        SupportedOperatingSystemType osType = Choose(request.OsType, source.OsType, "OsType", source).ToUpperInvariant() switch
        {
            "WINDOWS" => SupportedOperatingSystemType.Windows,
            "LINUX" => SupportedOperatingSystemType.Linux,
            _ => throw Invalid("OsTypeInvalid", $"There is no OS type '{request.OsType}'.", "Use Windows or Linux.", source.Target),
        };
        HyperVGeneration generation = Choose(request.HyperVGeneration, source.Features.HyperVGeneration?.ToString(), "HyperVGeneration", source).ToUpperInvariant() switch
        {
            "V1" => HyperVGeneration.V1,
            "V2" => HyperVGeneration.V2,
            _ => throw Invalid("HyperVGenerationInvalid", $"There is no generation '{request.HyperVGeneration}'.", "Use V1 or V2.", source.Target),
        };

        NewManagedImage image = await NewManagedImage.PrepareAsync(session, group, name, context).ConfigureAwait(false);
        AzureLocation location = ChooseLocation(request, source, image.ResourceGroup.Data.Location);
        context.Log.Verbose(
            $"The image is made of {source.Description} as {osType} ({(request.OsType is null ? "the disk's own" : "as asked for")}), {generation} ({(request.HyperVGeneration is null ? "the disk's own" : "as asked for")}), "
            + $"in {location.Name}, for OS disks of {request.StorageAccountType ?? "Azure's default storage"}{(request.ZoneResilient ? ", zone-redundant" : string.Empty)}.");
        foreach (OriginDisk disk in dataDisks.Select(disk => disk.Disk).Prepend(source).Where(disk => !disk.IsExportable))
        {
            context.Log.Warning($"The {disk.Description} may not be exported. An image does not carry that over: set it on the disks of each machine made of the image, or see to it by policy.");
        }

        string words = string.Join(", ", dataDisks.Select(disk => disk.Disk).Prepend(source).Select(disk => disk.Description));
        IReadOnlyList<Step> create = image.CreateSteps(Describe(request, source, dataDisks, osType, generation, location), words, location, source.Plan, request.Tag, context);
        await Preflight.CheckAsync(session, create, context).ConfigureAwait(false);
        return new Plan<CapturedImage>($"Make a managed image of {words}", image.Description, create, run => image.ReadAsync([], run)) { RunFolder = session.RunFolder };
    }

    private string IdOf(VhdImageRequest request) => ManagedDiskResource.CreateResourceIdentifier(
        session.Context.SubscriptionId, ResourceNames.Require(request.ResourceGroupName, "resource group"), ResourceNames.Require(request.DiskName, "managed disk")).ToString();

    private static DiskImageData Describe(
        VhdImageRequest request, OriginDisk source, IReadOnlyList<DataDisk> dataDisks, SupportedOperatingSystemType osType, HyperVGeneration generation, AzureLocation location)
    {
        DiskImageData data = ManagedImageOfDisks.Describe(source, dataDisks, osType, generation, location);
        data.StorageProfile.ZoneResilient = request.ZoneResilient;
        data.StorageProfile.OSDisk.StorageAccountType = request.StorageAccountType is { } type ? new StorageAccountType(type) : (StorageAccountType?)null;
        return data;
    }

    private static string Choose(string? asked, string? own, string parameter, OriginDisk source)
    {
        if (asked is not null && own is not null && !string.Equals(asked, own, StringComparison.OrdinalIgnoreCase))
        {
            throw Invalid($"{parameter}Mismatch", $"{parameter} {asked} was asked for, but the {source.Description} is {own}.", $"Leave -{parameter} out.", source.Target);
        }

        return asked ?? own ?? throw Invalid($"{parameter}Required", $"The {source.Description} does not say which {parameter} it has.", $"Give -{parameter}.", source.Target);
    }

    private static AzureLocation ChooseLocation(VhdImageRequest request, OriginDisk source, AzureLocation ofResourceGroup)
    {
        AzureLocation? asked = request.Location is { } text ? new AzureLocation(text) : (AzureLocation?)null;
        if (asked is { } wanted && source.Location is { } own && wanted != own)
        {
            throw Invalid("LocationMismatch", $"An image in '{wanted.Name}' can't be made of {source.Description} in '{own.Name}'.", "Upload the disk to that region, or leave -Location out.", source.Target);
        }

        return asked ?? source.Location ?? ofResourceGroup;
    }

    private static ImageServiceException Invalid(string errorId, string message, string remedy, object target) =>
        new(errorId, ErrorKind.InvalidArgument, message, remedy, target);
}

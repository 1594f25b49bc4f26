using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources.Models;

namespace AzImageTools.Services.Capture;

/// <summary>Captures into a version of an image definition in a gallery.</summary>
internal sealed class GalleryDestination : ICaptureDestination
{
    private const int LongestImageName = 80;
    private readonly ImageSession _session;
    private readonly CaptureRequest _request;
    private readonly CaptureSource _vm;
    private readonly ResourceIdentifier _id;
    private readonly IReadOnlyList<AzureLocation> _regions;

    private readonly VersionSourceKind _source;

    private GalleryDestination(
        ImageSession session, CaptureRequest request, CaptureSource vm, ResourceIdentifier id, VersionSourceKind source, NewManagedImage? image, IReadOnlyList<Step> preparations)
    {
        _session = session;
        _request = request;
        _vm = vm;
        _id = id;
        // The source's region has to be among the targets.
        _regions = [.. new[] { vm.Location }.Concat(request.TargetRegions.Select(region => new AzureLocation(region))).Distinct()];
        Preparations = preparations;
        _source = source;
        Creations = image is null
            ? [CreateStep(SourceOf(source))]
            : [MachineImage.CreateStep(image, request, vm), CreateStep(new GalleryImageVersionStorageProfile { GallerySource = new GalleryArtifactVersionFullSource { Id = image.Id } }), image.DeleteStep()];
    }

    public string Description => $"version {_id.Name} of image definition '{_id.Parent!.Name}' in gallery '{_id.Parent.Parent!.Name}'";

    public IReadOnlyList<Step> Preparations { get; }

    public IReadOnlyList<Step> Creations { get; }

    /// <summary>Checks that the gallery is there, that the definition fits, and that the version is new.</summary>
    public static Task<GalleryDestination> PrepareAsync(ImageSession session, CaptureRequest request, CaptureSource vm, OperationContext context)
    {
        string galleryName = ResourceNames.Require(request.GalleryName, "gallery");
        string definitionName = ResourceNames.Require(request.GalleryImageDefinitionName ?? request.ImageName, "image definition");
        string group = ResourceNames.Require(request.GalleryResourceGroupName ?? request.ResourceGroupName ?? vm.Id.ResourceGroupName, "gallery's resource group");
        GalleryVersionNumber? number = GalleryVersionNumber.TryParse(request.ImageVersion);
        if (number is null && request.ImageVersion is not null)
        {
            throw new ImageServiceException(
                "ImageVersionInvalid",
                ErrorKind.InvalidArgument,
                $"'{request.ImageVersion}' is not the number of an image version.",
                "Use three numbers, such as 1.0.0, or leave it out for the next one.",
                request.ImageVersion);
        }

        ResourceIdentifier galleryId = GalleryResource.CreateResourceIdentifier(session.Context.SubscriptionId, group, galleryName);
        return AzureErrors.CallAsync($"Looking into the gallery '{galleryName}'", galleryId.ToString(), async () =>
        {
            Response<GalleryResource> gallery = await session.Arm.GetGalleryResource(galleryId).GetAsync(select: null, expand: null, context.Cancellation).ConfigureAwait(false);
            ImageDefinition definition = await ImageDefinition.FindAsync(session, gallery.Value, definitionName, context).ConfigureAwait(false);
            definition.CheckFits(vm, request);
            await definition.CheckNewAsync(request, vm, context).ConfigureAwait(false);
            VersionSourceKind source = CaptureRoute.Choose(request, vm, definition.Description, definition.Id.ToString(), definition.SecurityTypeFor(request, vm));
            VersionEncryption.CheckRegions(request, vm);
            await CheckRegionsAsync(session, request, context).ConfigureAwait(false);
            GalleryVersionNumber version = await ChooseVersionAsync(definition, number, context).ConfigureAwait(false);
            context.Log.Verbose(
                $"The image definition '{definitionName}' {(definition.Existing is null ? "is not there, and is created" : "is there, and fits")}; version {version} is {(number is null ? "the next one" : "as asked for")}.");
            ResourceIdentifier id = GalleryImageVersionResource.CreateResourceIdentifier(galleryId.SubscriptionId, group, galleryName, definitionName, version.ToString());
            NewManagedImage? image = source == VersionSourceKind.ManagedImage ? await PrepareImageAsync(session, vm, id, context).ConfigureAwait(false) : null;
            return new GalleryDestination(session, request, vm, id, source, image, Preparing(definition.Existing is null ? definition.CreateStep(request, vm) : definition.UpdateStep(request, vm, version.ToString(), context)));
        });
    }

    public Task<CapturedImage> ReadAsync(IReadOnlyList<string> snapshotIds, OperationContext context) => AzureErrors.CallAsync($"Reading the {Description}", _id.ToString(), async () =>
    {
        Response<GalleryImageVersionResource> version = await _session.Arm.GetGalleryImageVersionResource(_id).GetAsync(expand: null, context.Cancellation).ConfigureAwait(false);
        Response<GalleryImageResource> definition = await _session.Arm.GetGalleryImageResource(_id.Parent!).GetAsync(context.Cancellation).ConfigureAwait(false);
        return CapturedImages.From(version.Value.Data, definition.Value.Data, snapshotIds);
    });

    /// <summary>Azure would refuse a region that is none only at the end, when the machine is generalized.</summary>
    private static async Task CheckRegionsAsync(ImageSession session, CaptureRequest request, OperationContext context)
    {
        if (request.TargetRegions.Count == 0)
        {
            return;
        }

        HashSet<AzureLocation> regions = [];
        await foreach (LocationExpanded location in session.Subscription.GetLocationsAsync(cancellationToken: context.Cancellation).InBounds().ConfigureAwait(false))
        {
            regions.Add(new AzureLocation(location.Name));
        }

        if (request.TargetRegions.FirstOrDefault(region => !regions.Contains(new AzureLocation(region))) is { } unknown)
        {
            throw new ImageServiceException(
                "RegionNotFound",
                ErrorKind.NotFound,
                $"There is no region '{unknown}' in the subscription.",
                $"Give one of those with -TargetRegion: {string.Join(", ", regions.Select(region => region.Name).OrderBy(name => name, StringComparer.Ordinal))}.",
                unknown);
        }
    }

    private static async Task<GalleryVersionNumber> ChooseVersionAsync(ImageDefinition definition, GalleryVersionNumber? asked, OperationContext context)
    {
        List<string> existing = [];
        if (definition.Existing is not null)
        {
            await foreach (GalleryImageVersionResource version in definition.Existing.GetGalleryImageVersions().GetAllAsync(context.Cancellation).InBounds().ConfigureAwait(false))
            {
                existing.Add(version.Data.Name);
            }
        }

        if (asked is not null && existing.Contains(asked.ToString(), StringComparer.Ordinal))
        {
            throw new ImageServiceException(
                "ImageVersionAlreadyExists",
                ErrorKind.AlreadyExists,
                $"There is a version {asked} of the image definition '{definition.Id.Name}' already.",
                "Choose another, or leave it out for the next one.",
                definition.Id.ToString());
        }

        return asked ?? GalleryVersionNumber.After(existing);
    }

    private static IReadOnlyList<Step> Preparing(Step? step) => step is null ? [] : [step];

    /// <summary>The managed image that the version is made of, beside the machine.</summary>
    private static async Task<NewManagedImage> PrepareImageAsync(ImageSession session, CaptureSource vm, ResourceIdentifier version, OperationContext context)
    {
        string suffix = $"-{version.Name}-{RunTag.NewRunId().Substring(0, 4)}";
        string definition = version.Parent!.Name;
        string name = "for-" + definition.Substring(0, Math.Min(definition.Length, LongestImageName - suffix.Length - 4)) + suffix;
        context.Log.Verbose($"The image definition '{definition}' takes no machine of its security type: the version is made of the managed image '{name}', which is deleted afterwards.");
        return await NewManagedImage.PrepareAsync(
            await session.InSubscriptionAsync(vm.Id.SubscriptionId, context).ConfigureAwait(false), vm.Id.ResourceGroupName!, name, context).ConfigureAwait(false);
    }

    // At API version 2022-03-03 a virtual machine's id goes into source.id; newer versions have virtualMachineId.
    private GalleryImageVersionStorageProfile SourceOf(VersionSourceKind source)
    {
        if (source == VersionSourceKind.VirtualMachine)
        {
            return new GalleryImageVersionStorageProfile { GallerySource = new GalleryArtifactVersionFullSource { Id = _vm.Id } };
        }

        GalleryImageVersionStorageProfile profile = new()
        {
            OSDiskImage = new GalleryOSDiskImage { GallerySource = new GalleryDiskImageSource { Id = _vm.OsDisk.Data.Id } },
        };
        foreach (SourceDisk disk in _vm.DataDisks)
        {
            profile.DataDiskImages.Add(new GalleryDataDiskImage(disk.Lun!.Value) { GallerySource = new GalleryDiskImageSource { Id = disk.Data.Id } });
        }

        return profile;
    }

    private string SourceInWords => _source switch
    {
        VersionSourceKind.VirtualMachine => $"the {_vm.Description}",
        VersionSourceKind.Disk => string.Join(", ", _vm.Disks.Select(disk => $"the {disk.Description}")),
        _ => "that managed image",
    };

    private Step CreateStep(GalleryImageVersionStorageProfile source) => new(run => CreateAsync(source, run))
    {
        Title = $"Create the image version from {SourceInWords}",
        Effect = StepEffect.Creates,
        Target = Description,
        OnFailure = FailureAction.Undo,
        Note = $"Replicated to {string.Join(", ", _regions.Select(region => region.Name))}.",
        Changes = [ResourceChange.Create(_id, _vm.Location, _request.Tag)],
        Weight = 8,
        Undo = run => OwnResource.DeleteAsync(
            run,
            Description,
            cancellation => Lookup.FindAsync(() => _session.Arm.GetGalleryImageVersionResource(_id).GetAsync(expand: null, cancellation)),
            version => version.Data.Tags,
            (version, cancellation) => version.DeleteAsync(WaitUntil.Started, cancellation)),
    };

    private Task CreateAsync(GalleryImageVersionStorageProfile source, StepRun run) => AzureErrors.CallAsync($"Creating the {Description}", _id.ToString(), async () =>
    {
        GalleryImageVersionData data = new(_vm.Location)
        {
            StorageProfile = source,
            PublishingProfile = new GalleryImageVersionPublishingProfile
            {
                StorageAccountType = _request.ZoneResilient ? ImageStorageAccountType.StandardZrs : (ImageStorageAccountType?)null,
            },
        };
        foreach (AzureLocation region in _regions)
        {
            data.PublishingProfile.TargetRegions.Add(new TargetRegion(region.Name) { Encryption = region == _vm.Location ? VersionEncryption.Of(_vm) : null });
        }

        RunTag.Apply(data.Tags, _request.Tag, run.RunId);
        ArmOperation<GalleryImageVersionResource> operation = await _session.Arm.GetGalleryImageResource(_id.Parent!).GetGalleryImageVersions()
            .CreateOrUpdateAsync(WaitUntil.Started, _id.Name, data, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    });
}

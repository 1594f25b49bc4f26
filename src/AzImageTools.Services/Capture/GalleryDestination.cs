using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Capture;

/// <summary>Captures into a version of an image definition in a gallery.</summary>
internal sealed class GalleryDestination : ICaptureDestination
{
    private readonly NewGalleryVersion _version;

    private GalleryDestination(NewGalleryVersion version, IReadOnlyList<Step> preparations, IReadOnlyList<Step> creations)
    {
        _version = version;
        Preparations = preparations;
        Creations = creations;
    }

    public string Description => _version.Description;

    public IReadOnlyList<Step> Preparations { get; }

    public IReadOnlyList<Step> Creations { get; }

    public bool IsBegun => _version.Place.Remainder is VersionRemainder.UnderWay or VersionRemainder.Made;

    /// <summary>Checks that the gallery is there, that the definition fits, and that the version is new.</summary>
    public static async Task<GalleryDestination> PrepareAsync(ImageSession session, CaptureRequest request, CaptureSource vm, OperationContext context)
    {
        NewGalleryVersion version = await NewGalleryVersion.PrepareAsync(session, TargetOf(request, vm), ContentOf(request, vm), context).ConfigureAwait(false);
        VersionSourceKind source = CaptureRoute.Choose(request, vm, version);
        return new GalleryDestination(version, version.Preparations(staysOnItsWay: false, context), await PlanAsync(session, request, vm, version, source, context).ConfigureAwait(false));
    }

    public Task<CapturedImage> ReadAsync(IReadOnlyList<string> snapshotIds, OperationContext context) => _version.ReadAsync(snapshotIds, context);

    private static VersionContent ContentOf(CaptureRequest request, CaptureSource vm)
    {
        VersionContent content = vm.ToContent(request.OsState);
        return request.CloneOrigin is { } origin ? content with { Origin = origin, IsOfClone = true }
            : request.PreserveSource ? content with { Origin = vm.CloneOrigin, IsOfClone = true }
            : content;
    }

    private static GalleryTarget TargetOf(CaptureRequest request, CaptureSource vm)
        => GalleryTarget.Of(request, request.GalleryResourceGroupName ?? request.ResourceGroupName ?? vm.Id.ResourceGroupName, request.ImageName);

    private static async Task<IReadOnlyList<Step>> PlanAsync(
        ImageSession session, CaptureRequest request, CaptureSource vm, NewGalleryVersion version, VersionSourceKind source, OperationContext context)
    {
        if (version.Place.Remainder == VersionRemainder.UnderWay)
        {
            IReadOnlyList<Step> left = ImageOnTheWay.DeleteLeftSteps(session, version);
            return [version.JoinStep(left), .. left];
        }

        if (version.Place.Remainder == VersionRemainder.Made)
        {
            context.Log.Warning($"The {version.Description} was made by an earlier run of the same, which was killed: it is taken as it is. Use -ImageVersion to make another.");
            return ImageOnTheWay.DeleteLeftSteps(session, version);
        }

        IReadOnlyList<Step> replacing = version.Place.Remainder == VersionRemainder.Failed ? [version.ReplaceStep(), .. ImageOnTheWay.DeleteLeftSteps(session, version)] : [];
        if (source != VersionSourceKind.ManagedImage)
        {
            return [.. replacing, version.CreateStep(MachineProfiles.Of(vm, source), WordsFor(vm, source))];
        }

        NewManagedImage image = await ImageOnTheWay.PrepareAsync(session, version, vm.Id, context).ConfigureAwait(false);
        Step create = version.CreateStep(new GalleryImageVersionStorageProfile { GallerySource = new GalleryArtifactVersionFullSource { Id = image.Id } }, "that managed image");
        return
        [
            .. replacing,
            .. await ImageOnTheWay.DeleteUnusedStepsAsync(session, version, context).ConfigureAwait(false),
            MachineImage.CreateStep(image, request, vm, create),
            create,
            image.DeleteStep(),
        ];
    }

    private static string WordsFor(CaptureSource vm, VersionSourceKind source)
        => source == VersionSourceKind.VirtualMachine ? $"the {vm.Description}" : string.Join(", ", vm.Disks.Select(disk => $"the {disk.Description}"));
}

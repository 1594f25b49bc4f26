using AzImageTools.Disks;
using AzImageTools.Services.Copy;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Publish;

/// <summary>Makes gallery image versions of disks, snapshots, page blobs, virtual machines, managed images and other versions.</summary>
/// <param name="session">The session.</param>
public sealed class PublishService(ImageSession session)
{
    /// <summary>Checks the request, the source and the gallery, and plans the version. Changes nothing.</summary>
    /// <param name="request">What to publish where.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>The plan, for <see cref="PlanRunner"/>.</returns>
    /// <exception cref="ImageServiceException">
    /// The source is none that a version can be made of (SourceNotSupported, SourceNotReady, VMNotGeneralized, DiskUploadUnfinished, SnapshotIncomplete, BlobNotPageBlob), does not tell
    /// what is needed (OsTypeRequired, HyperVGenerationRequired) or contradicts what was asked for; the gallery is not there (GalleryNotFound); the definition does not fit
    /// (ImageDefinitionMismatch) or can't be made (ImageIdentifierInvalid, ImageIdentifierInUse); the version is there already (ImageVersionAlreadyExists); a region can't hold it; a
    /// lock, the caller's roles or a policy forbid a step (ScopeLocked, AuthorizationFailed, RequestDisallowedByPolicy).
    /// </exception>
    public async Task<Plan<CapturedImage>> PlanAsync(PublishRequest request, OperationContext context)
    {
        VersionSource source = await new VersionSourceReader(session, request, context).ReadAsync().ConfigureAwait(false);
        NewGalleryVersion version = await NewGalleryVersion.PrepareAsync(session, TargetOf(request, source), source.Content, context).ConfigureAwait(false);
        (VersionSourceKind kind, VersionWay? way) = PublishRoute.Choose(source, version, request.TemporaryStorageAccountName is not null);
        BlobsOnTheWay? blobs = kind == VersionSourceKind.PageBlob && way is null && version.Place.Remainder is VersionRemainder.None or VersionRemainder.Failed
            ? await BlobsOnTheWay.PlanAsync(session, request, source, version, context).ConfigureAwait(false)
            : null;
        foreach (string disk in source.NotExportable)
        {
            context.Log.Warning($"The {disk} may not be exported. An image does not carry that over: set it on the disks of each machine made of the image, or see to it by policy.");
        }

        IReadOnlyList<Step> steps = await StepsAsync(request, source, version, way, blobs, context).ConfigureAwait(false);
        await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
        return new Plan<CapturedImage>($"Publish {version.Description}", source.Content.Description, steps, run => version.ReadAsync([], run)) { RunFolder = session.RunFolder, Holds = blobs };
    }

    /// <summary>Plans to wait for a version, and to delete what was only made on the way to it.</summary>
    /// <param name="request">Which version.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>The plan, for <see cref="PlanRunner"/>.</returns>
    /// <exception cref="ImageServiceException">There is no such version (ImageVersionNotFound).</exception>
    public Task<Plan<CapturedImage>> PlanWaitAsync(VersionWaitRequest request, OperationContext context) => VersionWait.PlanAsync(session, request, context);

    private static GalleryTarget TargetOf(PublishRequest request, VersionSource source)
    {
        string group = request.GalleryResourceGroupName ?? source.Id?.ResourceGroupName ?? throw new ImageServiceException(
            "GalleryResourceGroupNameRequired", ErrorKind.InvalidArgument, $"The {source.Content.Description} is in no resource group.", "Give the gallery's with -GalleryResourceGroupName.", source.Content.Target);
        return GalleryTarget.Of(request, group);
    }

    private async Task<IReadOnlyList<Step>> StepsAsync(PublishRequest request, VersionSource source, NewGalleryVersion version, VersionWay? way, BlobsOnTheWay? blobs, OperationContext context)
    {
        IReadOnlyList<Step> left = [.. ImageOnTheWay.DeleteLeftSteps(session, version), .. BlobsOnTheWay.DeleteLeftSteps(session, version.Id, version.Place.LeftBy, version.Place.LeftProfile)];
        switch (version.Place.Remainder)
        {
            case VersionRemainder.Made:
                context.Log.Warning($"The {version.Description} was made of the same source before. Use -ImageVersion to make another of it.");
                return [.. left, .. version.ProtectSteps()];
            case VersionRemainder.UnderWay when request.NoWait:
                return [];
            case VersionRemainder.UnderWay:
                return [version.JoinStep(left), .. left];
            default:
                IReadOnlyList<Step> replacing = version.Place.Remainder == VersionRemainder.Failed ? [version.ReplaceStep(), .. left] : [];
                return [.. replacing, .. version.Preparations(IsLeft(request, source), context), .. await CreationsAsync(request, source, version, way, blobs, context).ConfigureAwait(false)];
        }
    }

    private async Task<IReadOnlyList<Step>> CreationsAsync(
        PublishRequest request, VersionSource source, NewGalleryVersion version, VersionWay? way, BlobsOnTheWay? blobs, OperationContext context)
    {
        if (way is not null)
        {
            return [CreateStep(request, source, version, way.Profile, way.Words)];
        }

        Func<bool>? isNeeded = IsLeft(request, source) ? () => version.IsUnderWay : null;
        if (blobs is not null)
        {
            IReadOnlyList<Step> unused = await TemporaryBlob.DeleteLeftStepsAsync(session, version.Id, context).ConfigureAwait(false);
            Step make = CreateStep(request, source, version, blobs.Profile, blobs.Words);
            return [.. unused, .. blobs.Creations(make, isNeeded), make, .. request.NoWait ? [] : blobs.Deletions];
        }

        NewManagedImage image = await ImageOnTheWay.PrepareAsync(session, version, source.Id!, context).ConfigureAwait(false);
        Step publish = CreateStep(request, source, version, new GalleryImageVersionStorageProfile { GallerySource = new GalleryArtifactVersionFullSource { Id = image.Id } }, "that managed image");
        Step create = image.CreateStep(source.Image!, $"the {source.Content.Description}", source.Content.Location, source.Content.Plan, request.Tag, publish, isNeeded);
        IReadOnlyList<Step> left = await ImageOnTheWay.DeleteUnusedStepsAsync(session, version, context).ConfigureAwait(false);
        return request.NoWait ? [.. left, create, publish] : [.. left, create, publish, image.DeleteStep()];
    }

    /// <summary>Whether a version that is on its way stays so when the run ends: where the same command knows it again, or nobody wants to wait.</summary>
    private static bool IsLeft(PublishRequest request, VersionSource source) => request.NoWait || source.Content.Origin.Content is not null;

    private static Step CreateStep(PublishRequest request, VersionSource source, NewGalleryVersion version, GalleryImageVersionStorageProfile profile, string words)
        => IsLeft(request, source) ? version.LeavableStep(profile, words, waits: !request.NoWait) : version.CreateStep(profile, words);
}

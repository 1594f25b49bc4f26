using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Galleries;

/// <summary>
/// Copies versions into other galleries, subscriptions and tenants, with all that they and their definitions say of themselves. Azure copies the bytes; a copy that was begun goes on by itself, and
/// the same copy again joins it.
/// </summary>
/// <param name="source">The session that sees what is copied.</param>
/// <param name="destination">The session that copies are made in: the same, in another subscription, or of another sign-in.</param>
public sealed class VersionCopyService(ImageSession source, ImageSession destination)
{
    /// <summary>Checks source and destination, and plans the copy. Changes nothing.</summary>
    /// <param name="request">What to copy where.</param>
    /// <param name="context">Log, time and cancellation.</param>
    /// <returns>The plan, for <see cref="PlanRunner"/>; without steps where the copy is there.</returns>
    /// <exception cref="ImageServiceException">
    /// The version is not there (ImageVersionNotFound), not ready (SourceNotReady) or can't be copied there (EncryptedVersionInAnotherSubscription, ConfidentialImageNotReplicable, CloudsDiffer, CopyOntoItself);
    /// the gallery is not there (GalleryNotFound); its definition does not fit (ImageDefinitionMismatch) or can't be made (ImageIdentifierInUse); another version has the number
    /// (ImageVersionAlreadyExists); a region can't hold it; a lock, roles or a policy forbid a step.
    /// </exception>
    public async Task<Plan<CapturedImage>> PlanAsync(VersionCopyRequest request, OperationContext context)
    {
        if (!string.Equals(source.Context.Environment, destination.Context.Environment, StringComparison.Ordinal))
        {
            throw new ImageServiceException(
                "CloudsDiffer",
                ErrorKind.NotSupported,
                $"The version is in {source.Context.Environment}, the gallery in {destination.Context.Environment}: Azure copies nothing between clouds.",
                "Download its disk (Receive-AzVhd) and publish it there (Send-AzVhd, Publish-AzImageVersion).",
                request.SourceId ?? request.SourceImageVersion);
        }

        CopySource copied = await CopySource.ReadAsync(source, destination, request, context).ConfigureAwait(false);
        GalleryTarget target = copied.TargetOf(request, context);
        NewGalleryVersion version = await PrepareAsync(copied, target, context).ConfigureAwait(false);
        IReadOnlyList<Step> steps = StepsOf(request, copied, version, context);
        await Preflight.CheckAsync(destination, steps, context).ConfigureAwait(false);
        return new Plan<CapturedImage>($"Copy to {version.Description}", copied.Content.Description, steps, run => version.ReadAsync([], run)) { RunFolder = destination.RunFolder };
    }

    /// <summary>Plans to wait for a copy that was begun.</summary>
    /// <param name="copy">The copy.</param>
    internal Plan<CapturedImage> PlanWait(CapturedImage copy)
    {
        Azure.Core.ResourceIdentifier id = GalleryIds.ParseVersion(copy.Id);
        Step wait = new(run => AzureErrors.CallAsync($"Waiting for the {GalleryIds.Describe(id)}", copy.Id, () => ReplicationWait.WaitAsync(destination, id, run.Context)))
        {
            Title = "Wait until the image version is in all its regions",
            Effect = StepEffect.Changes,
            Target = GalleryIds.Describe(id),
            OnFailure = FailureAction.Resume,
        };
        return new Plan<CapturedImage>("Wait for the image version", GalleryIds.Describe(id), [wait], run => NewGalleryVersion.ReadAsync(destination, id, [], run));
    }

    private static IReadOnlyList<Step> StepsOf(VersionCopyRequest request, CopySource copied, NewGalleryVersion version, OperationContext context)
    {
        switch (version.Place.Remainder)
        {
            case VersionRemainder.Made:
                context.Log.Verbose($"The {version.Description} is a copy of the {copied.Content.Description} already.");
                return [];
            case VersionRemainder.UnderWay:
                return request.NoWait ? [] : [version.JoinStep([])];
            default:
                RequireTaken(copied.Content, version);
                GalleryImageVersionStorageProfile profile = new() { GallerySource = new GalleryArtifactVersionFullSource { Id = copied.Id } };
                IReadOnlyList<Step> replacing = version.Place.Remainder == VersionRemainder.Failed ? [version.ReplaceStep()] : [];
                return [.. replacing, .. version.Preparations(staysOnItsWay: true, context), version.LeavableStep(profile, $"the {copied.Content.Description}", waits: !request.NoWait)];
        }
    }

    /// <summary>Refuses a definition that takes no versions of the source's security type.</summary>
    private static void RequireTaken(VersionContent content, NewGalleryVersion version)
    {
        string own = content.Features.SecurityType ?? SecurityTypes.Standard;
        string wanted = version.Definition.SecurityType ?? SecurityTypes.Standard;
        if (!VersionSources.KindsOf(wanted, own).Contains(VersionSourceKind.GalleryVersion))
        {
            throw new ImageServiceException(
                "ImageDefinitionMismatch",
                ErrorKind.InvalidArgument,
                $"The {version.Definition.Description} is for security type {wanted}, and the {content.Description} would give {own}.",
                "Name another -DestinationGalleryImageDefinitionName: it is created as the source's when it is not there.",
                version.Definition.Id.ToString());
        }
    }

    private async Task<NewGalleryVersion> PrepareAsync(CopySource copied, GalleryTarget target, OperationContext context)
    {
        try
        {
            NewGalleryVersion version = await NewGalleryVersion.PrepareAsync(destination, target, copied.Content, context).ConfigureAwait(false);
            return version.Id != copied.Id ? version : throw Itself(copied);
        }
        catch (ImageServiceException taken) when (taken.ErrorId == "ImageVersionAlreadyExists")
        {
            string number = $"{target.GalleryName}/{target.DefinitionName}/{target.Version}";
            throw string.Equals(taken.Target + "/versions/" + target.Version, copied.Id.ToString(), StringComparison.OrdinalIgnoreCase) ? Itself(copied) : new ImageServiceException(
                taken.ErrorId,
                ErrorKind.AlreadyExists,
                $"There is a version {number} already, and it is no copy of the {copied.Content.Description}, or one that failed.",
                "Give another number with -DestinationImageVersion, or delete that one first (Remove-AzGalleryImageVersion).",
                taken.Target,
                taken);
        }
    }

    private static ImageServiceException Itself(CopySource copied)
        => new("CopyOntoItself", ErrorKind.InvalidArgument, $"The {copied.Content.Description} would be copied onto itself.", "Name another -DestinationGalleryName, -DestinationGalleryImageDefinitionName or -DestinationImageVersion.", copied.Id.ToString());
}

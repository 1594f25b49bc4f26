using AzImageTools.Disks;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Capture;

/// <summary>Captures virtual machines into images.</summary>
/// <param name="session">The session.</param>
public sealed class CaptureService(ImageSession session)
{
    /// <summary>A managed image's: the run's, and the plan's.</summary>
    private const int MostOwnTags = 1 + MarketplacePlan.TagCount;

    /// <summary>Checks the request and the virtual machine, and plans the capture. Changes nothing.</summary>
    /// <param name="request">What to capture into what.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>The plan, for <see cref="PlanRunner"/>.</returns>
    /// <exception cref="ImageServiceException">
    /// The machine can't be captured so (SecurityTypeNeedsGallery, ArchitectureNeedsGallery, SpecializedNeedsGallery, OsDiskEphemeral, OsDiskUnmanaged,
    /// DataDiskUnmanaged, DiskTypeNotSupported, AzureDiskEncryption, EncryptionSetInAnotherSubscription);
    /// it runs Windows and has not been stopped (VMNotStopped), or its guest is to be generalized and can't be reached (VMNotRunning, VMAgentNotReady); the image is there already (ImageAlreadyExists, ImageVersionAlreadyExists);
    /// the gallery's image definition does not fit (ImageDefinitionMismatch), or can't be made (ImageIdentifierInvalid, ImageIdentifierInUse);
    /// it can't be cloned for a while (PreserveSourceNotNeeded, VMGeneralized, SecurityTypeNotSupported, CoreQuotaExceeded);
    /// a lock, the caller's roles or a policy forbid a step (ScopeLocked, AuthorizationFailed, RequestDisallowedByPolicy);
    /// a name or tag is not valid, or a region none of the subscription's (RegionNotFound) or none for such an image (ConfidentialImageNotReplicable, EncryptionSetNeededInRegion).
    /// </exception>
    public async Task<Plan<CapturedImage>> PlanAsync(CaptureRequest request, OperationContext context)
    {
        RunTag.Check(request.Tag, MostOwnTags);
        CheckTemporary(request);
        CaptureSource vm = await CaptureSource.ReadAsync(session, request, context).ConfigureAwait(false);
        if (request.Location is { } location && new AzureLocation(location) != vm.Location)
        {
            throw new ImageServiceException(
                "LocationMismatch",
                ErrorKind.InvalidArgument,
                $"The {vm.Description} is in '{vm.Location.Name}': its image can't be made in '{location}'.",
                "Leave -Location out; with -GalleryName, -TargetRegion replicates the image.",
                vm.Id.ToString());
        }

        ICaptureDestination destination = request.GalleryName is null
            ? await ManagedImageDestination.PrepareAsync(session, request, vm, context).ConfigureAwait(false)
            : await GalleryDestination.PrepareAsync(session, request, vm, context).ConfigureAwait(false);
        context.Log.Verbose($"The {vm.Description} ({vm.OsType}, {vm.HyperVGeneration}, {(vm.PowerState.Length == 0 ? "power state not known" : vm.PowerState)}, {(vm.IsGeneralized ? "generalized" : "not generalized")}) is captured as {request.OsState} to {destination.Description}.");
        WarnOfExport(vm, context);
        string title = $"Capture to {destination.Description}";
        if (request.PreserveSource)
        {
            return await PreservedCapture.PlanAsync(session, request, vm, destination, context).ConfigureAwait(false);
        }

        if (request.OsState == OsState.Specialized)
        {
            CheckSpecialized(request, vm, context);
            return await MakeAsync([.. destination.Preparations, .. destination.Creations], []).ConfigureAwait(false);
        }

        GuestGeneralization? guest = request.Generalize && !vm.IsGeneralized ? await PlanGuestAsync(request, vm, context).ConfigureAwait(false) : null;
        if (guest is null)
        {
            CheckStopped(request, vm, context);
        }

        // Of a guest that an earlier run has at work there is nothing left to save.
        CaptureRequest marked = guest is { Change: not null, IsUntouched: false } ? request with { NoBackup = true } : request;
        GeneralizationSteps generalization = await GeneralizationSteps.PlanAsync(session, vm, marked, guest?.Change, context).ConfigureAwait(false);
        return await MakeAsync(
            [.. guest?.Readiness ?? [], .. generalization.Backup, .. destination.Preparations, .. guest?.Changes ?? [], .. generalization.Changes, .. destination.Creations],
            generalization.SnapshotIds).ConfigureAwait(false);

        async Task<Plan<CapturedImage>> MakeAsync(IReadOnlyList<Step> steps, IReadOnlyList<string> snapshotIds)
        {
            await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
            return new Plan<CapturedImage>(title, vm.Description, steps, run => destination.ReadAsync(snapshotIds, run)) { RunFolder = session.RunFolder };
        }
    }

    private static void CheckTemporary(CaptureRequest request)
    {
        if (!request.PreserveSource && (request.TemporaryResourceGroupName ?? request.SubnetId) is { } meant)
        {
            throw new ImageServiceException(
                "PreserveSourceMissing",
                ErrorKind.InvalidArgument,
                $"'{meant}' is meant for a temporary clone, and none is made.",
                "Add -PreserveSource, or leave out -TemporaryResourceGroupName and -SubnetId.",
                meant);
        }
    }

    private async Task<GuestGeneralization> PlanGuestAsync(CaptureRequest request, CaptureSource vm, OperationContext context)
    {
        GeneralizationRequest generalization = new() { VMId = vm.Id.ToString(), Timeout = request.GeneralizationTimeout, ExcludedRules = request.ExcludedRules, DiskAccessId = request.DiskAccessId, Tag = request.Tag };
        return await GuestGeneralization.PlanAsync(
            session, await GuestMachine.ReadAsync(session, generalization, context).ConfigureAwait(false), generalization, context).ConfigureAwait(false);
    }

    /// <summary>An image, and the disks made of it, keep nothing of who may read the disks out.</summary>
    private static void WarnOfExport(CaptureSource vm, OperationContext context)
    {
        foreach (SourceDisk disk in vm.Disks.Where(disk => !disk.IsExportable))
        {
            context.Log.Warning($"The {disk.Description} may not be exported ({disk.Data.NetworkAccessPolicy}). An image does not carry that over: set it on the disks of each machine made of the image, or see to it by policy.");
        }
    }

    private static void CheckSpecialized(CaptureRequest request, CaptureSource vm, OperationContext context)
    {
        if (request.Generalize)
        {
            throw new ImageServiceException(
                "SpecializedNotGeneralized",
                ErrorKind.InvalidArgument,
                "A specialized image is not generalized.",
                "Leave out -Generalize, or -OsState Specialized.",
                vm.Id.ToString());
        }

        if (vm.IsGeneralized)
        {
            throw new ImageServiceException(
                "VMGeneralized",
                ErrorKind.InvalidState,
                $"The {vm.Description} is generalized: no specialized image can be made of it.",
                "Capture it as generalized.",
                vm.Id.ToString());
        }

        if (vm.MayBeRunning)
        {
            context.Log.Warning($"The {vm.Description} is running: its image will be in the state of a disk after a power failure. Stop the machine first for a clean image.");
        }
    }

    private static void CheckStopped(CaptureRequest request, CaptureSource vm, OperationContext context)
    {
        if (vm.OsType != SupportedOperatingSystemType.Windows || vm.IsGeneralized || !vm.MayBeRunning)
        {
            return;
        }

        if (!request.AllowRunning)
        {
            throw new ImageServiceException(
                "VMNotStopped",
                ErrorKind.InvalidState,
                $"The {vm.Description} is {(vm.PowerState.Length == 0 ? "not stopped" : vm.PowerState)}. Sysprep leaves a machine stopped, so this one has not been generalized inside, and the image would not deploy.",
                "Run Sysprep with /generalize /oobe /shutdown in it first, or use -AllowRunning if it has been generalized.",
                vm.Id.ToString());
        }

        context.Log.Warning($"The {vm.Description} is running although Sysprep would have stopped it: the image may not deploy.");
    }
}

/// <summary>What a capture makes: a managed image or a gallery image version.</summary>
internal interface ICaptureDestination
{
    /// <summary>The image in words.</summary>
    string Description { get; }

    /// <summary>Steps that can go before the machine is changed; undone on failure.</summary>
    IReadOnlyList<Step> Preparations { get; }

    /// <summary>The steps that make the image, with what it is made of on the way.</summary>
    IReadOnlyList<Step> Creations { get; }

    /// <summary>Whether an earlier run of the same has begun or made the image, so that nothing is to be captured.</summary>
    bool IsBegun { get; }

    /// <summary>Reads the image when it is made.</summary>
    Task<CapturedImage> ReadAsync(IReadOnlyList<string> snapshotIds, OperationContext context);
}

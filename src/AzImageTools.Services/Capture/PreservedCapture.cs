using AzImageTools.Disks;
using AzImageTools.Services.Clone;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Capture;

/// <summary>
/// Captures a machine that goes on running: a clone of it is generalized and captured in its place, and removed. The machine and its disks are read only; a
/// snapshot is all that is made of them.
/// </summary>
internal static class PreservedCapture
{
    /// <summary>Plans it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="request">What is captured into what.</param>
    /// <param name="vm">The machine.</param>
    /// <param name="destination">What is made of it, which it has been held against.</param>
    /// <param name="context">Log and cancellation.</param>
    public static async Task<Plan<CapturedImage>> PlanAsync(ImageSession session, CaptureRequest request, CaptureSource vm, ICaptureDestination destination, OperationContext context)
    {
        if (request.OsState == OsState.Specialized)
        {
            throw new ImageServiceException(
                "PreserveSourceNotNeeded",
                ErrorKind.InvalidArgument,
                "A specialized image leaves its machine as it is.",
                "Leave out -PreserveSource, or -OsState Specialized.",
                vm.Id.ToString());
        }

        if (destination.IsBegun)
        {
            // The clone of the run that was killed may be what Azure makes the image of yet: it goes when that is done.
            return await MakePlanAsync([.. destination.Creations, MachineClone.RemoveLeftStep(session)], run => destination.ReadAsync([], run)).ConfigureAwait(false);
        }

        GeneralizationRequest guest = new() { VMId = vm.Id.ToString(), NoBackup = true, IsClone = true, Timeout = request.GeneralizationTimeout, ExcludedRules = request.ExcludedRules, DiskAccessId = request.DiskAccessId, Tag = request.Tag, TemporaryResourceGroupName = request.TemporaryResourceGroupName };
        GuestMachine source = await GuestMachine.ReadAsync(session, guest, context).ConfigureAwait(false);
        MachineClone clone = await MachineClone.PlanAsync(
            session,
            source,
            new CloneRequest
            {
                SourceDisk = GuestGeneralization.DiskOf(source, guest),
                Disks = [.. vm.Disks.Select(disk => new ClonedDisk(disk.Data, disk.Lun, disk.Caching))],
                TemporaryResourceGroupName = request.TemporaryResourceGroupName,
                SubnetId = request.SubnetId is { } subnet ? ResourceNames.RequireId(subnet, "Microsoft.Network/virtualNetworks/subnets", "subnet") : null,
                Tag = request.Tag,
            },
            context).ConfigureAwait(false);

        // What the source's disk tells of its readiness is known before a clone is made; of a machine that does not run the clone tells it.
        GuestGeneralization preview = await GuestGeneralization.PlanAsync(session, source, guest, context).ConfigureAwait(false);
        if (source.IsRunning && !preview.IsUntouched)
        {
            throw new ImageServiceException(
                "GuestGeneralized",
                ErrorKind.InvalidState,
                $"The guest of the {vm.Description} is being generalized: a clone would be neither what it was nor what it will be.",
                "Wait until it has stopped, and capture it without -PreserveSource.",
                vm.Id.ToString());
        }

        Func<OperationContext, Task<CapturedImage>>? readImage = null;
        Step generalize = new(run => RunAsync(new GeneralizationService(session).PlanAsync(guest with { VMId = clone.Id.ToString() }, run.Context), run))
        {
            Title = $"Generalize the clone by {(source.IsWindows ? "Sysprep" : "deprovisioning")}, wait until it has stopped, and judge its disk",
            Effect = StepEffect.Changes,
            Target = $"the guest of virtual machine '{clone.Id.Name}'",
            OnFailure = FailureAction.Undo,
            Undo = _ => Task.FromResult(false),
            Note = "Its readiness, and what only a running machine shows, is judged before.",
            Changes = ChangesOfGuest(clone, source.Location, request),
            Weight = 10,
        };
        Step capture = new(async run => readImage = await CaptureAsync(session, RequestFor(clone, request, vm), run).ConfigureAwait(false))
        {
            Title = "Capture the clone",
            Effect = StepEffect.Creates,
            Target = destination.Description,
            Note = string.Join("; ", destination.Preparations.Concat(destination.Creations).Select(step => step.Title)) + ". The clone is deallocated and marked as generalized for it.",
            Changes = [.. destination.Preparations.Concat(destination.Creations).SelectMany(step => step.Changes), ResourceChange.Act(clone.Id, "deallocate"), ResourceChange.Act(clone.Id, "generalize")],
            Weight = 10,
        };
        return await MakePlanAsync([clone.Creations[0], .. preview.Readiness.Take(1), .. clone.Creations.Skip(1), generalize, capture, clone.Removal], run => readImage!(run)).ConfigureAwait(false);

        async Task<Plan<CapturedImage>> MakePlanAsync(IReadOnlyList<Step> steps, Func<OperationContext, Task<CapturedImage>> read)
        {
            await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
            return new Plan<CapturedImage>($"Capture to {destination.Description}, by a clone", vm.Description, steps, ReadAsync) { RunFolder = session.RunFolder };

            async Task<CapturedImage> ReadAsync(OperationContext run) => await read(run).ConfigureAwait(false) with { SourceId = vm.Id.ToString() };
        }
    }

    /// <summary>What the guest is generalized by, and what is read of the clone's disk.</summary>
    private static IReadOnlyList<ResourceChange> ChangesOfGuest(MachineClone clone, AzureLocation location, CaptureRequest request)
    {
        ResourceIdentifier command = VirtualMachineRunCommandResource.CreateResourceIdentifier(clone.Id.SubscriptionId, clone.Id.ResourceGroupName, clone.Id.Name, "azimagetools");
        return [ResourceChange.Create(command, location, request.Tag), new ResourceChange(command, $"{command.ResourceType}/read"), new ResourceChange(command, $"{command.ResourceType}/delete")];
    }

    /// <summary>The same for the clone, into the same places.</summary>
    private static CaptureRequest RequestFor(MachineClone clone, CaptureRequest request, CaptureSource vm) => request with
    {
        VMId = clone.Id.ToString(),
        VMName = null,
        VMResourceGroupName = null,
        ResourceGroupName = request.ResourceGroupName ?? vm.Id.ResourceGroupName,
        PreserveSource = false,
        TemporaryResourceGroupName = null,
        SubnetId = null,
        Generalize = false,
        IsClone = true,
        CloneOrigin = vm.CloneOrigin,
        NoBackup = true,
        AllowRunning = false,
    };

    /// <summary>Captures the clone, in the same run: as long as the clone is there, a version of it is this run's. What came of it is read when everything temporary is gone: an image that is made is not lost for a failing question.</summary>
    private static async Task<Func<OperationContext, Task<CapturedImage>>> CaptureAsync(ImageSession session, CaptureRequest request, StepRun run)
    {
        Plan<CapturedImage> plan = await new CaptureService(session).PlanAsync(request, run.Context).ConfigureAwait(false);
        return await PlanRunner.RunWithinAsync(
            new Plan<Func<OperationContext, Task<CapturedImage>>>(plan.Title, plan.Target, plan.Steps, _ => Task.FromResult(plan.ReadResult)), run).ConfigureAwait(false);
    }

    private static async Task<T> RunAsync<T>(Task<Plan<T>> plan, StepRun run)
        where T : notnull => await PlanRunner.RunAsync(await plan.ConfigureAwait(false), run.Context).ConfigureAwait(false);
}

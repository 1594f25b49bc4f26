using AzImageTools.Services.Capture;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Tests.Capture;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>
/// A way through the services that changes Azure: what a cmdlet does in one go. <see cref="FaultSweepTests"/> breaks each of its calls in
/// turn.
/// </summary>
/// <remarks>
/// To add one, write a row into <see cref="All"/>. <see cref="Run"/> gets a client of its own (<see cref="FlowRun"/>) and does what the
/// cmdlet does: plan, run, return the result, whose properties are compared with those of a run that nothing disturbed. What it makes gets its
/// name by <see cref="FlowRun.Own"/>, and it works on <see cref="FlowRun.Machine"/> (or others by <see cref="FlowRun.IsBeside"/>), so that two
/// can run side by side in one cloud. Nothing in it may wait on a clock other than the context's. What has to be there first is made by
/// <see cref="Prepare"/>, for both. A type of resource that is new to the sweep gets its row in <see cref="CloudListing"/>. Run it with
/// <c>dotnet test --filter "FullyQualifiedName~FaultSweep"</c>; <c>AZIMAGETOOLS_SWEEP=all</c> breaks every call, in place of those that change
/// something and a share of the others.
/// </remarks>
/// <param name="Name">In words.</param>
/// <param name="Run">Does it.</param>
internal sealed record Flow(string Name, Func<FlowRun, Task<object>> Run)
{
    /// <summary>The cmdlet that does it, whose rights it may need; null for none.</summary>
    public string? Cmdlet { get; init; }

    /// <summary>Whether the next run comes to what the first would have, and leaves nothing else, when that was killed after these calls. Where not, what stays is whole, and can't be told from what somebody wants.</summary>
    public Func<IEnumerable<string>, bool> IsRemovedAfterKill { get; init; } = _ => true;

    /// <summary>Whether the next run asks its user to delete what a killed one has made whole under the same name.</summary>
    public bool AsksToDelete { get; init; }

    /// <summary>How long after it broke off it is run again: as a rule, when leases of the run that ended, and intervals that Azure asks for, are over.</summary>
    public TimeSpan TimeToRerun { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Makes what has to be there first.</summary>
    public Func<FlowRun, Task> Prepare { get; init; } = _ => Task.CompletedTask;

    /// <summary>Of the calls that are broken of other flows, each so manieth is broken of this one: for one of many calls. All are where all are to be.</summary>
    public int Share { get; init; } = 1;

    public static IReadOnlyDictionary<string, Flow> All { get; } = new[]
    {
        Captures,
        Generalizations,
        Images,
        BackupFlows.All,
        CopyFlows.All,
        ProvisionFlows.All,
        PublishFlows.All,
        RemoteFlows.All,
        RetireFlows.All,
        TransferFlows.All,
    }.SelectMany(flows => flows).ToDictionary(flow => flow.Name);

    private static IEnumerable<Flow> Captures => CaptureFlows.All.Select(capture => new Flow($"capture: {capture.Key}", async run =>
    {
        CaptureRequest request = capture.Value with
        {
            VMName = run.Machine,
            ImageName = capture.Value.ImageName is { } image ? run.Own(image) : null,
            GalleryImageDefinitionName = capture.Value.GalleryImageDefinitionName switch
            {
                null => null,
                CaptureFlows.Definition => run.Own(CaptureFlows.Definition),
                var existing => run.IsBeside ? "ubuntu" : existing,
            },
        };
        return await PlanRunner.RunAsync(await new CaptureService(run.Session).PlanAsync(request, run.Context), run.Context);
    })
    {
        Cmdlet = "New-AzCapturedImage",
    });

    private static IEnumerable<Flow> Generalizations =>
    [
        new("generalize the guest", async run =>
        {
            GeneralizationRequest request = new() { VMName = run.Machine, VMResourceGroupName = SandboxSession.Group };
            return (await PlanRunner.RunAsync(await new GeneralizationService(run.Session).PlanAsync(request, run.Context), run.Context)).Generalization;
        })
        {
            Cmdlet = "Invoke-AzVMGeneralization",
            Share = 5,
        },
        new("capture of a guest that is generalized for it", async run =>
        {
            CaptureRequest request = new()
            {
                VMName = run.Machine,
                VMResourceGroupName = SandboxSession.Group,
                GalleryName = SandboxSession.Gallery,
                GalleryImageDefinitionName = run.Own(CaptureFlows.Definition),
                Generalize = true,
            };
            return await PlanRunner.RunAsync(await new CaptureService(run.Session).PlanAsync(request, run.Context), run.Context);
        })
        {
            Cmdlet = "New-AzCapturedImage -Generalize",
            Share = 7,
        },
        new("capture by a clone", async run =>
        {
            CaptureRequest request = new()
            {
                VMName = run.Machine,
                VMResourceGroupName = SandboxSession.Group,
                GalleryName = SandboxSession.Gallery,
                GalleryImageDefinitionName = run.Own(CaptureFlows.Definition),
                PreserveSource = true,
            };
            return await PlanRunner.RunAsync(await new CaptureService(run.Session).PlanAsync(request, run.Context), run.Context);
        })
        {
            Cmdlet = "New-AzCapturedImage -PreserveSource",
            Share = 13,
        },
    ];

    private static async Task CopyDisksAsync(FlowRun run)
    {
        VirtualMachineData machine = (await run.GetMachineAsync(SandboxSession.WindowsVM)).Data;
        foreach (string name in new[] { "copy", "copy-beside", "data", "data-beside" })
        {
            ManagedDiskData copy = new(machine.Location)
            {
                CreationData = new DiskCreationData(DiskCreateOption.Copy)
                {
                    SourceResourceId = (name.StartsWith("data", StringComparison.Ordinal) ? machine.StorageProfile.DataDisks[0].ManagedDisk : machine.StorageProfile.OSDisk.ManagedDisk).Id,
                },
            };
            await run.EndAsync(await run.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, name, copy));
        }
    }

    private static IEnumerable<Flow> Images =>
    [
        new("image of a disk, with a data disk", async run =>
        {
            VhdImageRequest request = new()
            {
                Name = run.Own("uploaded"),
                ResourceGroupName = SandboxSession.Group,
                DiskName = run.Own("copy"),
                DataDisks = [new DataDiskSource { Id = $"{run.Group.Id}/providers/Microsoft.Compute/disks/{run.Own("data")}" }],
            };
            return await PlanRunner.RunAsync(await new VhdImageService(run.Session).PlanAsync(request, run.Context), run.Context);
        })
        {
            Cmdlet = "New-AzVhdImage",
            Prepare = CopyDisksAsync,
        },
        new("image of a disk", async run =>
        {
            VhdImageRequest request = new() { Name = run.Own("uploaded"), ResourceGroupName = SandboxSession.Group, DiskName = run.Own("copy") };
            return await PlanRunner.RunAsync(await new VhdImageService(run.Session).PlanAsync(request, run.Context), run.Context);
        })
        {
            Cmdlet = "New-AzVhdImage",
            Prepare = CopyDisksAsync,
        },
    ];
}

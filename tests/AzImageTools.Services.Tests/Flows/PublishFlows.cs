using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>The ways in which a version of a gallery is published.</summary>
internal static class PublishFlows
{
    private const string Publish = "Publish-AzImageVersion";

    public static IEnumerable<Flow> All =>
    [
        new("version of a disk", run => PublishAsync(run, Into(run) with { TargetRegions = ["northeurope"] })) { Cmdlet = Publish, Prepare = CopyDisksAsync },
        new("version of a disk, through a managed image", run => PublishAsync(run, Into(run) with { SecurityType = "TrustedLaunchSupported" })) { Cmdlet = Publish, Prepare = CopyDisksAsync },
        new("version of a disk, through a page blob", run => PublishAsync(run, Into(run) with
        {
            SecurityType = "TrustedLaunchSupported",
            OsState = OsState.Specialized,
            TemporaryStorageAccountName = "sandboximages",
            TemporaryContainer = "vhds",
        }))
        {
            Cmdlet = Publish,
            Prepare = CopyDisksAsync,
            Share = 2,
        },
        new("version of a machine, through page blobs", run => PublishAsync(run, Into(run) with
        {
            DiskName = null,
            SourceId = IdOf(run, VirtualMachineResource.ResourceType, run.Machine),
            SecurityType = "TrustedLaunchSupported",
            OsState = OsState.Specialized,
            TemporaryStorageAccountName = "sandboximages",
            TemporaryContainer = "vhds",
        }))
        {
            Cmdlet = Publish,
            Prepare = StopAsync,
            Share = 5,
        },
        new("version of a snapshot", run => PublishAsync(run, Into(run) with { DiskName = null, SourceId = IdOf(run, SnapshotResource.ResourceType, "snapshot") })) { Cmdlet = Publish, Prepare = SnapshotsAsync },
        new("version of a machine, specialized", run => PublishAsync(run, Into(run) with { DiskName = null, SourceId = IdOf(run, VirtualMachineResource.ResourceType, run.Machine), OsState = OsState.Specialized })) { Cmdlet = Publish },
        new("version of a page blob", run => PublishAsync(run, Into(run) with
        {
            DiskName = null,
            SourceResourceGroupName = null,
            BlobUri = new Uri($"https://sandboximages.blob.core.windows.net/vhds/{run.Own("source")}.vhd"),
            GalleryResourceGroupName = SandboxSession.Group,
            OsType = "Windows",
            HyperVGeneration = "V2",
        })) { Cmdlet = Publish, Prepare = TransferFlows.MakeBlobsAsync, Share = 2 },
        new("version of a managed image", run => PublishAsync(run, Into(run) with { DiskName = null, SourceId = IdOf(run, DiskImageResource.ResourceType, "source") })) { Cmdlet = Publish, Prepare = MakeImagesAsync, Share = 2 },
        new("version of a version", run => PublishAsync(run, Into(run) with { DiskName = null, SourceId = $"{run.Group.Id}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}/images/ubuntu/versions/1.0.0" })) { Cmdlet = Publish, Share = 2 },
        new("version of a machine that is generalized", run => PublishAsync(run, Into(run) with { DiskName = null, SourceId = IdOf(run, VirtualMachineResource.ResourceType, run.Machine) })) { Cmdlet = Publish, Prepare = GeneralizeAsync, Share = 2 },
        new("version that is joined", run => WaitAsync(run, $"{run.Group.Id}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}/images/{run.Own("published")}/versions/1.0.0"))
        {
            Cmdlet = "Wait-AzImageVersion",
            Prepare = LeaveAsync,
        },
    ];

    private static string IdOf(FlowRun run, ResourceType type, string name) => $"{run.Group.Id}/providers/{type}/{(name == run.Machine ? name : run.Own(name))}";

    private static async Task<object> WaitAsync(FlowRun run, string version)
        => await PlanRunner.RunAsync(await new PublishService(run.Session).PlanWaitAsync(new VersionWaitRequest { VersionId = version }, run.Context), run.Context);

    private static async Task SnapshotsAsync(FlowRun run)
    {
        VirtualMachineData machine = (await run.GetMachineAsync(SandboxSession.WindowsVM)).Data;
        foreach (string name in new[] { "snapshot", "snapshot-beside" })
        {
            SnapshotData copy = new(machine.Location) { CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = machine.StorageProfile.OSDisk.ManagedDisk.Id } };
            await run.EndAsync(await run.Group.GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, name, copy));
        }
    }

    private static async Task MakeImagesAsync(FlowRun run)
    {
        await CopyDisksAsync(run);
        foreach (string suffix in new[] { string.Empty, "-beside" })
        {
            VhdImageRequest request = new() { Name = "source" + suffix, ResourceGroupName = SandboxSession.Group, DiskName = "copy" + suffix };
            await PlanRunner.RunAsync(await new VhdImageService(run.Session).PlanAsync(request, run.Context), run.Context);
        }
    }

    private static async Task StopAsync(FlowRun run)
    {
        foreach (string name in new[] { SandboxSession.WindowsVM, SandboxSession.LinuxVM })
        {
            await OperationWaiter.WaitAsync(await (await run.GetMachineAsync(name)).DeallocateAsync(WaitUntil.Started), run.Context);
        }
    }

    private static async Task GeneralizeAsync(FlowRun run)
    {
        foreach (string name in new[] { SandboxSession.WindowsVM, SandboxSession.LinuxVM })
        {
            VirtualMachineResource machine = await run.GetMachineAsync(name);
            await OperationWaiter.WaitAsync(await machine.DeallocateAsync(WaitUntil.Started), run.Context);
            await machine.GeneralizeAsync();
        }
    }

    /// <summary>Leaves a version to Azure, until it is made, and what it is made of.</summary>
    private static async Task LeaveAsync(FlowRun run)
    {
        await CopyDisksAsync(run);
        foreach (string suffix in new[] { string.Empty, "-beside" })
        {
            CapturedImage left = (CapturedImage)await PublishAsync(
                run, Into(run) with { DiskName = "copy" + suffix, GalleryImageDefinitionName = "published" + suffix, SecurityType = "TrustedLaunchSupported", NoWait = true });
            await ReplicationWait.WaitAsync(run.Session, new ResourceIdentifier(left.Id), run.Context);
        }
    }

    private static PublishRequest Into(FlowRun run) => new()
    {
        DiskName = run.Own("copy"),
        SourceResourceGroupName = SandboxSession.Group,
        GalleryName = SandboxSession.Gallery,
        GalleryImageDefinitionName = run.Own("published"),
    };

    private static async Task<object> PublishAsync(FlowRun run, PublishRequest request)
        => await PlanRunner.RunAsync(await new PublishService(run.Session).PlanAsync(request, run.Context), run.Context);

    private static async Task CopyDisksAsync(FlowRun run)
    {
        VirtualMachineData machine = (await run.GetMachineAsync(SandboxSession.WindowsVM)).Data;
        foreach (string name in new[] { "copy", "copy-beside" })
        {
            ManagedDiskData copy = new(machine.Location)
            {
                CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = machine.StorageProfile.OSDisk.ManagedDisk.Id },
            };
            await run.EndAsync(await run.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, name, copy));
        }
    }
}

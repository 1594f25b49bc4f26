using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Tests.Capture;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>The ways in which a version of a gallery is published.</summary>
internal static class PublishFlows
{
    public static IEnumerable<Flow> All =>
    [
        new("version of a disk", run => PublishAsync(run, Into(run) with { TargetRegions = ["northeurope"] })) { Prepare = CopyDisksAsync },
        new("version of a disk, through a managed image", run => PublishAsync(run, Into(run) with { SecurityType = "TrustedLaunchSupported" })) { Prepare = CopyDisksAsync },
        new("version that is left and joined", async run =>
        {
            CapturedImage left = (CapturedImage)await PublishAsync(run, Into(run) with { SecurityType = "TrustedLaunchSupported", NoWait = true });
            return await PlanRunner.RunAsync(await new PublishService(run.Session).PlanWaitAsync(new VersionWaitRequest { VersionId = left.Id }, run.Context), run.Context);
        })
        {
            Prepare = CopyDisksAsync,
        },
    ];

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

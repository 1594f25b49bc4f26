using AzImageTools.Services.Copy;
using AzImageTools.Services.Download;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>Disks that are brought down, or copied within Azure.</summary>
internal static class TransferFlows
{
    public static IEnumerable<Flow> All =>
    [
        new("download of a machine's disk", run => DownloadAsync(
            run,
            new ManagedSource { ResourceId = VirtualMachineResource.CreateResourceIdentifier(run.Session.Context.SubscriptionId, SandboxSession.Group, run.Machine).ToString() })),
        new("copy of a snapshot to another region", async run => await CopyAsync(
            run,
            new ManagedSource { ResourceGroupName = SandboxSession.Group, SnapshotName = run.Own("snapshot") },
            new SnapshotDestination(SandboxSession.Group, run.Own("copied")) { Location = "northeurope" })) { Prepare = MakeSourcesAsync },
    ];

    private static async Task<object> DownloadAsync(FlowRun run, ManagedSource source)
    {
        DownloadRequest request = new() { Source = source, Path = Path.Combine(run.Cloud.Folder, run.Own("made") + ".vhdx"), Force = true };
        using VhdDownloader downloader = new(1, run.Context.Time);
        VhdDownload download = await PlanRunner.RunAsync(await downloader.PlanAsync(run.Session, request, run.Context), run.Context);
        return new { download.Name, download.Crc64, download.Capacity, download.FileSize };
    }

    private static async Task<object> CopyAsync(FlowRun run, ManagedSource source, CopyDestination destination)
    {
        using VhdCopier copier = new(1, run.Context.Time);
        VhdCopy copy = await PlanRunner.RunAsync(await copier.PlanAsync(run.Session, new CopyRequest { Source = source, Destination = destination }, run.Context), run.Context);
        return new { copy.Name, copy.Capacity, copy.CopyKind, copy.Location };
    }

    private static async Task MakeSourcesAsync(FlowRun run)
    {
        VirtualMachineData machine = (await run.GetMachineAsync(SandboxSession.WindowsVM)).Data;
        foreach (string beside in new[] { string.Empty, "-beside" })
        {
            ManagedDiskData copy = new(machine.Location)
            {
                CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = machine.StorageProfile.OSDisk.ManagedDisk.Id },
            };
            ManagedDiskResource disk = await OperationWaiter.WaitAsync(await run.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, "copy" + beside, copy), run.Context);
            SnapshotData snapshot = new(machine.Location) { Incremental = true, CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = disk.Id } };
            await run.EndAsync(await run.Group.GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, "snapshot" + beside, snapshot));
        }
    }
}

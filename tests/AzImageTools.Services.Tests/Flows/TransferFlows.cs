using AzImageTools.Services.Copy;
using AzImageTools.Services.Download;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;
using AzImageTools.Services.Upload.Target;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>Disks that are brought down, or copied within Azure.</summary>
internal static class TransferFlows
{
    public static IEnumerable<Flow> All =>
    [
        Row("download of a machine's disk", run => DownloadAsync(run, Machine(run))) with { Prepare = _ => Task.CompletedTask },
        Row("download of a disk", run => DownloadAsync(run, Disk(run))),
        Row("download of a snapshot", run => DownloadAsync(run, Snapshot(run))),
        Row("download of a page blob", run => DownloadAsync(run, new PageBlobSource(Blob(run, "source")))) with { Prepare = MakeBlobsAsync },
        Row("copy of a machine's disk to a page blob", run => CopyAsync(run, Machine(run), new BlobDestination(Blob(run, "copied")))) with { Prepare = _ => Task.CompletedTask },
        Row("copy of a disk to a page blob", run => CopyAsync(run, Disk(run), new BlobDestination(Blob(run, "copied")))),
        Row("copy of a snapshot to a page blob", run => CopyAsync(run, Snapshot(run), new BlobDestination(Blob(run, "copied")))),
        Row("copy of a page blob", run => CopyAsync(run, new PageBlobSource(Blob(run, "source")), new BlobDestination(Blob(run, "copied")))) with { Prepare = MakeBlobsAsync },
        Row("copy of a snapshot to another region", run => CopyAsync(
            run, Snapshot(run), new SnapshotDestination(SandboxSession.Group, run.Own("copied")) { Location = "northeurope" })),
    ];

    private static ManagedSource Machine(FlowRun run)
        => new() { ResourceId = VirtualMachineResource.CreateResourceIdentifier(run.Session.Context.SubscriptionId, SandboxSession.Group, run.Machine).ToString() };

    private static ManagedSource Disk(FlowRun run) => new() { ResourceGroupName = SandboxSession.Group, DiskName = run.Own("copy") };

    private static ManagedSource Snapshot(FlowRun run) => new() { ResourceGroupName = SandboxSession.Group, SnapshotName = run.Own("snapshot") };

    private static PageBlobTarget Blob(FlowRun run, string name) => new("sandboximages", "vhds", run.Own(name) + ".vhd") { Force = true };

    /// <summary>They are run again while the access that the first had may still be open.</summary>
    private static Flow Row(string name, Func<FlowRun, Task<object>> run)
        => new(name, run) { Cmdlet = name.StartsWith("copy", StringComparison.Ordinal) ? "Copy-AzVhd" : "Receive-AzVhd", Prepare = MakeSourcesAsync, TimeToRerun = TimeSpan.FromMinutes(2), Share = 5 };

    private static async Task<object> DownloadAsync(FlowRun run, DownloadSource source)
    {
        DownloadRequest request = new() { Source = source, Path = Path.Combine(run.Cloud.Folder, run.Own("made") + ".vhdx"), Force = true };
        using VhdDownloader downloader = new(1, run.Context.Time);
        VhdDownload download = await PlanRunner.RunAsync(await downloader.PlanAsync(run.Session, request, run.Context), run.Context);
        return new { download.Name, download.Crc64, download.Capacity, download.FileSize };
    }

    private static async Task<object> CopyAsync(FlowRun run, DownloadSource source, CopyDestination destination)
    {
        using VhdCopier copier = new(1, run.Context.Time);
        VhdCopy copy = await PlanRunner.RunAsync(await copier.PlanAsync(run.Session, new CopyRequest { Source = source, Destination = destination }, run.Context), run.Context);
        return new { copy.Name, copy.Capacity, copy.CopyKind, copy.Location };
    }

    public static async Task MakeBlobsAsync(FlowRun run)
    {
        await MakeSourcesAsync(run);
        await CopyAsync(run, Snapshot(run), new BlobDestination(Blob(run, "source")));
        using FlowRun beside = await run.Cloud.ConnectAsync(isBeside: true);
        await CopyAsync(beside, Snapshot(beside), new BlobDestination(Blob(beside, "source")));
    }

    public static async Task MakeSourcesAsync(FlowRun run)
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

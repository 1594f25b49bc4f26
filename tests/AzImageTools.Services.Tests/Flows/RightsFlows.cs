using AzImageTools.Disks;
using AzImageTools.Services.Backup;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Copy;
using AzImageTools.Services.Download;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Provision;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Temporary;
using AzImageTools.Services.Tests.Capture;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>Ways through cmdlets that differ from those of the other flows in the rights that they take.</summary>
internal static class RightsFlows
{
    private const string Receive = "Receive-AzVhd";
    private const string Send = "Send-AzVhd";
    private const string Copy = "Copy-AzVhd";
    private const string Read = "Get-AzVhdInfo";

    private static readonly PageBlobTarget Blob = new("sandboximages", "vhds", "source.vhd");

    public static IEnumerable<Flow> All =>
    [
        new("rights: download of a machine's disk", run => DownloadAsync(run, Managed(run, VirtualMachineResource.ResourceType, run.Machine))) { Cmdlet = Receive },
        new("rights: download of a disk", run => DownloadAsync(run, Managed(run, ManagedDiskResource.ResourceType, "copy"))) { Cmdlet = Receive, Prepare = MakeDiskAsync },
        new("rights: download of a snapshot", run => DownloadAsync(run, Managed(run, SnapshotResource.ResourceType, "snapshot"))) { Cmdlet = Receive, Prepare = MakeSnapshotAsync },
        new("rights: download of a blob", run => DownloadAsync(run, new PageBlobSource(Blob))) { Cmdlet = Receive, Prepare = MakeBlobAsync },
        new("rights: read of a machine's disk", run => ReadAsync(run, Managed(run, VirtualMachineResource.ResourceType, run.Machine).ResourceId)) { Cmdlet = Read },
        new("rights: read of a disk", run => ReadAsync(run, Managed(run, ManagedDiskResource.ResourceType, "copy").ResourceId)) { Cmdlet = Read, Prepare = MakeDiskAsync },
        new("rights: read of a snapshot", run => ReadAsync(run, Managed(run, SnapshotResource.ResourceType, "snapshot").ResourceId)) { Cmdlet = Read, Prepare = MakeSnapshotAsync },
        new("rights: read of a blob", run => ReadAsync(run, null)) { Cmdlet = Read, Prepare = MakeBlobAsync },
        new("rights: list of backups", async run => await new VMBackupCatalogue(run.Session).ListAsync(new VMBackupFilter(), run.Context)) { Cmdlet = "Get-AzVMBackup" },
        new("rights: upload to a disk", run => UploadAsync(run, new ManagedDiskTarget(SandboxSession.Group, "sent"))) { Cmdlet = Send },
        new("rights: upload to a blob", run => UploadAsync(run, new PageBlobTarget("sandboximages", "vhds", "sent.vhd"))) { Cmdlet = Send },
        new("rights: copy of a disk to a blob", run => CopyAsync(run, Managed(run, ManagedDiskResource.ResourceType, "copy"), new BlobDestination(new PageBlobTarget("sandboximages", "vhds", "copied.vhd")))) { Cmdlet = Copy, Prepare = MakeDiskAsync },
        new("rights: copy of a machine's disk to a blob", run => CopyAsync(run, Managed(run, VirtualMachineResource.ResourceType, run.Machine), new BlobDestination(new PageBlobTarget("sandboximages", "vhds", "copied.vhd")))) { Cmdlet = Copy },
        new("rights: copy of a snapshot to a blob", run => CopyAsync(run, Managed(run, SnapshotResource.ResourceType, "snapshot"), new BlobDestination(new PageBlobTarget("sandboximages", "vhds", "copied.vhd")))) { Cmdlet = Copy, Prepare = MakeSnapshotAsync },
        new("rights: copy of a blob", run => CopyAsync(run, new PageBlobSource(Blob), new BlobDestination(new PageBlobTarget("sandboximages", "vhds", "copied.vhd")))) { Cmdlet = Copy, Prepare = MakeBlobAsync },
        new("rights: copy of a snapshot to a snapshot", run => CopyAsync(run, Managed(run, SnapshotResource.ResourceType, "snapshot"), new SnapshotDestination(SandboxSession.Group, "copied"))) { Cmdlet = Copy, Prepare = MakeSnapshotAsync },
        new("rights: machine of a version", run => MachineAsync(run, Version(run))) { Cmdlet = "New-AzImageVM" },
        new("rights: machine of a managed image", run => MachineAsync(run, IdOf(run, DiskImageResource.ResourceType, "image"))) { Cmdlet = "New-AzImageVM", Prepare = MakeImageAsync },
        new("rights: machine of a disk", run => MachineAsync(run, IdOf(run, ManagedDiskResource.ResourceType, "copy"))) { Cmdlet = "New-AzImageVM", Prepare = MakeDiskAsync },
        new("rights: boot of a version", run => BootAsync(run, new ImageBootRequest { Source = Version(run), Script = "true", AllowOutboundAccess = true })) { Cmdlet = "Test-AzImageBoot" },
        new("rights: boot of a disk", run => BootAsync(run, new ImageBootRequest { Source = IdOf(run, ManagedDiskResource.ResourceType, "copy") })) { Cmdlet = "Test-AzImageBoot", Prepare = MakeDiskAsync },
        new("rights: version of a blob", run => PublishAsync(run, new PublishRequest { BlobUri = BlobUri(run), OsType = "Linux", HyperVGeneration = "V2", GalleryImageDefinitionName = "published" })) { Cmdlet = "Publish-AzImageVersion", Prepare = MakeBlobAsync },
        new("rights: version of a managed image", run => PublishAsync(run, new PublishRequest { SourceId = IdOf(run, DiskImageResource.ResourceType, "image"), GalleryImageDefinitionName = "published" })) { Cmdlet = "Publish-AzImageVersion", Prepare = MakeImageAsync },
        new("rights: version of a version", run => PublishAsync(run, new PublishRequest { SourceId = Version(run), GalleryImageDefinitionName = "published" })) { Cmdlet = "Publish-AzImageVersion" },
        new("rights: removal of a snapshot", RemoveAsync) { Cmdlet = "Remove-AzImageLeftover", Prepare = run => LeaveAsync(run, MakeLeftSnapshotAsync) },
        new("rights: removal of a disk", RemoveAsync) { Cmdlet = "Remove-AzImageLeftover", Prepare = run => LeaveAsync(run, MakeLeftDiskAsync) },
        new("rights: removal of a group", RemoveAsync) { Cmdlet = "Remove-AzImageLeftover", Prepare = run => LeaveAsync(run, MakeLeftGroupAsync) },
    ];

    private static string IdOf(FlowRun run, ResourceType type, string name) => $"{run.Group.Id}/providers/{type}/{name}";

    private static ManagedSource Managed(FlowRun run, ResourceType type, string name) => new() { ResourceId = IdOf(run, type, name) };

    private static string Version(FlowRun run)
        => GalleryImageVersionResource.CreateResourceIdentifier(run.Session.Context.SubscriptionId, SandboxSession.Group, SandboxSession.Gallery, "ubuntu", "1.0.0").ToString();

    private static Uri BlobUri(FlowRun run) => run.Session.Storage.BlobUri("sandboximages", "vhds", "source.vhd");

    private static async Task<object> PublishAsync(FlowRun run, PublishRequest request)
        => await PlanRunner.RunAsync(await new PublishService(run.Session).PlanAsync(request with { GalleryName = SandboxSession.Gallery, GalleryResourceGroupName = SandboxSession.Group }, run.Context), run.Context);

    private static async Task<object> DownloadAsync(FlowRun run, DownloadSource source)
    {
        using VhdDownloader downloader = new(1, run.Context.Time);
        DownloadRequest request = new() { Source = source, Path = Path.Combine(run.Cloud.Folder, "made.vhdx"), Force = true };
        return await PlanRunner.RunAsync(await downloader.PlanAsync(run.Session, request, run.Context), run.Context);
    }

    private static async Task<object> ReadAsync(FlowRun run, string? id)
    {
        RemoteDiskRequest request = new() { ResourceId = id, BlobUri = id is null ? BlobUri(run) : null };
        await using RemoteDisk disk = await new RemoteDiskService(run.Session).OpenAsync(request, run.Context);
        return disk.Image.Info;
    }

    private static async Task<object> UploadAsync(FlowRun run, UploadTarget target)
    {
        string path = Path.Combine(run.Cloud.Folder, "sent.raw");
        if (!File.Exists(path))
        {
            using TempFolder folder = new();
            File.Copy(TestFile.Unpack("disks/ready.raw", folder), path);
        }

        using VhdUploader uploader = new(1, run.Context.Time);
        UploadRequest request = new() { Path = path, Target = target, Readiness = UploadReadiness.None };
        return await PlanRunner.RunAsync(await uploader.PlanAsync(() => Task.FromResult<Services.Session.ImageSession?>(run.Session), request, run.Context), run.Context);
    }

    private static async Task<object> CopyAsync(FlowRun run, DownloadSource source, CopyDestination destination)
    {
        using VhdCopier copier = new(1, run.Context.Time);
        return await PlanRunner.RunAsync(await copier.PlanAsync(run.Session, new CopyRequest { Source = source, Destination = destination }, run.Context), run.Context);
    }

    private static async Task<object> MachineAsync(FlowRun run, string source)
    {
        bool isSpecialized = source.Contains("/disks/", StringComparison.Ordinal);
        MachineRequest request = new()
        {
            Name = "made",
            ResourceGroupName = SandboxSession.Group,
            Source = source,
            UserName = isSpecialized ? null : "admin1",
            SshPublicKeys = isSpecialized ? [] : ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNhbmRib3hTYW5kYm94U2FuZGJveFNhbmRib3gx me@here"],
        };
        return await PlanRunner.RunAsync(await new MachineService(run.Session).PlanAsync(request, run.Context), run.Context);
    }

    private static async Task<object> BootAsync(FlowRun run, ImageBootRequest request)
        => await PlanRunner.RunAsync(await new ImageBootService(run.Session).PlanAsync(request, run.Context), run.Context);

    private static async Task<object> RemoveAsync(FlowRun run)
    {
        List<ImageLeftover> removed = [];
        foreach (RunLeftovers left in await new LeftoverService(run.Session).FindAsync(new LeftoverRequest(), run.Context))
        {
            using (left)
            {
                if (left.Kept.Count > 0)
                {
                    throw new ImageServiceException("Kept", ErrorKind.InvalidState, string.Join(" ", left.Kept.Select(one => one.Reason)), string.Empty, left.RunId);
                }

                removed.AddRange(await PlanRunner.RunAsync(left.Plan!, run.Context));
            }
        }

        Assert.True(Assert.Single(removed).IsRemoved);
        return removed;
    }

    private static async Task MakeDiskAsync(FlowRun run)
    {
        VirtualMachineData machine = (await run.GetMachineAsync(SandboxSession.LinuxVM)).Data;
        ManagedDiskData copy = new(machine.Location) { CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = machine.StorageProfile.OSDisk.ManagedDisk.Id } };
        await run.EndAsync(await run.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, "copy", copy));
    }

    private static async Task MakeSnapshotAsync(FlowRun run)
    {
        await MakeDiskAsync(run);
        SnapshotData snapshot = new(AzureLocation.WestEurope)
        {
            Incremental = true,
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = new ResourceIdentifier(IdOf(run, ManagedDiskResource.ResourceType, "copy")) },
        };
        await run.EndAsync(await run.Group.GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, "snapshot", snapshot));
    }

    private static async Task MakeImageAsync(FlowRun run)
    {
        GeneralizationRequest generalize = new() { VMName = SandboxSession.LinuxVM, VMResourceGroupName = SandboxSession.Group, NoBackup = true };
        await PlanRunner.RunAsync(await new GeneralizationService(run.Session).PlanAsync(generalize, run.Context), run.Context);
        CaptureRequest capture = new() { VMName = SandboxSession.LinuxVM, VMResourceGroupName = SandboxSession.Group, ImageName = "image", NoBackup = true };
        await PlanRunner.RunAsync(await new CaptureService(run.Session).PlanAsync(capture, run.Context), run.Context);
    }

    private static Task MakeBlobAsync(FlowRun run) => UploadAsync(run, Blob);

    /// <summary>A run makes something, is killed, and a day passes.</summary>
    private static async Task LeaveAsync(FlowRun run, Func<FlowRun, TemporaryRun, Task> make)
    {
        await using (TemporaryRun killed = await TemporaryRun.BeginAsync(run.Session, "read", userTags: null, run.Context))
        {
            await make(run, killed);
        }

        run.Cloud.Time.Advance(TimeSpan.FromDays(1));
    }

    private static async Task MakeLeftSnapshotAsync(FlowRun run, TemporaryRun killed)
    {
        ResourceIdentifier id = SnapshotResource.CreateResourceIdentifier(run.Session.Context.SubscriptionId, SandboxSession.Group, killed.NameFor("os"));
        SnapshotData data = new(AzureLocation.WestEurope)
        {
            Incremental = true,
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = (await run.GetMachineAsync(SandboxSession.LinuxVM)).Data.StorageProfile.OSDisk.ManagedDisk.Id },
        };
        Add(await killed.AnnounceAsync(id, CancellationToken.None), data.Tags);
        await run.EndAsync(await run.Group.GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, id.Name, data));
    }

    private static async Task MakeLeftDiskAsync(FlowRun run, TemporaryRun killed)
    {
        ResourceIdentifier id = ManagedDiskResource.CreateResourceIdentifier(run.Session.Context.SubscriptionId, SandboxSession.Group, killed.NameFor("os"));
        ManagedDiskData data = new(AzureLocation.WestEurope) { CreationData = new DiskCreationData(DiskCreateOption.Empty), DiskSizeGB = 4 };
        Add(await killed.AnnounceAsync(id, CancellationToken.None), data.Tags);
        await run.EndAsync(await run.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, id.Name, data));
    }

    private static async Task MakeLeftGroupAsync(FlowRun run, TemporaryRun killed)
    {
        ResourceIdentifier id = ResourceGroupResource.CreateResourceIdentifier(run.Session.Context.SubscriptionId, killed.NameFor());
        ResourceGroupData data = new(AzureLocation.WestEurope);
        Add(await killed.AnnounceAsync(id, CancellationToken.None), data.Tags);
        await run.Session.Subscription.GetResourceGroups().CreateOrUpdateAsync(WaitUntil.Completed, id.Name, data);
    }

    private static void Add(IReadOnlyDictionary<string, string> tags, IDictionary<string, string> to)
    {
        foreach (KeyValuePair<string, string> tag in tags)
        {
            to[tag.Key] = tag.Value;
        }
    }
}

using AzImageTools.Disks;
using AzImageTools.Services.Backup;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Copy;
using AzImageTools.Services.Download;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Provision;
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
    private const string Send = "Send-AzVhd";
    private const string Read = "Get-AzVhdInfo";

    private static readonly PageBlobTarget Blob = new("sandboximages", "vhds", "source.vhd");

    public static IEnumerable<Flow> All =>
    [
        new("rights: read of a disk that asks for a sign-in", run => ReadAsync(run, Managed(run, ManagedDiskResource.ResourceType, "copy").ResourceId)) { Cmdlet = Read, Prepare = run => MakeSourceAsync(run, asksForSignIn: true) },
        new("rights: read of a snapshot that asks for a sign-in", run => ReadAsync(run, Managed(run, SnapshotResource.ResourceType, "snapshot").ResourceId)) { Cmdlet = Read, Prepare = run => MakeSourceAsync(run, asksForSignIn: true) },
        new("rights: read of a blob", run => ReadAsync(run, null)) { Cmdlet = Read, Prepare = MakeBlobAsync },
        new("rights: download of a disk that asks for a sign-in", run => DownloadAsync(run, Managed(run, ManagedDiskResource.ResourceType, "copy"))) { Cmdlet = "Receive-AzVhd", Prepare = run => MakeSourceAsync(run, asksForSignIn: true) },
        new("rights: download of a snapshot that asks for a sign-in", run => DownloadAsync(run, Managed(run, SnapshotResource.ResourceType, "snapshot"))) { Cmdlet = "Receive-AzVhd", Prepare = run => MakeSourceAsync(run, asksForSignIn: true) },
        new("rights: copy of a snapshot to its group's region", async run =>
        {
            using VhdCopier copier = new(1, run.Context.Time);
            CopyRequest request = new() { Source = Managed(run, SnapshotResource.ResourceType, "snapshot"), Destination = new SnapshotDestination(SandboxSession.Group, "copied") };
            return await PlanRunner.RunAsync(await copier.PlanAsync(run.Session, request, run.Context), run.Context);
        })
        {
            Cmdlet = "Copy-AzVhd",
            Prepare = run => MakeSourceAsync(run),
        },
        new("rights: generalization of a guest whose disk asks for a sign-in", GeneralizeAsync) { Cmdlet = "Invoke-AzVMGeneralization", Prepare = AskForSignInAsync },
        new("rights: capture of a guest whose disk asks for a sign-in", run => CaptureAsync(run, preservesSource: false)) { Cmdlet = "New-AzCapturedImage -Generalize", Prepare = AskForSignInAsync },
        new("rights: capture of a clone whose disk asks for a sign-in", run => CaptureAsync(run, preservesSource: true)) { Cmdlet = "New-AzCapturedImage -PreserveSource", Prepare = AskForSignInAsync },
        new("rights: list of backups", async run => await new VMBackupCatalogue(run.Session).ListAsync(new VMBackupFilter(), run.Context)) { Cmdlet = "Get-AzVMBackup" },
        new("rights: upload to a disk", run => UploadAsync(run, new ManagedDiskTarget(SandboxSession.Group, "sent"))) { Cmdlet = Send },
        new("rights: upload to a disk that asks for a sign-in", run => UploadAsync(run, new ManagedDiskTarget(SandboxSession.Group, "sent") { DataAccessAuthMode = "AzureActiveDirectory" })) { Cmdlet = Send },
        new("rights: upload to a blob", run => UploadAsync(run, new PageBlobTarget("sandboximages", "vhds", "sent.vhd"))) { Cmdlet = Send },
        new("rights: machine of a managed image", run => MachineAsync(run, IdOf(run, DiskImageResource.ResourceType, "image"))) { Cmdlet = "New-AzImageVM", Prepare = MakeImageAsync },
        new("rights: boot of a version", run => BootAsync(run, new ImageBootRequest { Source = Version(run), Script = "true", AllowOutboundAccess = true })) { Cmdlet = "Test-AzImageBoot" },
        new("rights: boot of a disk", run => BootAsync(run, new ImageBootRequest { Source = IdOf(run, ManagedDiskResource.ResourceType, "copy") })) { Cmdlet = "Test-AzImageBoot", Prepare = run => MakeSourceAsync(run) },
        new("rights: removal of a snapshot", RemoveAsync) { Cmdlet = "Remove-AzImageLeftover", Prepare = run => LeaveAsync(run, MakeLeftSnapshotAsync) },
        new("rights: removal of a disk", RemoveAsync) { Cmdlet = "Remove-AzImageLeftover", Prepare = run => LeaveAsync(run, MakeLeftDiskAsync) },
        new("rights: removal of a page blob", RemoveAsync) { Cmdlet = "Remove-AzImageLeftover", Prepare = run => LeaveOnTheWayAsync(run, "version of a disk, through a page blob") },
        new("rights: removal of a managed image", RemoveAsync) { Cmdlet = "Remove-AzImageLeftover", Prepare = run => LeaveOnTheWayAsync(run, "version of a disk, through a managed image") },
        new("rights: removal of a group", RemoveAsync) { Cmdlet = "Remove-AzImageLeftover", Prepare = run => LeaveAsync(run, MakeLeftGroupAsync) },
    ];

    private static string IdOf(FlowRun run, ResourceType type, string name) => $"{run.Group.Id}/providers/{type}/{name}";

    private static ManagedSource Managed(FlowRun run, ResourceType type, string name) => new() { ResourceId = IdOf(run, type, name) };

    private static string Version(FlowRun run)
        => GalleryImageVersionResource.CreateResourceIdentifier(run.Session.Context.SubscriptionId, SandboxSession.Group, SandboxSession.Gallery, "ubuntu", "1.0.0").ToString();

    private static Uri BlobUri(FlowRun run) => run.Session.Storage.BlobUri("sandboximages", "vhds", "source.vhd");

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

    private static async Task<object> MachineAsync(FlowRun run, string source)
    {
        MachineRequest request = new()
        {
            Name = "made",
            ResourceGroupName = SandboxSession.Group,
            Source = source,
            UserName = "admin1",
            SshPublicKeys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNhbmRib3hTYW5kYm94U2FuZGJveFNhbmRib3gx me@here"],
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

        return removed is [{ IsRemoved: true }] ? removed : throw new ImageServiceException(
            "Kept", ErrorKind.InvalidState, string.Join(" ", removed.Select(one => one.Reason).Concat(run.Log.Warnings)), string.Empty, nameof(RemoveAsync));
    }

    private static async Task<object> GeneralizeAsync(FlowRun run)
    {
        GeneralizationRequest request = new() { VMName = SandboxSession.LinuxVM, VMResourceGroupName = SandboxSession.Group };
        return await PlanRunner.RunAsync(await new GeneralizationService(run.Session).PlanAsync(request, run.Context), run.Context);
    }

    private static async Task<object> CaptureAsync(FlowRun run, bool preservesSource)
    {
        CaptureRequest request = new()
        {
            VMName = SandboxSession.LinuxVM,
            VMResourceGroupName = SandboxSession.Group,
            GalleryName = SandboxSession.Gallery,
            GalleryImageDefinitionName = "made",
            Generalize = !preservesSource,
            PreserveSource = preservesSource,
        };
        return await PlanRunner.RunAsync(await new CaptureService(run.Session).PlanAsync(request, run.Context), run.Context);
    }

    /// <summary>Has the OS disk of the Linux machine ask for a sign-in beside each signature. Azure wants it detached for that; the machine is read by a snapshot, which asks too.</summary>
    private static async Task AskForSignInAsync(FlowRun run)
    {
        ResourceIdentifier id = (await run.GetMachineAsync(SandboxSession.LinuxVM)).Data.StorageProfile.OSDisk.ManagedDisk.Id;
        ManagedDiskPatch patch = new() { DataAccessAuthMode = DataAccessAuthMode.AzureActiveDirectory };
        await run.EndAsync(await run.Session.Arm.GetManagedDiskResource(id).UpdateAsync(WaitUntil.Started, patch));
    }

    /// <summary>Makes a disk, and a snapshot of it.</summary>
    private static async Task MakeSourceAsync(FlowRun run, bool asksForSignIn = false)
    {
        DataAccessAuthMode? mode = asksForSignIn ? DataAccessAuthMode.AzureActiveDirectory : (DataAccessAuthMode?)null;
        VirtualMachineData machine = (await run.GetMachineAsync(SandboxSession.LinuxVM)).Data;
        ManagedDiskData copy = new(machine.Location)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = machine.StorageProfile.OSDisk.ManagedDisk.Id },
            DataAccessAuthMode = mode,
        };
        ManagedDiskResource disk = await run.EndAsync(await run.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, "copy", copy));
        SnapshotData snapshot = new(AzureLocation.WestEurope)
        {
            Incremental = true,
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = disk.Id },
            DataAccessAuthMode = mode,
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

    /// <summary>A run that publishes is killed when what it makes on the way is there.</summary>
    private static async Task LeaveOnTheWayAsync(FlowRun run, string flow)
    {
        Flow publication = Flow.All[flow];
        using FlowCloud other = await FlowCloud.PrepareAsync(publication);
        int version = (await other.RunAsync(publication)).Run.Wire.Calls.ToList().FindIndex(call => call.StartsWith("PUT ", StringComparison.Ordinal) && call.Contains("/versions/", StringComparison.Ordinal));
        await publication.Prepare(run);
        Assert.Null((await run.Cloud.RunAsync(publication, FlowFault.Killed, version)).Result);
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

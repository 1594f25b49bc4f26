using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Temporary;
using AzImageTools.Services.Tests.Capture;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Tests.Temporary;

/// <summary>A cloud with runs in it that make snapshots, disks and groups, on this machine and on others.</summary>
internal sealed class RunScene : IAsyncDisposable
{
    private readonly List<ImageSession> _others = [];
    private readonly string _folders = Directory.CreateTempSubdirectory("azimagetools-runs-").FullName;

    private RunScene(CloudTime time, SandboxSession sandbox)
    {
        Time = time;
        Sandbox = sandbox;
    }

    public CloudTime Time { get; }

    public SandboxSession Sandbox { get; }

    public string Folder => Sandbox.Session.RunFolder!;

    public static async Task<RunScene> StartAsync()
    {
        CloudTime time = new();
        return new RunScene(time, await SandboxSession.StartAsync(new SandboxOptions { TimeProvider = time }));
    }

    /// <summary>A session of another machine, whose manifests this one does not see.</summary>
    public async Task<ImageSession> ConnectElsewhereAsync()
    {
        ImageSession session = await Sandbox.ConnectAgainAsync(Path.Combine(_folders, Guid.NewGuid().ToString("N")));
        _others.Add(session);
        return session;
    }

    public Task<TemporaryRun> BeginAsync(string purpose = "read", ImageSession? session = null)
        => TemporaryRun.BeginAsync(session ?? Sandbox.Session, purpose, userTags: null, Sandbox.Context);

    public ResourceIdentifier SnapshotId(string name) => SnapshotResource.CreateResourceIdentifier(Sandbox.Session.Context.SubscriptionId, SandboxSession.Group, name);

    public async Task<ResourceIdentifier> MakeSnapshotAsync(TemporaryRun run, string part = "os")
    {
        ResourceIdentifier id = SnapshotId(run.NameFor(part));
        await MakeSnapshotAsync(id, await run.AnnounceAsync(id, CancellationToken.None));
        return id;
    }

    public async Task MakeSnapshotAsync(ResourceIdentifier id, IReadOnlyDictionary<string, string> tags)
    {
        VirtualMachineResource machine = await Sandbox.GetVMAsync(SandboxSession.LinuxVM);
        SnapshotData data = new(AzureLocation.WestEurope)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = machine.Data.StorageProfile.OSDisk.ManagedDisk.Id },
            Incremental = true,
        };
        Add(tags, data.Tags);
        await OperationWaiter.WaitAsync(await Group(id).GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, id.Name, data), Sandbox.Context);
    }

    public async Task<ResourceIdentifier> MakeDiskAsync(TemporaryRun run, string part = "disk")
    {
        ResourceIdentifier id = ManagedDiskResource.CreateResourceIdentifier(Sandbox.Session.Context.SubscriptionId, SandboxSession.Group, run.NameFor(part));
        ManagedDiskData data = new(AzureLocation.WestEurope) { CreationData = new DiskCreationData(DiskCreateOption.Empty), DiskSizeGB = 4 };
        Add(await run.AnnounceAsync(id, CancellationToken.None), data.Tags);
        await Sandbox.CreateDiskAsync(id.Name, data);
        return id;
    }

    public async Task<ResourceIdentifier> MakeGroupAsync(TemporaryRun run)
    {
        ResourceIdentifier id = ResourceGroupResource.CreateResourceIdentifier(Sandbox.Session.Context.SubscriptionId, run.NameFor());
        ResourceGroupData data = new(AzureLocation.WestEurope);
        Add(await run.AnnounceAsync(id, CancellationToken.None), data.Tags);
        await Sandbox.Session.Subscription.GetResourceGroups().CreateOrUpdateAsync(WaitUntil.Completed, id.Name, data);
        return id;
    }

    /// <summary>Makes a run end as if its process had been killed: what it made stays, and nobody has its manifest open.</summary>
    public static ValueTask KillAsync(TemporaryRun run) => run.DisposeAsync();

    public async Task<bool> ExistsAsync(ResourceIdentifier id, ImageSession? session = null)
        => await TemporaryResource.FindAsync(session ?? Sandbox.Session, id, CancellationToken.None) is not null;

    public async Task<IReadOnlyList<ImageLeftover>> RemoveAsync(ImageSession? session = null, LeftoverRequest? request = null)
    {
        List<ImageLeftover> all = [];
        foreach (RunLeftovers run in await new LeftoverService(session ?? Sandbox.Session).FindAsync(request ?? new LeftoverRequest(), Sandbox.Context))
        {
            using (run)
            {
                all.AddRange(run.Kept);
                if (run.Plan is not null)
                {
                    all.AddRange(await PlanRunner.RunAsync(run.Plan, Sandbox.Context));
                }
            }
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        _others.ForEach(session => session.Dispose());
        Sandbox.Dispose();
        Directory.Delete(_folders, recursive: true);
        await Task.CompletedTask;
    }

    private ResourceGroupResource Group(ResourceIdentifier id)
        => Sandbox.Session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(id.SubscriptionId, id.ResourceGroupName));

    private static void Add(IReadOnlyDictionary<string, string> tags, IDictionary<string, string> to)
    {
        foreach (KeyValuePair<string, string> tag in tags)
        {
            to[tag.Key] = tag.Value;
        }
    }
}

using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;
using AzImageTools.Services.Tests.Plans;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>A client of a cloud, in a process of its own as far as the cloud can tell.</summary>
internal sealed class FlowRun(FlowCloud cloud, ImageSession session, FaultWire wire) : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();

    public FlowCloud Cloud => cloud;

    public ImageSession Session => session;

    public FaultWire Wire => wire;

    public RecordingLog Log { get; } = new();

    public OperationContext Context => new() { Log = Log, Cancellation = _cancellation.Token, Time = cloud.Time };

    /// <summary>Where it leaves notes for later runs.</summary>
    public string Folder => cloud.Folder;

    /// <summary>Whether it works beside another run of the flow, on another machine and under other names.</summary>
    public bool IsBeside { get; init; }

    /// <summary>The machine to work with.</summary>
    public string Machine => IsBeside ? SandboxSession.LinuxVM : SandboxSession.WindowsVM;

    public ResourceGroupResource Group => session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(session.Context.SubscriptionId, SandboxSession.Group));

    /// <summary>A name for what the run makes: another beside another run.</summary>
    public string Own(string name) => IsBeside ? name + "-beside" : name;

    public async Task<VirtualMachineResource> GetMachineAsync(string name) => (await Group.GetVirtualMachineAsync(name, InstanceViewType.InstanceView)).Value;

    /// <summary>Waits for what was started.</summary>
    public Task<T> EndAsync<T>(Operation<T> operation)
        where T : notnull => OperationWaiter.WaitAsync(operation, Context);

    public void Cancel() => _cancellation.Cancel();

    public void Dispose()
    {
        session.Dispose();
        _cancellation.Dispose();
    }
}

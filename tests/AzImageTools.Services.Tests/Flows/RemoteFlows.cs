using AzImageTools.Services.Remote;
using AzImageTools.Services.Tests.Capture;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>Disks that are read where they lie.</summary>
internal static class RemoteFlows
{
    public static IEnumerable<Flow> All =>
    [
        new("read of a machine's disk", run => ReadAsync(run, "virtualMachines", run.Machine)),
    ];

    private static async Task<object> ReadAsync(FlowRun run, string type, string name)
    {
        string id = $"/subscriptions/{run.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/{type}/{name}";
        await using RemoteDisk disk = await new RemoteDiskService(run.Session).OpenAsync(new RemoteDiskRequest { ResourceId = id }, run.Context);
        return new { Guest = disk.Image.Info.Guest?.ToString() };
    }
}

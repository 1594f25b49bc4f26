using AzImageTools.Services.Plans;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Temporary;
using AzImageTools.Services.Tests.Capture;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>Disks that are read where they lie.</summary>
internal static class RemoteFlows
{
    private const string Read = "Get-AzVhdInfo";

    public static IEnumerable<Flow> All =>
    [
        OfMachine,
        new("read of a disk", run => ReadAsync(run, "disks", run.Own("copy"))) { Cmdlet = Read, Prepare = TransferFlows.MakeSourcesAsync, TimeToRerun = TimeSpan.FromMinutes(2), Share = 2 },
        new("read of a snapshot", run => ReadAsync(run, "snapshots", run.Own("snapshot"))) { Cmdlet = Read, Prepare = TransferFlows.MakeSourcesAsync, TimeToRerun = TimeSpan.FromMinutes(2), Share = 2 },
        new("removal of what a killed run left", RemoveLeftoverAsync) { Prepare = LeaveAsync, Share = 2 },
    ];

    private static Flow OfMachine => new("read of a machine's disk", run => ReadAsync(run, "virtualMachines", run.Machine)) { Cmdlet = Read };

    /// <summary>Kills a client that reads, when its snapshot is there.</summary>
    private static async Task LeaveAsync(FlowRun run)
    {
        FlowEnd whole = await run.Cloud.RunAsync(OfMachine);
        int open = whole.Run.Wire.Calls.ToList().FindIndex(call => call.EndsWith("/beginGetAccess", StringComparison.Ordinal));
        FlowEnd killed = await run.Cloud.RunAsync(OfMachine, FlowFault.Killed, open);
        Assert.True(open > 0 && killed.Result is null, killed.Told);
    }

    /// <summary>Two of them at once: one has the manifest, the other is told that the run goes on.</summary>
    private static async Task<object> RemoveLeftoverAsync(FlowRun run)
    {
        foreach (RunLeftovers left in await new LeftoverService(run.Session).FindAsync(new LeftoverRequest(), run.Context))
        {
            using (left)
            {
                foreach (ImageLeftover one in left.Plan is null ? left.Kept : await PlanRunner.RunAsync(left.Plan, run.Context))
                {
                    if (!one.IsRemoved)
                    {
                        run.Context.Log.Warning($"{one.Id} is kept. {one.Reason}");
                    }
                }
            }
        }

        return "looked for";
    }

    private static async Task<object> ReadAsync(FlowRun run, string type, string name)
    {
        string id = $"/subscriptions/{run.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/{type}/{name}";
        await using RemoteDisk disk = await new RemoteDiskService(run.Session).OpenAsync(new RemoteDiskRequest { ResourceId = id }, run.Context);
        return new { Guest = disk.Image.Info.Guest?.ToString() };
    }
}

using AzImageTools.Services.Backup;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;
using Azure;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>Backups of machines, and their return.</summary>
internal static class BackupFlows
{
    private const string Name = "saved";
    private const string Backup = "Backup-AzVMDisk";
    private const string Restore = "Restore-AzVMBackup";

    public static IEnumerable<Flow> All =>
    [
        new("backup by snapshots", run => BackUpAsync(run, VMBackupKind.Snapshot)) { Cmdlet = Backup, AsksToDelete = true },
        new("backup by a restore point", run => BackUpAsync(run, VMBackupKind.RestorePoint)) { Cmdlet = Backup, AsksToDelete = true },
        new("restore in place", run => RestoreAsync(run)) { Cmdlet = Restore, IsRemovedAfterKill = IsBeforeStart, Prepare = run => PrepareAsync(run, VMBackupKind.Snapshot, _ => Task.CompletedTask) },
        new("restore beside", run => RestoreAsync(run, "second")) { Cmdlet = Restore, IsRemovedAfterKill = IsBeforeMachine, Prepare = run => PrepareAsync(run, VMBackupKind.RestorePoint, _ => Task.CompletedTask) },
        new("restore of a machine that is gone", run => RestoreAsync(run)) { Cmdlet = Restore, IsRemovedAfterKill = IsBeforeMachine, Prepare = run => PrepareAsync(run, VMBackupKind.Snapshot, machine => DeleteAsync(machine, run)) },
        new("restore of a generalized machine", run => RestoreAsync(run)) { Cmdlet = Restore, IsRemovedAfterKill = IsBeforeMachine, Prepare = run => PrepareAsync(run, VMBackupKind.RestorePoint, machine => GeneralizeAsync(machine, run)) },
    ];

    /// <summary>A machine that was reached is stopped or restored: the next run begins with that.</summary>
    private static bool IsBeforeMachine(IEnumerable<string> calls)
        => !calls.Any(call => call.Contains("/virtualMachines/", StringComparison.OrdinalIgnoreCase) && !call.StartsWith("GET ", StringComparison.Ordinal));

    /// <summary>A machine that may have run on the disks of the first keeps them beside.</summary>
    private static bool IsBeforeStart(IEnumerable<string> calls) => !calls.Any(call => call.StartsWith("POST ", StringComparison.Ordinal) && call.EndsWith("/start", StringComparison.Ordinal));

    private static async Task<object> BackUpAsync(FlowRun run, VMBackupKind kind)
    {
        VMBackupRequest request = new() { VMName = run.Machine, ResourceGroupName = SandboxSession.Group, Name = run.Own(Name), Kind = kind };
        return await PlanRunner.RunAsync(await new VMBackupService(run.Session).PlanAsync(request, run.Context), run.Context);
    }

    private static async Task<object> RestoreAsync(FlowRun run, string? name = null)
    {
        VMRestoreRequest request = new() { BackupName = run.Own(Name), ResourceGroupName = SandboxSession.Group, VMName = name is null ? null : run.Own(name) };
        return await PlanRunner.RunAsync(await new VMRestoreService(run.Session).PlanAsync(request, run.Context), run.Context);
    }

    /// <summary>Backs both machines up, and lets something become of them.</summary>
    private static async Task PrepareAsync(FlowRun run, VMBackupKind kind, Func<VirtualMachineResource, Task> become)
    {
        await BackUpAsync(run, kind);
        using FlowRun beside = await run.Cloud.ConnectAsync(isBeside: true);
        await BackUpAsync(beside, kind);
        await become(await run.GetMachineAsync(run.Machine));
        await become(await run.GetMachineAsync(beside.Machine));
    }

    private static async Task DeleteAsync(VirtualMachineResource machine, FlowRun run)
        => await OperationWaiter.WaitAsync(await machine.DeleteAsync(WaitUntil.Started), run.Context);

    private static async Task GeneralizeAsync(VirtualMachineResource machine, FlowRun run)
    {
        await OperationWaiter.WaitAsync(await machine.DeallocateAsync(WaitUntil.Started), run.Context);
        await machine.GeneralizeAsync();
    }
}

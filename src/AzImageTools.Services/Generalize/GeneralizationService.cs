using System.Globalization;
using AzImageTools.Services.Backup;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Generalize;

/// <summary>Generalizes the guests of virtual machines: Windows by Sysprep, Linux by its agent and cloud-init.</summary>
/// <param name="session">The session.</param>
public sealed class GeneralizationService(ImageSession session)
{
    /// <summary>A run command's.</summary>
    private const int OwnTags = 2;

    /// <summary>A backup's name has 74 characters at most.</summary>
    private const int LongestMachineName = 34;

    /// <summary>Checks the request and the virtual machine, and plans. Changes nothing.</summary>
    /// <param name="request">Which machine, and how.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>
    /// The plan, for <see cref="PlanRunner"/>, whose steps refuse a guest that is not ready (ReadinessBlocked) or not known (GuestNotRecognized), and tell
    /// how it ended where it ended badly (SysprepFailed, DeprovisionFailed, GeneralizationTimedOut, GuestNotGeneralized). Of a machine that has stopped
    /// the guest is judged only.
    /// </returns>
    /// <exception cref="ImageServiceException">
    /// The machine is not there, has no disk that can be read (OsDiskEphemeral, OsDiskUnmanaged, DiskAccessForbidden, DiskAccessIdMissing), neither runs nor has stopped (VMNotRunning), or its agent
    /// is silent (VMAgentNotReady); a tag or the timeout is not valid; a lock, the caller's roles or a policy forbid a step.
    /// </exception>
    public async Task<Plan<GeneralizationResult>> PlanAsync(GeneralizationRequest request, OperationContext context)
    {
        RunTag.Check(request.Tag, OwnTags);
        GuestMachine machine = await GuestMachine.ReadAsync(session, request, context).ConfigureAwait(false);
        GuestGeneralization guest = await GuestGeneralization.PlanAsync(session, machine, request, context).ConfigureAwait(false);
        string name = BackupNameOf(machine, context.Time.GetUtcNow());
        Plan<VMBackup>? backup = request.NoBackup || !guest.IsUntouched ? null : await new VMBackupService(session).PlanAsync(
            new VMBackupRequest { VMId = machine.Id.ToString(), Name = name, Tag = request.Tag }, context).ConfigureAwait(false);
        Step[] steps = [.. guest.Readiness, .. Kept(backup, guest, $"To go back: Restore-AzVMBackup -ResourceGroupName {machine.Id.ResourceGroupName} -BackupName {name}."), .. guest.Changes];
        await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
        return new Plan<GeneralizationResult>(
            guest.Change is null ? "Judge whether the guest is generalized" : "Generalize the guest",
            machine.Description,
            steps,
            async run => guest.ToResult(backup is null ? [] : IdsOf(await backup.ReadResult(run).ConfigureAwait(false)), run.Time.GetUtcNow()))
        {
            RunFolder = session.RunFolder,
        };
    }

    private static IReadOnlyList<string> IdsOf(VMBackup backup) => [.. backup.DiskIds.Prepend(backup.Id).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>A backup's steps, kept once the guest is changed; the last of them tells the way back.</summary>
    private static IEnumerable<Step> Kept(Plan<VMBackup>? backup, GuestGeneralization guest, string wayBack)
        => backup is null ? [] : backup.Steps.Select((step, index) => step.KeptFor(guest.Change!, index == backup.Steps.Count - 1 ? wayBack : null));

    /// <summary>Two in the same second must not overwrite each other's.</summary>
    private static string BackupNameOf(GuestMachine machine, DateTimeOffset now)
    {
        string name = machine.Id.Name;
        return name.Substring(0, Math.Min(name.Length, LongestMachineName)) + now.ToString("'-before-generalizing-'yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "-" + RunTag.NewRunId().Substring(0, 4);
    }
}

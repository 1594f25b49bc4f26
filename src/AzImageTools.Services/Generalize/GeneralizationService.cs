using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Generalize;

/// <summary>Generalizes the guests of virtual machines: Windows by Sysprep, Linux by its agent and cloud-init.</summary>
/// <param name="session">The session.</param>
public sealed class GeneralizationService(ImageSession session)
{
    /// <summary>A snapshot's: the run's, and the machine's.</summary>
    private const int OwnTags = 2;

    /// <summary>Checks the request and the virtual machine, and plans. Changes nothing.</summary>
    /// <param name="request">Which machine, and how.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>
    /// The plan, for <see cref="PlanRunner"/>, whose steps refuse a guest that is not ready (ReadinessBlocked) or not known (GuestNotRecognized), and tell
    /// how it ended where it ended badly (SysprepFailed, DeprovisionFailed, GeneralizationTimedOut, GuestNotGeneralized). Of a machine that has stopped
    /// the guest is judged only.
    /// </returns>
    /// <exception cref="ImageServiceException">
    /// The machine is not there, has no disk that can be read (OsDiskEphemeral, OsDiskUnmanaged), neither runs nor has stopped (VMNotRunning), or its agent
    /// is silent (VMAgentNotReady); a tag or the timeout is not valid; a lock, the caller's roles or a policy forbid a step.
    /// </exception>
    public async Task<Plan<GeneralizationResult>> PlanAsync(GeneralizationRequest request, OperationContext context)
    {
        RunTag.Check(request.Tag, OwnTags);
        GuestMachine machine = await GuestMachine.ReadAsync(session, request, context).ConfigureAwait(false);
        GuestGeneralization guest = await GuestGeneralization.PlanAsync(session, machine, request, context).ConfigureAwait(false);
        OsDiskBackup? backup = request.NoBackup || !guest.IsUntouched ? null : new OsDiskBackup(session, machine.Id, machine.UniqueId, machine.OsDisk, request.Tag, context.Time.GetUtcNow());
        Step[] steps =
        [
            .. guest.Readiness,
            .. backup is null ? Array.Empty<Step>() : [backup.CreateStep(guest.Change!, backup.WayBack)],
            .. guest.Changes,
        ];
        await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
        IReadOnlyList<string> backupIds = backup is null ? [] : [backup.Id.ToString()];
        return new Plan<GeneralizationResult>(
            guest.Change is null ? "Judge whether the guest is generalized" : "Generalize the guest",
            machine.Description,
            steps,
            run => Task.FromResult(guest.ToResult(backupIds, run.Time.GetUtcNow())));
    }
}

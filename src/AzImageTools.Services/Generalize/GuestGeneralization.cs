using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Readiness.Rules;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Generalize;

/// <summary>
/// The steps that generalize a machine's guest. That it worked is told by two things alone: the machine has stopped, and its disk is generalized
/// by our own readers. What a command returns may be missing or wrong, and is only repeated where something failed.
/// </summary>
internal sealed class GuestGeneralization
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(10);

    /// <summary>The command may outlive what the guest is given, so that it is never what ends the guest's work.</summary>
    private static readonly TimeSpan CommandReserve = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan WindowsTimeout = TimeSpan.FromMinutes(60);
    private static readonly TimeSpan LinuxTimeout = TimeSpan.FromMinutes(20);

    private const string HalfWay = "Go back to the backup: no machine starts well from what is half generalized.";

    private readonly ImageSession _session;
    private readonly GuestMachine _machine;
    private readonly GeneralizationRequest _request;
    private readonly GuestReadiness _readiness;
    private readonly MachineCommand _evidenceCommand;
    private readonly MachineCommand _command;
    private readonly bool _isUnderWay;
    private readonly TimeSpan _timeout;
    private readonly List<GeneralizationStage> _stages = [];
    private GuestVerdict? _verdict;

    private GuestGeneralization(ImageSession session, GuestMachine machine, GeneralizationRequest request, MachineCommand? underWay)
    {
        _session = session;
        _machine = machine;
        _request = request;
        _readiness = new GuestReadiness(machine, request.ExcludedRules);
        string suffix = RunTag.NewRunId();
        _evidenceCommand = new MachineCommand(session, machine.Id, machine.Location, LiveEvidence.NamePrefix + suffix);
        _isUnderWay = underWay is not null;
        _command = underWay ?? new MachineCommand(session, machine.Id, machine.Location, PrefixOf(machine) + suffix);
        _timeout = request.Timeout ?? (machine.IsWindows ? WindowsTimeout : LinuxTimeout);

        // A run that broke off goes on where the guest is: at work, or stopped.
        Readiness = machine.IsStopped || _isUnderWay ? [] : [ReadinessStep(), EvidenceStep()];
        Change = machine.IsStopped ? null : ChangeStep();
        Judgement = JudgeStep();
    }

    /// <summary>What is asked before anything is changed; nothing of a guest that has stopped, or that an earlier run has at work.</summary>
    public IReadOnlyList<Step> Readiness { get; }

    /// <summary>Changes the guest, which can't be undone; null for one that has stopped.</summary>
    public Step? Change { get; }

    /// <summary>Judges the guest that has stopped.</summary>
    public Step Judgement { get; }

    /// <summary>Whether the guest is still what it was before, so that a backup of it is one.</summary>
    public bool IsUntouched => Readiness.Count > 0;

    /// <summary>What changes the guest, and judges it.</summary>
    public IReadOnlyList<Step> Changes => Change is null ? [Judgement] : [Change, Judgement];

    private GuestScript Script => ScriptOf(_machine);

    private string Way => _machine.IsWindows ? "Sysprep" : "deprovisioning";

    /// <summary>Plans the steps.</summary>
    /// <param name="session">The session.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="request">How.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">Nothing can be run in the guest (VMNotRunning, VMAgentNotReady), its disk can't be read (DiskAccessForbidden, DiskAccessIdMissing), or the time is none that it can be given (TimeoutInvalid).</exception>
    public static async Task<GuestGeneralization> PlanAsync(ImageSession session, GuestMachine machine, GeneralizationRequest request, OperationContext context)
    {
        if (request.Timeout is { } timeout && (timeout < TimeSpan.FromMinutes(1) || timeout > TimeSpan.FromMinutes(GeneralizationRequest.MostTimeoutMinutes)))
        {
            throw new ImageServiceException(
                "TimeoutInvalid",
                ErrorKind.InvalidArgument,
                FormattableString.Invariant($"A guest can't be given {timeout.TotalMinutes} minutes."),
                FormattableString.Invariant($"Give it 1 to {GeneralizationRequest.MostTimeoutMinutes}."),
                nameof(GeneralizationRequest.Timeout));
        }

        // What forbids to read the disk is told before anything is begun.
        _ = await new RemoteDiskService(session).PlanAsync(DiskOf(machine, request), context).ConfigureAwait(false);
        if (machine.IsStopped)
        {
            return new GuestGeneralization(session, machine, request, underWay: null);
        }

        MachineCommand? underWay = await MachineCommand.FindRunningAsync(session, machine.Id, machine.Location, PrefixOf(machine), context).ConfigureAwait(false);
        if (underWay is null && await machine.HasStoppedAsync(session, context).ConfigureAwait(false))
        {
            // It has ended meanwhile.
            return new GuestGeneralization(session, machine with { PowerState = "stopped" }, request, underWay: null);
        }

        if (underWay is null)
        {
            machine.CheckReachable();
        }
        else
        {
            context.Log.Warning($"The guest of the {machine.Description} is at work already, by the run command '{underWay.Id.Name}' of an earlier run: nothing is started, and no backup is taken.");
        }

        return new GuestGeneralization(session, machine, request, underWay);
    }

    /// <summary>How a machine's OS disk is read.</summary>
    public static RemoteDiskRequest DiskOf(GuestMachine machine, GeneralizationRequest request) => new()
    {
        ResourceId = machine.Id.ToString(),
        DiskAccessId = request.DiskAccessId,
        TemporaryResourceGroupName = request.TemporaryResourceGroupName,
        Tags = request.Tag,
    };

    private static GuestScript ScriptOf(GuestMachine machine) => machine.IsWindows ? GuestScript.Sysprep : GuestScript.Deprovision;

    private static string PrefixOf(GuestMachine machine) => $"azimagetools-{ScriptOf(machine).Id}-";

    /// <summary>What came of it, once the steps have run.</summary>
    /// <param name="backupIds">The backup.</param>
    /// <param name="now">The time.</param>
    public GeneralizationResult ToResult(IReadOnlyList<string> backupIds, DateTimeOffset now)
    {
        GuestVerdict verdict = _verdict ?? throw new InvalidOperationException("The guest has not been judged.");
        TimeSpan duration = new(_stages.Sum(stage => stage.Duration.Ticks));
        return new GeneralizationResult
        {
            Id = _machine.Id.ToString(),
            Name = _machine.Id.Name,
            ResourceGroupName = _machine.Id.ResourceGroupName ?? string.Empty,
            Location = _machine.Location.Name,
            SubscriptionId = _machine.Id.SubscriptionId ?? string.Empty,
            Method = Change is null ? GeneralizationMethod.None : _machine.IsWindows ? GeneralizationMethod.Sysprep : GeneralizationMethod.Deprovision,
            Generalization = verdict.State,
            Evidence = verdict.Evidence,
            Warnings = _readiness.Warnings,
            NotChecked = _readiness.NotChecked,
            BackupIds = backupIds,
            ScriptVersion = Change is null ? 0 : Script.Version,
            RunCommandId = Change is null ? null : _command.Id.ToString(),
            Stages = [.. _stages],
            StartTime = now - duration,
            Duration = duration,
        };
    }

    /// <summary>What these steps make is removed again by themselves, whatever happens.</summary>
    private static Task<bool> UndoesItself(StepRun run) => Task.FromResult(false);

    private Step ReadinessStep() => new(run => TimeAsync("Judge the readiness by the disk", run, async () =>
    {
        CancellationToken cancellation = run.Cancellation;
        _readiness.TakeOffline(await GuestDisks.ReadAsync(_session, DiskOf(_machine, _request), guest => _readiness.Judge(guest, cancellation), run.Context).ConfigureAwait(false));
    }))
    {
        Title = "Judge by the OS disk whether the guest is ready",
        Effect = StepEffect.Creates,
        Target = $"a snapshot of OS disk '{_machine.OsDisk.Name}', deleted again",
        OnFailure = FailureAction.Undo,
        Undo = UndoesItself,
        Note = "A blocker ends it here.",
    };

    private Step EvidenceStep() => new(run => TimeAsync("Gather what only the running machine shows", run, async () =>
    {
        (EvidenceGuest? evidence, string? problem) = await LiveEvidence.GatherAsync(_session, _machine, _evidenceCommand, run, _request.Tag).ConfigureAwait(false);
        if (evidence is not null)
        {
            _readiness.TakeLive(evidence, run.Cancellation);
        }

        if (_readiness.NotChecked.Count > 0)
        {
            run.Context.Log.Warning(
                $"Of the {_machine.Description} it stays open what these rules ask, any of which would have ended it here: {string.Join(", ", _readiness.NotChecked)}. {(problem is null ? string.Empty : problem + " ")}It goes on. {(_machine.IsWindows ? "Where one of them fails, Sysprep mostly ends without a change." : "Where one of them fails, machines made of the image may not work.")}");
        }
        else if (problem is not null)
        {
            run.Context.Log.Verbose($"What only the running machine shows was not gathered, and no blocker asks for it: {problem}");
        }
    }))
    {
        Title = "Gather in the guest what only the running machine shows",
        Effect = StepEffect.Creates,
        Target = $"run command '{_evidenceCommand.Id.Name}' of {_machine.Description}, deleted again",
        OnFailure = FailureAction.Undo,
        Undo = UndoesItself,
        Note = "It changes nothing in the guest. What does not come back stays open, and stops nothing.",
        Changes = [_evidenceCommand.Change(_request.Tag), new ResourceChange(_evidenceCommand.Id, $"{_evidenceCommand.Id.ResourceType}/delete")],
    };

    private Step ChangeStep() => new(run => TimeAsync($"Run {Way} and wait until the guest has stopped", run, () => RunAsync(run)))
    {
        Title = $"Run {Way} in the guest, and wait until it has stopped",
        Effect = StepEffect.Changes,
        Target = $"the guest of {_machine.Description}, by run command '{_command.Id.Name}'",
        OnFailure = FailureAction.Keep,
        Note = FormattableString.Invariant($"This can't be undone: the guest gives up its identity{(_machine.IsWindows ? string.Empty : ", the user that Azure made with his home folder,")} and stops. It is given {_timeout.TotalMinutes:0} minutes. The run command stays with the machine."),
        Changes = _request.IsClone ? [_command.Change(_request.Tag)] : [_command.Change(_request.Tag), ResourceChange.Act(_machine.Id, "start")],
        Weight = 10,
    };

    private Step JudgeStep() => new(run => TimeAsync("Judge the stopped guest by its disk", run, async () =>
    {
        _verdict = await JudgeAsync(run.Context).ConfigureAwait(false);
        if (_verdict.State != GeneralizationState.Generalized)
        {
            throw await NotGeneralizedAsync(_verdict, run).ConfigureAwait(false);
        }
    }))
    {
        Title = "Judge by the OS disk whether the stopped guest is generalized",
        Effect = StepEffect.Creates,
        Target = $"a snapshot of OS disk '{_machine.OsDisk.Name}', deleted again",
        OnFailure = FailureAction.Undo,
        Undo = UndoesItself,
    };

    private async Task RunAsync(StepRun run)
    {
        string minutes = ((int)Math.Ceiling(_timeout.TotalMinutes)).ToString(CultureInfo.InvariantCulture);
        if (!_isUnderWay)
        {
            await _command.StartAsync(Script, _machine.IsWindows ? ("TimeoutMinutes", minutes) : null, _timeout + CommandReserve, run, _request.Tag).ConfigureAwait(false);
        }

        LookTimeout timeout = new(_timeout, run.Context.Time);
        MachineCommandView view = MachineCommandView.None;
        while (true)
        {
            TimeSpan passed = timeout.Elapsed;
            try
            {
                if (await _machine.HasStoppedAsync(_session, run.Context).ConfigureAwait(false))
                {
                    return;
                }

                view = await _command.ReadAsync(run.Context).ConfigureAwait(false);
            }
            catch (ImageServiceException failure) when (failure.Kind is ErrorKind.Connection or ErrorKind.Timeout or ErrorKind.LimitExceeded && passed <= _timeout)
            {
                // The guest goes on whether it can be watched or not.
                run.Context.Log.Verbose($"How the guest is doing can't be seen now: {failure.Message}");
            }

            if (view.HasFailed && !view.IsAtWorkAlready)
            {
                throw await FailedAsync(view, run).ConfigureAwait(false);
            }

            if (timeout.IsOver())
            {
                throw await TimedOutAsync(view, run).ConfigureAwait(false);
            }

            run.Context.Progress.Report(new OperationProgress
            {
                Activity = $"{Way} in {_machine.Id.Name}",
                Status = FormattableString.Invariant($"{(int)passed.TotalMinutes} of at most {_timeout.TotalMinutes:0} minutes"),
                PercentComplete = Math.Min(100, 100 * passed.TotalSeconds / _timeout.TotalSeconds),
            });
            await run.Context.Time.Delay(_session.BetweenLooks(PollInterval), run.Cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The script has ended with an error, and the guest runs.</summary>
    private async Task<ImageServiceException> FailedAsync(MachineCommandView view, StepRun run)
    {
        // It has ended: to delete it ends nothing.
        await _command.DeleteAsync(run).ConfigureAwait(false);
        GuestVerdict verdict = await JudgeAsync(run.Context).ConfigureAwait(false);
        return new ImageServiceException(
            _machine.IsWindows ? "SysprepFailed" : "DeprovisionFailed",
            ErrorKind.InvalidState,
            $"{Sentence(Way)} failed in the {_machine.Description}, which runs on and is {InWords(verdict.State)}.{Told(verdict, view)}",
            Remedy(verdict, verdict.State == GeneralizationState.NotGeneralized ? "Then run the same command again." : HalfWay),
            _machine.Id.ToString());
    }

    /// <summary>The guest has not stopped in its time. It is left alone: to end what runs in it would leave it half generalized.</summary>
    private async Task<ImageServiceException> TimedOutAsync(MachineCommandView view, StepRun run)
    {
        GuestVerdict verdict = await JudgeAsync(run.Context).ConfigureAwait(false);
        string reason = view.IsLost || view.State.Length == 0 ? "its agent tells nothing of the script any more" : $"its agent tells that the script is {view.State}";
        return new ImageServiceException(
            "GeneralizationTimedOut",
            ErrorKind.Timeout,
            FormattableString.Invariant($"The {_machine.Description} has not stopped in {_timeout.TotalMinutes:0} minutes: {reason}, and the disk is {InWords(verdict.State)}.{Told(verdict, view)}"),
            Remedy(verdict, $"It was left alone, and may still end: to end it, or to delete the run command {_command.Id}, would leave it half generalized. When it has stopped, run the same command again, which then only judges the disk; if it never does, go back to the backup."),
            _machine.Id.ToString());
    }

    /// <summary>The guest has stopped, and is not generalized. One that is what it was is started again, as it was found.</summary>
    private async Task<ImageServiceException> NotGeneralizedAsync(GuestVerdict verdict, StepRun run)
    {
        bool isStarted = Change is not null && !_request.IsClone && verdict.State == GeneralizationState.NotGeneralized && await TryStartAsync(run).ConfigureAwait(false);
        string remedy = verdict.State switch
        {
            GeneralizationState.NotGeneralized when Change is null => "Start it (Start-AzVM), and run the same command again.",
            GeneralizationState.NotGeneralized => isStarted ? "It was started again: look into its logs, then run the same command again." : "Start it (Start-AzVM), look into its logs, then run the same command again.",
            GeneralizationState.Undetermined => "Do what is left by hand, or set the agent's own configuration so that it does; then run the same command again.",
            _ => HalfWay,
        };
        return new ImageServiceException(
            "GuestNotGeneralized",
            ErrorKind.InvalidState,
            $"The {_machine.Description} has stopped, and its disk is {InWords(verdict.State)}: {string.Join("; ", verdict.Evidence)}.{Told(verdict, view: null)}",
            Remedy(verdict, remedy),
            _machine.Id.ToString());
    }

    private async Task<bool> TryStartAsync(StepRun run)
    {
        try
        {
            await _machine.StartAsync(_session, run.Context).ConfigureAwait(false);
            return true;
        }
        catch (ImageServiceException failure)
        {
            run.Context.Log.Warning($"The {_machine.Description} could not be started again: {failure.Message}");
            return false;
        }
    }

    /// <summary>What to do about the cause, and then.</summary>
    private string Remedy(GuestVerdict verdict, string then)
        => $"{(verdict.Remedy is null ? string.Empty : verdict.Remedy + " ")}{(_request.IsClone ? "This is a clone, which goes; its source was not touched. Mend the cause there, then run the same command again." : then)}";

    private Task<GuestVerdict> JudgeAsync(OperationContext context) => GuestDisks.ReadAsync(_session, DiskOf(_machine, _request), guest => GuestVerdict.Judge(guest, context.Cancellation), context);

    private async Task TimeAsync(string title, StepRun run, Func<Task> action)
    {
        long began = run.Context.Time.GetTimestamp();
        await action().ConfigureAwait(false);
        _stages.Add(new GeneralizationStage(title, run.Context.Time.GetElapsedTime(began)));
    }

    /// <summary>What went wrong, as the disk tells; else what the command returned, where it did.</summary>
    private static string Told(GuestVerdict verdict, MachineCommandView? view)
    {
        const int mostText = 500;
        string told = verdict.Cause ?? (view is null ? string.Empty : view.Error.Length > 0 ? view.Error : view.Output).Trim();
        return told.Length == 0 ? string.Empty : $" It tells: {(told.Length > mostText ? told.Substring(told.Length - mostText) : told)}";
    }

    private static string InWords(GeneralizationState state) => state switch
    {
        GeneralizationState.Generalized => "generalized",
        GeneralizationState.NotGeneralized => "not generalized",
        GeneralizationState.PartlyGeneralized => "generalized half",
        _ => "perhaps generalized, which its own configuration leaves open",
    };

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text.Substring(1);
}

using AzImageTools.Disks;
using AzImageTools.Readiness.Boot;
using AzImageTools.Readiness.Guests;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Session;
using AzImageTools.Services.Temporary;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Provision;

/// <summary>One test boot: all that is made lies in a resource group of its own, which goes at the end, whatever happened.</summary>
internal sealed class ImageBootTest
{
    private static readonly TimeSpan TimeBetweenLooks = TimeSpan.FromSeconds(10);

    private readonly ImageSession _session;
    private readonly ImageBootRequest _request;
    private readonly ResourceIdentifier _group;
    private readonly string _runId;
    private readonly string _purpose;
    private readonly List<BootStage> _stages = [];
    private readonly List<string> _problems = [];
    private NewMachine? _machine;
    private TemporaryRun? _run;
    private BootDiagnosticsReader? _shown;
    private VirtualMachineInstanceView? _view;
    private string? _cloudMessage;
    private bool _isAgentReady;
    private bool? _scriptSucceeded;
    private string? _scriptOutput;
    private BootDiagnosis? _diagnosis;
    private long _begun;

    public ImageBootTest(ImageSession session, ImageBootRequest request, ResourceIdentifier group, string runId, string purpose)
    {
        _session = session;
        _request = request;
        _group = group;
        _runId = runId;
        _purpose = purpose;
    }

    private string GroupDescription => $"resource group '{_group.Name}'";

    /// <summary>The tags of something about to be made.</summary>
    public Task<IReadOnlyDictionary<string, string>> TagsOfAsync(ResourceIdentifier id, StepRun run)
        => (_run ?? throw new InvalidOperationException("The run has not begun.")).AnnounceAsync(id, run.Cancellation);

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<Step> Steps(NewMachine machine, MachineNetwork network)
    {
        _machine = machine;
        List<Step> steps = [GroupStep(machine), .. network.Steps()];
        if (machine.DiskId is { } copy)
        {
            steps.Add(CopyStep(machine, copy));
        }

        steps.Add(BootStep(machine));
        steps.Add(ShowStep(machine));
        if (_request.Script is not null)
        {
            steps.Add(ScriptStep(machine));
        }

        steps.Add(DiagnoseStep(machine));
        steps.Add(RemoveStep());
        return steps;
    }

    /// <summary>What came of it, when it is all over.</summary>
    public ImageBootResult Result(OperationContext context) => new()
    {
        SourceId = _machine!.Source.Id,
        Verdict = !_isAgentReady ? BootVerdict.DoesNotBoot : _scriptSucceeded == false ? BootVerdict.ScriptFailed : BootVerdict.Boots,
        Causes = _diagnosis?.Findings ?? [],
        Location = _machine.Location.Name,
        Size = _machine.Size.Name,
        OsType = _machine.Source.OsType,
        HyperVGeneration = _view?.HyperVGeneration?.ToString() ?? _machine.Source.Generation,
        SecurityType = _machine.SecurityType,
        OsName = _view?.OSName,
        OsVersion = _view?.OSVersion,
        AgentVersion = _isAgentReady ? _view?.VmAgent?.VmAgentVersion : null,
        ScriptOutput = _scriptOutput,
        SerialLogPath = _shown?.SerialLogPath,
        ScreenshotPath = _shown?.ScreenshotPath,
        InstanceViewPath = _shown?.InstanceViewPath,
        Stages = _stages.ToArray(),
        Problems = [.. _problems, .. _shown?.Problems ?? [], .. _diagnosis?.Problems ?? []],
        Duration = context.Time.GetElapsedTime(_begun),
        RunId = _runId,
    };

    private Step GroupStep(NewMachine machine) => new(run => StageAsync("Network", run, async () =>
    {
        _begun = run.Context.Time.GetTimestamp();
        _run = await TemporaryRun.BeginAsync(_session, _purpose, _request.Tag, run.Context, _runId).ConfigureAwait(false);
        ResourceGroupData data = new(machine.Location);
        foreach (KeyValuePair<string, string> tag in await TagsOfAsync(_group, run).ConfigureAwait(false))
        {
            data.Tags[tag.Key] = tag.Value;
        }

        await AzureErrors.CallAsync(
            $"Creating the {GroupDescription}",
            _group.ToString(),
            () => _session.Subscription.GetResourceGroups().CreateOrUpdateAsync(WaitUntil.Completed, _group.Name, data, run.Cancellation)).ConfigureAwait(false);
    }))
    {
        Title = "Create a resource group of its own",
        Effect = StepEffect.Creates,
        Target = GroupDescription,
        OnFailure = FailureAction.Undo,
        Changes = [new ResourceChange(_group, "Microsoft.Resources/subscriptions/resourceGroups/write") { Location = machine.Location, Tags = _request.Tag }],
        Undo = GiveUpAsync,
    };

    private Step CopyStep(NewMachine machine, ResourceIdentifier copy) => new(run => AzureErrors.CallAsync($"Copying the {machine.Source.Description}", machine.Source.Id, async () =>
    {
        ManagedDiskData data = new(machine.Location)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = machine.Source.DiskId },
            OSType = machine.Source.IsWindows ? SupportedOperatingSystemType.Windows : SupportedOperatingSystemType.Linux,
            HyperVGeneration = new HyperVGeneration(machine.Source.Generation),
        };
        if (machine.Zone is not null)
        {
            data.Zones.Add(machine.Zone);
        }

        foreach (KeyValuePair<string, string> tag in await TagsOfAsync(copy, run).ConfigureAwait(false))
        {
            data.Tags[tag.Key] = tag.Value;
        }

        ResourceGroupResource group = _session.Arm.GetResourceGroupResource(_group);
        ArmOperation<ManagedDiskResource> operation = await group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, copy.Name, data, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    }))
    {
        Title = "Copy the disk",
        Effect = StepEffect.Creates,
        Target = $"managed disk '{copy.Name}' in {GroupDescription}",
        Note = "The disk itself is not started, and stays as it is.",
        Changes = [ResourceChange.Create(copy, machine.Location, _request.Tag) with { Linked = [(machine.Source.DiskId!, "Microsoft.Compute/disks/beginGetAccess/action")] }],
    };

    private Step BootStep(NewMachine machine) => new(async run =>
    {
        using CancellationTokenSource timeout = run.Context.Time.CreateCancellationTokenSource(_request.Timeout);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, run.Cancellation);
        OperationContext bounded = run.Context with { Cancellation = either.Token };
        try
        {
            await StageAsync("Create", run, () => CreateAsync(machine, run, bounded)).ConfigureAwait(false);
            if (_cloudMessage is null)
            {
                await StageAsync("Agent", run, () => WaitForAgentAsync(machine, bounded)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!run.Cancellation.IsCancellationRequested)
        {
            _cloudMessage ??= FormattableString.Invariant($"It was not made, or its agent did not report, within {_request.Timeout.TotalMinutes:0} minutes.");
        }
    })
    {
        Title = $"Create the virtual machine ({machine.Size.Name}), and wait until its agent reports",
        Effect = StepEffect.Creates,
        Target = machine.Description,
        Note = FormattableString.Invariant($"At most {_request.Timeout.TotalMinutes:0} minutes, billed as any machine of that size."),
        Changes = [machine.Change(_request.Tag)],
        Weight = 8,
    };

    private Step ShowStep(NewMachine machine) => new(run => StageAsync("Diagnostics", run, async () =>
    {
        _shown = new BootDiagnosticsReader(_session, machine.Id);
        await _shown.ReadAsync(_request.OutputPath, $"boot-{_runId}", run.Context).ConfigureAwait(false);
    }))
    {
        Title = _request.OutputPath is null ? "Read its serial log" : "Save its screenshot, serial log and instance view",
        Effect = StepEffect.Changes,
        Target = _request.OutputPath is { } folder ? $"folder {folder}" : "nothing",
        Changes = [ResourceChange.Act(machine.Id, "retrieveBootDiagnosticsData")],
    };

    private Step ScriptStep(NewMachine machine) => new(run => _isAgentReady ? StageAsync("Script", run, () => RunScriptAsync(machine, run)) : Task.CompletedTask)
    {
        Title = "Run the smoke test in it",
        Effect = StepEffect.Changes,
        Target = machine.Description,
        Changes = [ResourceChange.Act(machine.Id, "runCommand")],
        Weight = 2,
    };

    private Step DiagnoseStep(NewMachine machine) => new(run => _isAgentReady ? Task.CompletedTask : StageAsync("Diagnosis", run, () => DiagnoseAsync(machine, run)))
    {
        Title = "Where it does not come up, stop it and read its disk",
        Effect = StepEffect.Changes,
        Target = $"the power state of {machine.Description}",
        Note = "Through a temporary snapshot of a few minutes, in the same resource group.",
        Changes = [ResourceChange.Act(machine.Id, "deallocate"), .. ChangesToRead(machine)],
    };

    /// <summary>What reading its disk does: the snapshot and the disk have no names yet, so their group stands for them.</summary>
    private IEnumerable<ResourceChange> ChangesToRead(NewMachine machine)
    {
        ResourceIdentifier snapshot = SnapshotResource.CreateResourceIdentifier(_group.SubscriptionId, _group.Name, machine.Id.Name);
        return
        [
            ResourceChange.Create(snapshot, machine.Location, _request.Tag) with { Linked = [(_group, "Microsoft.Compute/disks/read"), (_group, "Microsoft.Compute/disks/beginGetAccess/action")] },
            ResourceChange.Act(snapshot, "beginGetAccess"),
            ResourceChange.Act(snapshot, "endGetAccess"),
            ResourceChange.Delete(snapshot),
        ];
    }

    private Step RemoveStep() => new(run => StageAsync("Remove", run, () => RemoveAsync(run)))
    {
        Title = "Delete the resource group with everything in it",
        Effect = StepEffect.Deletes,
        Target = GroupDescription,
        Changes = [new ResourceChange(_group, "Microsoft.Resources/subscriptions/resourceGroups/delete")],
        Weight = 3,
    };

    private async Task StageAsync(string name, StepRun run, Func<Task> work)
    {
        long begun = run.Context.Time.GetTimestamp();
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            _stages.Add(new BootStage(name, run.Context.Time.GetElapsedTime(begun)));
        }
    }

    /// <summary>That the guest did not come up is an answer; anything else that Azure refuses is a failure of the test.</summary>
    private async Task CreateAsync(NewMachine machine, StepRun run, OperationContext bounded)
    {
        IReadOnlyDictionary<string, string> tags = await TagsOfAsync(machine.Id, run).ConfigureAwait(false);
        try
        {
            await machine.CreateAsync(_session, tags, bounded).ConfigureAwait(false);
        }
        catch (RequestFailedException failure) when (failure.ErrorCode?.StartsWith("OSProvisioning", StringComparison.OrdinalIgnoreCase) == true || failure.ErrorCode == "VMStartTimedOut")
        {
            _cloudMessage = AzureErrors.Translate(failure, $"Creating the {machine.Description}", machine.Id.ToString()).Message;
        }
        catch (Exception failure) when (AzureErrors.IsFromService(failure))
        {
            throw AzureErrors.Translate(failure, $"Creating the {machine.Description}", machine.Id.ToString());
        }
    }

    private async Task WaitForAgentAsync(NewMachine machine, OperationContext context)
    {
        // By looks as well as by the clock: a clock that stands still ends it too.
        for (double looks = Math.Max(1, _request.Timeout.TotalSeconds / TimeBetweenLooks.TotalSeconds); looks > 0; looks--)
        {
            Response<VirtualMachineInstanceView> answer = await AzureErrors.CallAsync(
                $"Looking at the {machine.Description}", machine.Id.ToString(), () => _session.Arm.GetVirtualMachineResource(machine.Id).InstanceViewAsync(context.Cancellation)).ConfigureAwait(false);
            _view = answer.Value;
            if (_view.VmAgent?.Statuses.Any(status => string.Equals(status.Code, "ProvisioningState/succeeded", StringComparison.OrdinalIgnoreCase)) == true)
            {
                _isAgentReady = true;
                return;
            }

            context.Progress.Report(new OperationProgress { Activity = $"Booting {machine.Id.Name}", Status = "Waiting for its agent" });
            await context.Time.Delay(TimeBetweenLooks, context.Cancellation).ConfigureAwait(false);
        }

        _cloudMessage = _view?.VmAgent?.Statuses.Select(status => status.Message).FirstOrDefault(message => !string.IsNullOrEmpty(message)) ?? "Its agent did not report.";
    }

    private async Task RunScriptAsync(NewMachine machine, StepRun run)
    {
        RunCommandInput input = new(machine.Source.IsWindows ? "RunPowerShellScript" : "RunShellScript");
        foreach (string line in _request.Script!.Replace("\r\n", "\n").Split('\n'))
        {
            input.Script.Add(line);
        }

        using CancellationTokenSource timeout = run.Context.Time.CreateCancellationTokenSource(_request.Timeout);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, run.Cancellation);
        try
        {
            ArmOperation<VirtualMachineRunCommandResult> operation = await _session.Arm.GetVirtualMachineResource(machine.Id).RunCommandAsync(WaitUntil.Started, input, either.Token).ConfigureAwait(false);
            VirtualMachineRunCommandResult result = await OperationWaiter.WaitAsync(operation, run.Context with { Cancellation = either.Token }).ConfigureAwait(false);
            SmokeTestOutput output = SmokeTestOutput.Of(result);
            _scriptOutput = output.Text;
            _scriptSucceeded = output.Succeeded;
        }
        catch (OperationCanceledException) when (!run.Cancellation.IsCancellationRequested)
        {
            _scriptSucceeded = false;
            _problems.Add(FormattableString.Invariant($"The smoke test did not end within {_request.Timeout.TotalMinutes:0} minutes, or its output did not come."));
        }
        catch (Exception failure) when (AzureErrors.IsFromService(failure))
        {
            _scriptSucceeded = false;
            _problems.Add(AzureErrors.Translate(failure, "Running the smoke test", machine.Id.ToString()).Message);
        }
    }

    private async Task DiagnoseAsync(NewMachine machine, StepRun run)
    {
        BootEvidence evidence = new()
        {
            IsWindows = machine.Source.IsWindows,
            Generation = string.Equals(machine.Source.Generation, "V1", StringComparison.OrdinalIgnoreCase) ? 1 : 2,
            IsNvme = machine.Size.Controllers is ["NVMe"],
            IsSpecialized = machine.Source.IsSpecialized,
            SerialLog = _shown?.SerialLog,
            CloudMessage = _cloudMessage,
            IsAgentReady = _isAgentReady,
        };
        try
        {
            await AzureErrors.CallAsync($"Stopping the {machine.Description}", machine.Id.ToString(), async () =>
            {
                ArmOperation operation = await _session.Arm.GetVirtualMachineResource(machine.Id).DeallocateAsync(WaitUntil.Started, hibernate: null, run.Cancellation).ConfigureAwait(false);
                await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
            }).ConfigureAwait(false);
            OperationContext quiet = run.Context with { Progress = OperationContext.None.Progress };
            RemoteDisk disk = await new RemoteDiskService(_session).OpenAsync(new RemoteDiskRequest { ResourceId = machine.Id.ToString(), Tags = _request.Tag }, quiet).ConfigureAwait(false);
            await using (disk.ConfigureAwait(false))
            {
                using OfflineGuest guest = OfflineGuest.Open(disk.Image);
                _diagnosis = BootDiagnosis.Of(evidence with { Disk = guest }, run.Cancellation);
            }
        }
        catch (Exception failure) when (failure is ImageServiceException or DiskFormatException or IOException && !run.Cancellation.IsCancellationRequested)
        {
            _problems.Add($"The machine's disk could not be read: {failure.Message}");
            _diagnosis = BootDiagnosis.Of(evidence, run.Cancellation);
        }
    }

    private async Task RemoveAsync(StepRun run)
    {
        await _run!.RemoveAsync(_group, run.Context).ConfigureAwait(false);
        await _run.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The run ends here even where nothing can be removed: from then on what is left is anybody's to remove on proof.</summary>
    private async Task<bool> GiveUpAsync(StepRun run)
    {
        if (_run is not { } temporary)
        {
            return false;
        }

        await using (temporary.ConfigureAwait(false))
        {
            return await temporary.RemoveAsync(_group, run.Context).ConfigureAwait(false);
        }
    }
}

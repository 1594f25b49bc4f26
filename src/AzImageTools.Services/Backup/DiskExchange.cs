using System.Text.Json.Nodes;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Backup;

/// <summary>
/// Puts the disks of a backup in the place of those that a machine has. What the machine has beyond the backup stays. What a killed run of this machine
/// had begun is brought to its end: a machine that it stopped is started, and the disks that it put in go, unless the machine runs with them.
/// </summary>
internal sealed class DiskExchange
{
    private readonly ImageSession _session;
    private readonly ResourceIdentifier _machine;
    private readonly JsonObject _current;
    private readonly IReadOnlyList<RestoredDisk> _disks;
    private readonly bool _wasStopped;

    /// <summary>Plans it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="current">It as it is, with its view.</param>
    /// <param name="disks">The disks of the backup, the OS disk first.</param>
    /// <param name="left">What killed runs put into the machine.</param>
    public DiskExchange(ImageSession session, ResourceIdentifier machine, JsonObject current, IReadOnlyList<RestoredDisk> disks, IReadOnlyList<Step> left)
    {
        _session = session;
        _machine = machine;
        _current = current;
        _disks = [.. disks.Where(disk => !disk.IsKept)];
        IReadOnlyList<RunFact> told = [.. RunNote.ToldByKilled(session.RunFolder).Where(IsOfMachine)];
        _wasStopped = IsDeallocated && told.Any(fact => fact.Kind == RunFactKind.Stopped);
        IReadOnlyList<Step> going = IsDeallocated ? left : [];
        HashSet<string> madeByKilled = new(going.SelectMany(step => step.Changes).Select(change => change.Id.ToString()), StringComparer.OrdinalIgnoreCase);
        IEnumerable<string> now = new[] { current.Text("properties", "storageProfile", "osDisk", "managedDisk", "id") }.Concat(Replaced.Select(disk => disk.Text("managedDisk", "id"))).OfType<string>();
        ReplacedDiskIds = [.. (going.Count > 0 ? told.Where(fact => fact.Kind == RunFactKind.Replaced).Select(fact => fact.Id) : []).Concat(now.Where(id => !madeByKilled.Contains(id))).Distinct(StringComparer.OrdinalIgnoreCase)];
        Steps = [.. IsDeallocated ? [] : new[] { Deallocate() }, Exchange(), .. WasRunning ? new[] { Start() } : [], .. going];
    }

    /// <summary>The ids of the disks that go.</summary>
    public IReadOnlyList<string> ReplacedDiskIds { get; }

    public IReadOnlyList<Step> Steps { get; }

    /// <summary>Whether a killed run stopped the machine, which ran before.</summary>
    public bool WasStopped => _wasStopped;

    /// <summary>What killed runs noted of the machine is over.</summary>
    public void Forget() => RunNote.Forget(_session.RunFolder, IsOfMachine);

    private string Description => BackupSource.Describe(_machine);

    private bool IsDeallocated => HasState("PowerState/deallocated");

    private bool WasRunning => _wasStopped || (!IsDeallocated && !HasState("PowerState/stopped"));

    private IEnumerable<JsonObject> DataDisks => _current.Items("properties", "storageProfile", "dataDisks");

    private IEnumerable<JsonObject> Replaced => DataDisks.Where(disk => _disks.Any(restored => restored.Model.Lun is { } lun && lun == disk.Number("lun")));

    private bool HasState(string code) => _current.Items("properties", "instanceView", "statuses").Any(status => string.Equals(status.Text("code"), code, StringComparison.OrdinalIgnoreCase));

    private bool IsOfMachine(RunFact fact)
        => fact.Is(RunFactKind.Stopped, _machine.ToString(), _session.SandboxId) || (fact.Of is { } machine && (fact with { Id = machine }).Is(RunFactKind.Replaced, _machine.ToString(), _session.SandboxId));

    private Step Deallocate() => new(run =>
    {
        if (WasRunning)
        {
            run.Note?.Tell(new RunFact(RunFactKind.Stopped, _machine.ToString()) { SandboxId = _session.SandboxId });
        }

        return ActAsync("deallocate", "Deallocating", run);
    })
    {
        Title = "Deallocate the virtual machine",
        Effect = StepEffect.Changes,
        Target = $"the power state of {Description}",
        OnFailure = WasRunning ? FailureAction.Undo : FailureAction.Keep,
        Changes = [ResourceChange.Act(_machine, "deallocate")],
        Weight = 2,
        Undo = WasRunning ? run => ActAgainAsync("start", "Starting", run) : null,
    };

    private Step Start() => new(run => ActAsync("start", "Starting", run))
    {
        Title = "Start the virtual machine",
        Effect = StepEffect.Changes,
        Target = $"the power state of {Description}",
        OnFailure = FailureAction.Keep,
        Changes = [ResourceChange.Act(_machine, "start")],
        Weight = 2,
    };

    private Step Exchange() => new(run =>
    {
        foreach (string id in ReplacedDiskIds)
        {
            run.Note?.Tell(new RunFact(RunFactKind.Replaced, id) { Of = _machine.ToString(), SandboxId = _session.SandboxId });
        }

        return PutDisksAsync(_disks[0].Entry(), [.. DataDisks.Except(Replaced).Select(disk => Reference(disk)), .. _disks.Skip(1).Select(disk => disk.Entry())], run);
    })
    {
        Title = "Exchange the disks",
        Effect = StepEffect.Changes,
        Target = $"the disks of {Description}",
        OnFailure = FailureAction.Undo,
        Changes = [new ResourceChange(_machine, $"{_machine.ResourceType}/write") { Linked = [(_machine.Parent!, "Microsoft.Compute/disks/read")] }],
        Note = $"The disks that it has now stay, detached, and are billed until deleted with Remove-AzDisk: {string.Join(", ", ReplacedDiskIds.Select(id => $"'{new ResourceIdentifier(id).Name}'"))}.",
        Undo = async run =>
        {
            JsonObject? now = await AzureErrors.CallAsync($"Reading the {Description}", _machine.ToString(), () => new ResourceDocuments(_session.Arm).FindAsync(_machine, ApiVersions.WholeMachines, run.Cancellation)).ConfigureAwait(false);
            string? osDisk = now.Text("properties", "storageProfile", "osDisk", "managedDisk", "id");
            if (osDisk is null || !string.Equals(osDisk, _disks[0].Id.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            // What failed to start may be starting all the same.
            await ActAgainAsync("deallocate", "Deallocating", run).ConfigureAwait(false);
            await PutDisksAsync(Reference(_current.At("properties", "storageProfile", "osDisk") as JsonObject ?? []), [.. DataDisks.Select(disk => Reference(disk, isDetached: Replaced.Contains(disk)))], run).ConfigureAwait(false);
            return true;
        },
    };

    /// <summary>An entry of a disk that the machine has, or had.</summary>
    private static JsonObject Reference(JsonObject entry, bool isDetached = false)
    {
        JsonObject reference = entry.Pick("lun", "name", "osType", "caching", "writeAcceleratorEnabled", "deleteOption");
        reference["createOption"] = isDetached ? "Attach" : entry.Text("createOption") ?? "Attach";
        reference["managedDisk"] = entry["managedDisk"].Pick("id");
        return reference;
    }

    private Task PutDisksAsync(JsonObject osDisk, JsonArray dataDisks, StepRun run) => AzureErrors.CallAsync($"Exchanging the disks of the {Description}", _machine.ToString(), () =>
    {
        // The OS disk is swapped by its id and name alone: how it is attached stays.
        JsonObject swapped = new() { ["name"] = new ResourceIdentifier(osDisk.Text("managedDisk", "id")!).Name, ["managedDisk"] = osDisk["managedDisk"]!.DeepClone() };
        JsonObject storage = new() { ["osDisk"] = swapped, ["dataDisks"] = dataDisks };
        return new ResourceDocuments(_session.Arm).PatchAsync(_machine, ApiVersions.WholeMachines, new JsonObject { ["properties"] = new JsonObject { ["storageProfile"] = storage } }, run.Context);
    });

    private Task ActAsync(string action, string doing, StepRun run)
        => AzureErrors.CallAsync($"{doing} the {Description}", _machine.ToString(), () => new ResourceDocuments(_session.Arm).PostAsync(_machine, action, ApiVersions.WholeMachines, run.Context));

    private Task<bool> ActAgainAsync(string action, string doing, StepRun run) => AzureErrors.CallAsync($"{doing} the {Description}", _machine.ToString(), () => OwnResource.RetryAsync(run, async () =>
    {
        await new ResourceDocuments(_session.Arm).PostAsync(_machine, action, ApiVersions.WholeMachines, run.Context).ConfigureAwait(false);
        return true;
    }));
}

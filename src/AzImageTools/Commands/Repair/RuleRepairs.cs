using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Items;
using AzImageTools.Disks.Repair;
using AzImageTools.Pipeline;
using AzImageTools.Readiness.Repair;
using AzImageTools.Readiness.Rules;
using AzImageTools.Services;

namespace AzImageTools.Commands.Repair;

/// <summary>Repairs the rules that the guest on a disk image fails, and judges again. What is changed is kept beside the disk, a change a rule.</summary>
/// <param name="path">The disk image's full path.</param>
/// <param name="options">How to open it.</param>
/// <param name="asked">Which rules are asked, and what for.</param>
/// <param name="sink">Where each rule's change is shown and asked about.</param>
/// <param name="context">Clock and cancellation.</param>
internal sealed class RuleRepairs(string path, VirtualDiskOptions options, ReadinessOptions asked, IStreamSink sink, OperationContext context)
{
    /// <summary>Told why a rule's change was refused; others go on.</summary>
    public required Func<string, DiskException, Task> Refuse { get; init; }

    /// <summary>Repairs them; each rule's change is shown before, and asked about.</summary>
    /// <returns>What came of each rule that failed, but for those whose change was not wanted or was refused with an error.</returns>
    public async Task<IReadOnlyList<RepairResult>> RunAsync()
    {
        List<(PlannedRepair Planned, IReadOnlyList<DiskChange> Changes)> done = [];
        foreach (PlannedRepair planned in Judge())
        {
            if (planned.Edits.Count == 0)
            {
                done.Add((planned, []));
            }
            else if (await RepairAsync(planned).ConfigureAwait(false) is { } changes)
            {
                done.Add((planned, changes));
            }
        }

        if (done.Count == 0)
        {
            return [];
        }

        Dictionary<string, PlannedRepair> failing = Judge().ToDictionary(static planned => planned.Finding.Id, StringComparer.Ordinal);
        return [.. done.Select(repair => Describe(repair.Planned, repair.Changes, failing.TryGetValue(repair.Planned.Finding.Id, out PlannedRepair? still) ? still : null))];
    }

    private RepairResult Describe(PlannedRepair planned, IReadOnlyList<DiskChange> changes, PlannedRepair? still) => new()
    {
        Id = planned.Finding.Id,
        Title = planned.Finding.Title,
        State = still is null ? RepairState.Repaired : changes.Count > 0 ? RepairState.Failing : RepairState.NotRepairable,
        Changes = changes,
        Evidence = still?.Finding.Evidence ?? [],
        Remedy = still?.Finding.Remedy ?? string.Empty,
        Reason = planned.Reason ?? (still is not null && changes.Count == 0 ? "What it would change belongs to a driver, service or program that is not there." : null),
        Path = path,
    };

    private IReadOnlyList<PlannedRepair> Judge()
    {
        using OpenedImage image = OpenedImage.Open(path, options with { UsesRepair = DiskRepair.Find(path) is not null }, context.Cancellation);
        return PlannedRepair.FindAll(image, asked, context.Cancellation);
    }

    /// <summary>Repairs one rule; what was changed, none where nothing could be; null where nothing is to be told of it.</summary>
    private async Task<IReadOnlyList<DiskChange>?> RepairAsync(PlannedRepair planned)
    {
        try
        {
            using GuestRepair repair = GuestRepair.Open(path, options, volume: null, context.Time, context.Cancellation);
            DiskChange[] changes = [.. planned.Edits.Select(repair.Apply).OfType<DiskChange>().Where(static change => change.IsChanged)];
            if (changes.Length == 0)
            {
                return [];
            }

            string description = string.Join("\n", changes.Select(static change => change.ToString()).Prepend($"{planned.Finding.Id}, kept in {PrintableText.Of(changes[0].RepairPath)}:"));
            if (!await sink.ShouldPrepareAsync(description).ConfigureAwait(false))
            {
                return null;
            }

            repair.Keep(planned.Finding.Id);
            return changes;
        }
        catch (DiskException refusal) when (refusal is DiskRepairException { Problem: not (DiskRepairProblem.RepairFileNotWritable or DiskRepairProblem.RepairFileInUse or DiskRepairProblem.RepairFileChanged) } or DiskItemException)
        {
            // What another rule changes may lie in another hive, or on another volume.
            await Refuse(planned.Finding.Id, refusal).ConfigureAwait(false);
            return null;
        }
    }
}

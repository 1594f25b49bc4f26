using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Repair;
using AzImageTools.Errors;
using AzImageTools.Pipeline;
using AzImageTools.Readiness.Repair;
using AzImageTools.Readiness.Rules;
using AzImageTools.Services;

namespace AzImageTools.Commands.Repair;

/// <summary>
/// Sets right, in the registry of the Windows on disk images, what Test-SysprepReadiness finds wrong and a value can set right, without
/// starting it. The disk is never written: each rule's change is kept beside it, in NAME.azrepair, and taken with it by -UseRepair.
/// Then the rules are asked again, and each that failed is told: repaired, or what to do in the guest.
/// </summary>
[Cmdlet(VerbsDiagnostic.Repair, "AzVhd", SupportsShouldProcess = true, DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Repair-AzVhd.md")]
[OutputType(typeof(RepairResult))]
public sealed class RepairAzVhdCommand : DiskPathCmdlet
{
    /// <summary>Repairs only these rules, by id; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleIdCompleter))]
    public string[] Include { get; set; } = [];

    /// <summary>Leaves out these rules, by id; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleIdCompleter))]
    public string[] Exclude { get; set; } = [];

    /// <summary>What it should be ready for: AzureUpload, which is the default, Sysprep, or both.</summary>
    [Parameter]
    public ReadinessPurpose Purpose { get; set; } = ReadinessPurpose.AzureUpload;

    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    private protected override PreparedDisk Prepare(string path)
    {
        VirtualDiskOptions options = DiskOptions with { Format = Format };
        ReadinessOptions asked = new() { Purpose = Purpose, Family = GuestFamily.Windows, Include = Include, Exclude = Exclude };
        return new PreparedDisk(path, null, (sink, context) => RepairAsync(path, options, asked, sink, context));
    }

    private static async Task RepairAsync(string path, VirtualDiskOptions options, ReadinessOptions asked, IStreamSink sink, OperationContext context)
    {
        List<(PlannedRepair Planned, IReadOnlyList<RegistryChange> Changes)> done = [];
        foreach (PlannedRepair planned in Judge(path, options, asked, context))
        {
            if (planned.Edits.Count == 0)
            {
                done.Add((planned, []));
            }
            else if (await RepairAsync(path, options, planned, sink, context).ConfigureAwait(false) is { } changes)
            {
                done.Add((planned, changes));
            }
        }

        if (done.Count == 0)
        {
            return;
        }

        Dictionary<string, PlannedRepair> failing = Judge(path, options, asked, context).ToDictionary(static planned => planned.Finding.Id, StringComparer.Ordinal);
        foreach ((PlannedRepair planned, IReadOnlyList<RegistryChange> changes) in done)
        {
            bool isFailing = failing.TryGetValue(planned.Finding.Id, out PlannedRepair? still);
            await sink.WriteObjectAsync(new RepairResult
            {
                Id = planned.Finding.Id,
                Title = planned.Finding.Title,
                State = !isFailing ? RepairState.Repaired : changes.Count > 0 ? RepairState.Failing : RepairState.NotRepairable,
                Changes = changes,
                Evidence = still?.Finding.Evidence ?? [],
                Remedy = still?.Finding.Remedy ?? string.Empty,
                Path = path,
            }).ConfigureAwait(false);
        }
    }

    private static IReadOnlyList<PlannedRepair> Judge(string path, VirtualDiskOptions options, ReadinessOptions asked, OperationContext context)
    {
        using OpenedImage image = OpenedImage.Open(path, options with { UsesRepair = DiskRepair.Find(path) is not null }, context.Cancellation);
        return PlannedRepair.FindAll(image, asked, context.Cancellation);
    }

    /// <summary>Repairs one rule; what was changed, none where nothing could be; null where nothing is to be told of it.</summary>
    private static async Task<IReadOnlyList<RegistryChange>?> RepairAsync(string path, VirtualDiskOptions options, PlannedRepair planned, IStreamSink sink, OperationContext context)
    {
        try
        {
            using RegistryRepair repair = RegistryRepair.Open(path, options, volume: null, context.Time, context.Cancellation);
            RegistryChange[] changes = [.. planned.Edits.Select(repair.Apply).OfType<RegistryChange>().Where(static change => change.IsChanged)];
            if (changes.Length == 0)
            {
                return [];
            }

            string description = string.Join("\n", changes.Select(static change => change.ToString()).Prepend($"{planned.Finding.Id}, kept in {PrintableText.Of(changes[0].RepairPath)}:"));
            if (!await sink.ShouldProcessAsync(description).ConfigureAwait(false))
            {
                return null;
            }

            repair.Keep(planned.Finding.Id);
            return changes;
        }
        catch (DiskRepairException refusal)
        {
            // Another rule's values may lie in another hive.
            await sink.WriteErrorAsync(ErrorRecords.From(refusal)).ConfigureAwait(false);
            return null;
        }
    }
}

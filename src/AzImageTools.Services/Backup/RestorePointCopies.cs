using System.Text.Json.Nodes;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;

namespace AzImageTools.Services.Backup;

/// <summary>
/// A backup as a restore point, in a collection of its own: the point keeps a part of the machine's model, has no tags, and the tags of a collection that
/// several shared would have no room for the models of all.
/// </summary>
internal sealed class RestorePointCopies : IMachineCopies
{
    /// <summary>The name of the only point of a collection.</summary>
    public const string PointName = "backup";

    private const int ConflictStatus = 409;
    private static readonly TimeSpan TimeBetweenLooks = TimeSpan.FromSeconds(10);

    private readonly ImageSession _session;
    private readonly BackupSource _source;
    private readonly ResourceIdentifier _point;

    /// <summary>Plans it.</summary>
    public RestorePointCopies(ImageSession session, BackupSource source, string name, IReadOnlyDictionary<string, string>? userTags)
    {
        _session = session;
        _source = source;
        Id = new ResourceIdentifier($"/subscriptions/{source.Id.SubscriptionId}/resourceGroups/{source.Id.ResourceGroupName}/providers/Microsoft.Compute/restorePointCollections/{name}");
        _point = PointOf(Id);
        IReadOnlyDictionary<string, string> tags = ModelTags.WithModel(source.Model, userTags);
        string description = $"restore point collection '{name}' in resource group '{Id.ResourceGroupName}'";
        Steps =
        [
            new Step(run => AzureErrors.CallAsync($"Creating the {description}", Id.ToString(), () => CreateCollectionAsync(tags, run)))
            {
                Title = "Keep the machine's model",
                Effect = StepEffect.Creates,
                Target = description,
                OnFailure = FailureAction.Undo,
                Changes = [ResourceChange.Create(Id, source.Location, userTags) with { Linked = [(source.Id, "Microsoft.Compute/virtualMachines/read")] }],
                Undo = run => OwnResource.DeleteAsync(run, description, session, Id, ApiVersions.WholeMachines),
            },
            new Step(run => AzureErrors.CallAsync($"Creating the restore point '{_point.Name}' of the {description}", _point.ToString(), () => CreatePointAsync(run)))
            {
                Title = "Back up all disks at one moment",
                Effect = StepEffect.Creates,
                Target = $"restore point '{_point.Name}' of the {description}",
                OnFailure = FailureAction.Keep,
                Note = $"It stays, and the used space of its {source.DiskIds.Count} disks is billed as snapshot storage, until the collection is deleted with Remove-AzRestorePointCollection. It goes with its collection on failure.",
                Changes = [new ResourceChange(_point, $"{_point.ResourceType}/write") { Linked = [.. source.DiskIds.Select(disk => (disk, "Microsoft.Compute/disks/beginGetAccess/action"))] }],
                Weight = 4,
            },
        ];
    }

    public ResourceIdentifier Id { get; }

    public IReadOnlyList<Step> Steps { get; }

    /// <summary>The only point of a collection.</summary>
    public static ResourceIdentifier PointOf(ResourceIdentifier collection) => new($"{collection}/restorePoints/{PointName}");

    /// <summary>The ids of a point's disks: the OS disk's, and those of the data disks by their LUNs.</summary>
    public static (string? OsDisk, IReadOnlyDictionary<int, string> DataDisks) DisksOf(JsonObject point)
    {
        JsonNode? storage = point.At("properties", "sourceMetadata", "storageProfile");
        return (
            storage.Text("osDisk", "diskRestorePoint", "id"),
            storage.Items("dataDisks").Where(disk => disk.Number("lun") is not null && disk.Text("diskRestorePoint", "id") is not null)
                .GroupBy(disk => disk.Number("lun")!.Value).ToDictionary(disks => disks.Key, disks => disks.First().Text("diskRestorePoint", "id")!));
    }

    public Task<IReadOnlyList<string>> ReadDiskIdsAsync(OperationContext context) => AzureErrors.CallAsync($"Reading the restore point '{_point}'", _point.ToString(), async () =>
    {
        (string? osDisk, IReadOnlyDictionary<int, string> dataDisks) = DisksOf(await new ResourceDocuments(_session.Arm).GetAsync(_point, ApiVersions.WholeMachines, context.Cancellation).ConfigureAwait(false));
        return (IReadOnlyList<string>)[osDisk ?? string.Empty, .. dataDisks.OrderBy(disk => disk.Key).Select(disk => disk.Value)];
    });

    private Task CreateCollectionAsync(IReadOnlyDictionary<string, string> tags, StepRun run)
    {
        Dictionary<string, string> all = new(StringComparer.OrdinalIgnoreCase);
        RunTag.Apply(all, tags, run.RunId);
        JsonObject body = new()
        {
            ["location"] = _source.Location.Name,
            ["tags"] = Documents.OfTexts(all),
            ["properties"] = new JsonObject { ["source"] = new JsonObject { ["id"] = _source.Id.ToString() } },
        };
        return new ResourceDocuments(_session.Arm).PutAsync(Id, ApiVersions.WholeMachines, body, run.Context);
    }

    /// <summary>A point can't be made twice. Where an answer got lost, the next try meets the point that the first has begun: the collection is this run's, and so is all in it.</summary>
    private async Task CreatePointAsync(StepRun run)
    {
        ResourceDocuments documents = new(_session.Arm);
        try
        {
            await documents.PutAsync(_point, ApiVersions.WholeMachines, new JsonObject { ["properties"] = new JsonObject { ["consistencyMode"] = "CrashConsistent" } }, run.Context).ConfigureAwait(false);
        }
        catch (RequestFailedException refusal) when (refusal.Status == ConflictStatus)
        {
            for (JsonObject? point; (point = await documents.FindAsync(_point, ApiVersions.WholeMachines, run.Cancellation).ConfigureAwait(false)).Text("properties", "provisioningState") is not "Succeeded";)
            {
                if (point.Text("properties", "provisioningState") is not ("Creating" or "Updating"))
                {
                    throw;
                }

                await run.Context.Time.Delay(TimeBetweenLooks, run.Cancellation).ConfigureAwait(false);
            }
        }
    }
}

using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Backup;

/// <summary>A snapshot of a disk that is to be made, incremental, and guarded as the disk is.</summary>
internal sealed class DiskSnapshot
{
    private static readonly TimeSpan TimeBetweenLooks = TimeSpan.FromSeconds(30);

    private readonly ImageSession _session;
    private readonly ResourceIdentifier _disk;
    private readonly JsonObject _document;
    private readonly AzureLocation _location;

    /// <summary>Describes one.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The snapshot.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="document">The disk's document: encryption and who may read it out are its copy's too.</param>
    /// <param name="location">The disk's region.</param>
    public DiskSnapshot(ImageSession session, ResourceIdentifier id, ResourceIdentifier disk, JsonObject document, AzureLocation location)
    {
        _session = session;
        Id = id;
        _disk = disk;
        _document = document;
        _location = location;
    }

    /// <summary>The snapshot.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>It in words.</summary>
    public string Description => $"snapshot '{Id.Name}' in resource group '{Id.ResourceGroupName}'";

    /// <summary>The step that makes it.</summary>
    /// <param name="title">What for.</param>
    /// <param name="tags">Its tags beside the run's, at the time when it is made.</param>
    /// <param name="userTags">The user's of them, which policies may ask for.</param>
    public Step CreateStep(string title, Func<IReadOnlyDictionary<string, string>> tags, IReadOnlyDictionary<string, string>? userTags)
    {
        string size = _document.Number("properties", "diskSizeGB") is { } gibibytes ? FormattableString.Invariant($" (at most {gibibytes} GiB)") : string.Empty;
        string later = BackupSource.IsInstant(_document) ? " Its data comes in the background: the step waits until it is complete." : string.Empty;
        return new Step(run => AzureErrors.CallAsync($"Creating the {Description}", Id.ToString(), () => CreateAsync(tags(), run)))
        {
            Title = title,
            Effect = StepEffect.Creates,
            Target = Description,
            OnFailure = FailureAction.Undo,
            Note = $"It stays, and its used space{size} is billed as standard snapshot storage, until it is deleted with Remove-AzSnapshot.{later}",
            Changes = [ResourceChange.Create(Id, _location, userTags) with { Linked = [(_disk, "Microsoft.Compute/disks/beginGetAccess/action")] }],
            Weight = 2,
            Undo = run => OwnResource.DeleteAsync(run, Description, _session, Id, ApiVersions.WholeDisks),
        };
    }

    private async Task CreateAsync(IReadOnlyDictionary<string, string> tags, StepRun run)
    {
        JsonObject properties = _document["properties"].Pick("networkAccessPolicy", "diskAccessId", "publicNetworkAccess", "dataAccessAuthMode");
        properties["creationData"] = new JsonObject { ["createOption"] = "Copy", ["sourceResourceId"] = _disk.ToString() };
        properties["incremental"] = true;
        if (_document.Text("properties", "encryption", "diskEncryptionSetId") is not null)
        {
            properties["encryption"] = _document.At("properties", "encryption")!.DeepClone();
        }

        Dictionary<string, string> all = new(StringComparer.OrdinalIgnoreCase);
        RunTag.Apply(all, tags, run.RunId);
        JsonObject body = new()
        {
            ["location"] = _location.Name,
            ["sku"] = new JsonObject { ["name"] = "Standard_LRS" },
            ["tags"] = Documents.OfTexts(all),
            ["properties"] = properties,
        };
        ResourceDocuments documents = new(_session.Arm);
        await documents.PutAsync(Id, ApiVersions.WholeDisks, body, run.Context).ConfigureAwait(false);
        if (BackupSource.IsInstant(_document))
        {
            await WaitForDataAsync(documents, run).ConfigureAwait(false);
        }
    }

    /// <summary>A snapshot of such a disk is there at once, and its data only when <c>completionPercent</c> is 100: before, nothing can be restored from it once the disk is gone.</summary>
    private async Task WaitForDataAsync(ResourceDocuments documents, StepRun run)
    {
        while (true)
        {
            JsonObject snapshot = await documents.GetAsync(Id, ApiVersions.WholeDisks, run.Cancellation).ConfigureAwait(false);
            int percent = snapshot.At("properties", "completionPercent") is JsonValue value && value.TryGetValue(out double told) ? (int)told : 100;
            run.Context.Progress.Report(new OperationProgress { Activity = Description, Status = FormattableString.Invariant($"{percent} % of its data"), PercentComplete = percent });
            if (percent >= 100)
            {
                return;
            }

            if (snapshot.Text("properties", "copyCompletionError", "errorMessage") is { } problem)
            {
                throw new ImageServiceException("SnapshotIncomplete", ErrorKind.InvalidState, $"The data of the {Description} did not come: {problem}", "Try again.", Id.ToString());
            }

            await run.Context.Time.Delay(TimeBetweenLooks, run.Cancellation).ConfigureAwait(false);
        }
    }
}

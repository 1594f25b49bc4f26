using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Backup;

/// <summary>A disk that is made of a backup.</summary>
/// <param name="Id">It.</param>
/// <param name="Model">What it was.</param>
/// <param name="Source">What it is made of.</param>
internal sealed record RestoredDisk(ResourceIdentifier Id, DiskModel Model, ResourceIdentifier Source)
{
    private const int LongestName = 80;

    /// <summary>Whether it is there: the backup is of the OS disk alone.</summary>
    public bool IsKept => Model.KeptId is not null;

    /// <summary>It in words.</summary>
    public string Description => $"disk '{Id.Name}' in resource group '{Id.ResourceGroupName}'";

    /// <summary>Chooses the disks' names: their own where those are free, else with the time.</summary>
    /// <param name="session">The session.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="machine">The machine that gets them.</param>
    /// <param name="going">What is removed before: its names are free.</param>
    /// <param name="context">Clock and cancellation.</param>
    public static async Task<IReadOnlyList<RestoredDisk>> ChooseAsync(ImageSession session, BackupContent backup, ResourceIdentifier machine, ICollection<ResourceIdentifier> going, OperationContext context)
    {
        bool isBeside = !string.Equals(machine.ToString(), backup.Model.Id, StringComparison.OrdinalIgnoreCase);
        string stamp = context.Time.GetUtcNow().ToString("'-'yyyyMMddHHmmss", CultureInfo.InvariantCulture);
        ResourceDocuments documents = new(session.Arm);
        return await Task.WhenAll(backup.Model.Disks.Zip(backup.Sources, async (disk, source) =>
        {
            if (disk.KeptId is not null)
            {
                return new RestoredDisk(source, disk, source);
            }

            string own = disk.Lun is { } lun ? FormattableString.Invariant($"{machine.Name}_DataDisk_{lun}") : $"{machine.Name}_OsDisk";
            string name = ResourceNames.Require(isBeside ? own : disk.Document.Text("name") ?? own, "disk");
            ResourceIdentifier id = ManagedDiskResource.CreateResourceIdentifier(machine.SubscriptionId, machine.ResourceGroupName, name.Substring(0, Math.Min(name.Length, LongestName)));
            if (!going.Contains(id) && await documents.FindAsync(id, ApiVersions.WholeDisks, context.Cancellation).ConfigureAwait(false) is not null)
            {
                id = ManagedDiskResource.CreateResourceIdentifier(machine.SubscriptionId, machine.ResourceGroupName, name.Substring(0, Math.Min(name.Length, LongestName - stamp.Length)) + stamp);
            }

            return new RestoredDisk(id, disk, source);
        })).ConfigureAwait(false);
    }

    /// <summary>The step that makes it.</summary>
    public Step CreateStep(ImageSession session, BackupContent backup, IReadOnlyDictionary<string, string>? userTags)
    {
        Dictionary<string, string> tags = Model.Document["tags"].Texts().With(userTags);

        ResourceIdentifier? key = Model.Document.Text("properties", "encryption", "diskEncryptionSetId") is { } set ? new ResourceIdentifier(set) : null;
        return new Step(run => AzureErrors.CallAsync($"Creating the {Description}", Id.ToString(), () => new ResourceDocuments(session.Arm).PutAsync(Id, ApiVersions.WholeDisks, Body(backup, tags, run.RunId), run.Context)))
        {
            Title = Model.Lun is { } lun ? FormattableString.Invariant($"Make the data disk of LUN {lun}") : "Make the OS disk",
            Effect = StepEffect.Creates,
            Target = Description,
            OnFailure = FailureAction.Undo,
            Note = $"On {Model.Document.Text("sku", "name") ?? "Azure's default storage"}{(Model.Document.Number("properties", "diskSizeGB") is { } size ? FormattableString.Invariant($", {size} GiB") : string.Empty)}; billed from then on.",
            Changes = [ResourceChange.Create(Id, backup.Location, tags) with { Linked = [(Source, $"{Source.ResourceType}/beginGetAccess/action"), .. key is null ? Array.Empty<(ResourceIdentifier, string)>() : [(key, $"{key.ResourceType}/read")]] }],
            Weight = 2,
            Undo = run => OwnResource.DeleteAsync(run, Description, session, Id, ApiVersions.WholeDisks),
        };
    }

    /// <summary>Its entry in a machine's storage profile.</summary>
    public JsonObject Entry()
    {
        JsonObject entry = Model.Document["entry"].Pick("caching", "writeAcceleratorEnabled", "deleteOption");
        entry["createOption"] = "Attach";
        entry["managedDisk"] = new JsonObject { ["id"] = Id.ToString() };
        if (Model.Lun is { } lun)
        {
            entry["lun"] = lun;
        }
        else
        {
            entry["osType"] = Model.Document.Text("entry", "osType") ?? Model.Document.Text("properties", "osType");
        }

        return entry;
    }

    private JsonObject Body(BackupContent backup, Dictionary<string, string> tags, string runId)
    {
        JsonObject body = Model.Document.Pick("zones", "extendedLocation", "sku");
        body["location"] = backup.Location.Name;
        Dictionary<string, string> all = new(StringComparer.OrdinalIgnoreCase);
        RunTag.Apply(all, tags, runId);
        body["tags"] = Documents.OfTexts(all);
        JsonObject properties = Model.Document["properties"].Without("creationData", "supportedCapabilities", "diskSizeGB");
        if (properties.Text("encryption", "diskEncryptionSetId") is null)
        {
            properties.Remove("encryption");
        }

        properties["creationData"] = Model.Document.At("properties", "creationData").Pick("logicalSectorSize");
        properties["creationData"]!["createOption"] = backup.CreateOption;
        properties["creationData"]!["sourceResourceId"] = Source.ToString();
        body["properties"] = properties;
        return body;
    }
}

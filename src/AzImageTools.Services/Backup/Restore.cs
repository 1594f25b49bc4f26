using System.Text.Json.Nodes;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Backup;

/// <summary>A machine that is made anew of a backup.</summary>
/// <param name="Session">The session.</param>
/// <param name="Backup">The backup.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Disks">Its disks, the OS disk first.</param>
/// <param name="Tag">The user's tags.</param>
internal sealed record Restore(ImageSession Session, BackupContent Backup, ResourceIdentifier Machine, IReadOnlyList<RestoredDisk> Disks, IReadOnlyDictionary<string, string>? Tag)
{
    /// <summary>The steps that remove what an interrupted restore left.</summary>
    public IReadOnlyList<Step> Removal { get; init; } = [];

    /// <summary>The ids of what goes by them.</summary>
    public IReadOnlyCollection<ResourceIdentifier> Going { get; init; } = [];

    private string Description => BackupSource.Describe(Machine);

    /// <summary>Tells what does not come back.</summary>
    public void Tell(RestoreMethod method, OperationContext context)
    {
        if (Backup.Model.Machine.Text("identity", "type")?.IndexOf("SystemAssigned", StringComparison.OrdinalIgnoreCase) >= 0)
        {
            context.Log.Warning($"The {Description} gets a new system-assigned identity: what the old one was allowed to do has to be assigned again.");
        }

        if (Backup.Model.Extensions is { Count: > 0 } extensions)
        {
            context.Log.Warning($"Extensions are not installed again: {string.Join(", ", extensions.Select(extension => $"{extension.Text("name")} ({extension.Text("properties", "publisher")}.{extension.Text("properties", "type")})"))}. Their secrets are not in the backup; install those that are wanted with Set-AzVMExtension.");
        }

        if (method == RestoreMethod.Beside && Backup.Model.Interfaces.SelectMany(card => card.Items("properties", "ipConfigurations")).Any(configuration => configuration.At("properties", "publicIPAddress") is not null))
        {
            context.Log.Warning($"The {Description} gets no public address, and no place in load balancers.");
        }
    }

    /// <summary>The step that deletes a generalized machine, which can't be changed any more.</summary>
    public Step DeleteStep(JsonObject current)
    {
        string[] going =
        [
            .. new[] { current.At("properties", "storageProfile", "osDisk") as JsonObject ?? [] }.Concat(current.Items("properties", "storageProfile", "dataDisks"))
                .Where(IsDeletedToo).Select(disk => $"disk '{disk.Text("name")}'"),
            .. current.Items("properties", "networkProfile", "networkInterfaces").Where(card => IsDeletedToo(card["properties"]))
                .Select(card => $"network interface '{new ResourceIdentifier(card.Text("id")!).Name}'"),
        ];
        return new Step(run => AzureErrors.CallAsync($"Deleting the {Description}", Machine.ToString(), () => new ResourceDocuments(Session.Arm).DeleteAsync(Machine, ApiVersions.WholeMachines, run.Context)))
        {
            Title = "Delete the generalized machine",
            Effect = StepEffect.Deletes,
            Target = Description,
            OnFailure = FailureAction.Keep,
            Changes = [new ResourceChange(Machine, $"{Machine.ResourceType}/delete")],
            Note = $"It can't start, nor be changed, and makes room for itself.{(going.Length > 0 ? $" With it go, as it was told to: {string.Join(", ", going)}." : " Its disks stay.")}",
            Aftermath = $"The generalized {Description} is deleted. To try again, run the same command: the backup is all that it needs.",
        };
    }

    /// <summary>The step that makes the machine.</summary>
    public Step CreateStep(IReadOnlyList<RestoredInterface> interfaces)
    {
        Dictionary<string, string> tags = Backup.Model.Machine["tags"].Texts().With(Tag);

        IEnumerable<string> identities = (Backup.Model.Machine.At("identity", "userAssignedIdentities") as JsonObject ?? []).Select(identity => new ResourceIdentifier(identity.Key).Name);
        return new Step(run => AzureErrors.CallAsync($"Creating the {Description}", Machine.ToString(), () => new ResourceDocuments(Session.Arm).PutAsync(Machine, ApiVersions.WholeMachines, Body(interfaces, tags, run.RunId), run.Context)))
        {
            Title = "Make the machine",
            Effect = StepEffect.Creates,
            Target = Description,
            OnFailure = FailureAction.Undo,
            Note = $"Size {Backup.Model.Machine.Text("properties", "hardwareProfile", "vmSize")}; it starts, and is billed from then on.{(identities.Any() ? $" It gets the identities {string.Join(", ", identities)}." : string.Empty)}",
            Changes =
            [
                ResourceChange.Create(Machine, Backup.Location, tags) with
                {
                    Linked =
                    [
                        .. interfaces.Where(card => !card.IsMade).Select(card => (card.Id, "Microsoft.Network/networkInterfaces/join/action")),
                        .. interfaces.Where(card => card.IsMade).Select(card => (Group(card.Id), "Microsoft.Network/networkInterfaces/join/action")),
                        (Group(Machine), "Microsoft.Compute/disks/read"),
                    ],
                },
            ],
            Weight = 4,
            Undo = run => UndoAsync(interfaces, run),
        };
    }

    private static ResourceIdentifier Group(ResourceIdentifier id) => id.Parent!;

    private static bool IsDeletedToo(JsonNode? entry) => string.Equals(entry.Text("deleteOption"), "Delete", StringComparison.OrdinalIgnoreCase);

    private JsonObject Body(IReadOnlyList<RestoredInterface> interfaces, Dictionary<string, string> tags, string runId)
    {
        JsonObject body = Backup.Model.Machine.Pick("zones", "identity", "plan", "extendedLocation", "properties");
        body["location"] = Backup.Location.Name;
        Dictionary<string, string> all = new(StringComparer.OrdinalIgnoreCase);
        RunTag.Apply(all, tags, runId);
        body["tags"] = Documents.OfTexts(all);
        JsonObject storage = body["properties"]!["storageProfile"] as JsonObject ?? [];
        storage["osDisk"] = Disks[0].Entry();
        storage["dataDisks"] = new JsonArray([.. Disks.Skip(1).Select(disk => disk.Entry())]);
        body["properties"]!["storageProfile"] = storage;
        body["properties"]!["networkProfile"] = new JsonObject { ["networkInterfaces"] = new JsonArray([.. interfaces.Select(card => card.Entry())]) };
        return body;
    }

    /// <summary>An interface that was there before must not go with the machine, whatever the machine is told to take along.</summary>
    private async Task<bool> UndoAsync(IReadOnlyList<RestoredInterface> interfaces, StepRun run)
    {
        if (interfaces.Any(card => !card.IsMade && IsDeletedToo(card.Model["entry"])))
        {
            await AzureErrors.CallAsync($"Keeping the interfaces of the {Description}", Machine.ToString(), async () =>
            {
                ResourceDocuments documents = new(Session.Arm);
                if ((await documents.FindAsync(Machine, ApiVersions.WholeMachines, run.Cancellation).ConfigureAwait(false))?["tags"].Texts().TryGetValue(RunTag.Name, out string? tag) == true && tag == run.RunId)
                {
                    JsonObject network = new() { ["networkInterfaces"] = new JsonArray([.. interfaces.Select(card => card.Entry("Detach"))]) };
                    await documents.PatchAsync(Machine, ApiVersions.WholeMachines, new JsonObject { ["properties"] = new JsonObject { ["networkProfile"] = network } }, run.Context).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        }

        return await OwnResource.DeleteAsync(run, Description, Session, Machine, ApiVersions.WholeMachines).ConfigureAwait(false);
    }
}

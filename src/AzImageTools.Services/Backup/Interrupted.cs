using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Backup;

/// <summary>
/// What runs of this machine that were killed left half done in a resource group. It is proved by their notes (<see cref="RunNote"/>) beside their tags, and
/// removed by the next run of the kind. What is whole, or in use, is none of it.
/// </summary>
/// <param name="session">The session.</param>
internal sealed class Interrupted(ImageSession session)
{
    /// <summary>The snapshots and collections of backups of a machine that were not completed.</summary>
    public async Task<IReadOnlyList<Step>> OfBackupsAsync(ResourceIdentifier machine, OperationContext context)
    {
        string source = $"{machine.ResourceGroupName}/{machine.Name}";
        IReadOnlyList<Found> snapshots = await ListAsync(machine, "snapshots", ApiVersions.WholeDisks, context).ConfigureAwait(false);
        IReadOnlyList<Found> collections = await ListAsync(machine, "restorePointCollections", ApiVersions.WholeMachines, context).ConfigureAwait(false);
        HashSet<string> whole = [.. snapshots.Where(found => found.IsDone && ModelTags.HaveModel(found.Tags)).Select(found => found.RunId)];
        foreach (Found untold in snapshots.Where(found => found.IsDone && ModelTags.HaveModel(found.Tags) && IsOf(found, source)))
        {
            Tell(untold, context);
        }

        List<Found> left = [.. snapshots.Where(found => IsOf(found, source) && !whole.Contains(found.RunId))];
        ResourceDocuments documents = new(session.Arm);
        foreach (Found found in collections.Where(found => IsOf(found, source)))
        {
            JsonObject? point = await documents.FindAsync(RestorePointCopies.PointOf(found.Id), ApiVersions.WholeMachines, context.Cancellation).ConfigureAwait(false);
            if (point.Text("properties", "provisioningState") is not ("Succeeded" or "Creating"))
            {
                left.Add(found);
            }
            else
            {
                Tell(found, context);
            }
        }

        return [.. left.Select(DeleteStep)];
    }

    /// <summary>The disks and interfaces of restores that nothing has.</summary>
    public async Task<IReadOnlyList<Step>> OfRestoresAsync(ResourceIdentifier machine, OperationContext context)
    {
        IReadOnlyList<Found> disks = await ListAsync(machine, "disks", ApiVersions.WholeDisks, context).ConfigureAwait(false);
        IReadOnlyList<Found> interfaces = await ListAsync(machine, "networkInterfaces", ApiVersions.Networks, context, "Microsoft.Network").ConfigureAwait(false);
        return [.. interfaces.Concat(disks).Where(found => !found.IsHeld).Select(DeleteStep)];
    }

    /// <summary>The disks that restores put into a machine in the place of others.</summary>
    public async Task<IReadOnlyList<Step>> OfExchangesAsync(ResourceIdentifier machine, OperationContext context)
    {
        IReadOnlyList<Found> disks = await ListAsync(machine, "disks", ApiVersions.WholeDisks, context).ConfigureAwait(false);
        return [.. disks.Where(found => string.Equals(found.Document.Text("managedBy"), machine.ToString(), StringComparison.OrdinalIgnoreCase)).Select(DeleteStep)];
    }

    private static void Tell(Found whole, OperationContext context)
        => context.Log.Warning($"The backup '{whole.Id.Name}' in resource group '{whole.Id.ResourceGroupName}' was made whole by an earlier run, which was killed: delete it when it is not wanted.");

    private static bool IsOf(Found found, string source)
        => found.Tags.TryGetValue(ModelTags.Purpose, out string? purpose) && purpose == ModelTags.Backup
            && found.Tags.TryGetValue(ModelTags.Source, out string? of) && string.Equals(of, source, StringComparison.OrdinalIgnoreCase);

    private async Task<IReadOnlyList<Found>> ListAsync(ResourceIdentifier machine, string type, string apiVersion, OperationContext context, string provider = "Microsoft.Compute")
    {
        ArmDocuments list = new(session.Arm, ResourceGroupResource.CreateResourceIdentifier(machine.SubscriptionId, machine.ResourceGroupName), apiVersion);
        List<Found> found = [];
        foreach (JsonElement entry in await list.ListAsync($"providers/{provider}/{type}", string.Empty, context.Cancellation).ConfigureAwait(false))
        {
            if (JsonObject.Create(entry) is { } document && document.Text("id") is { } id && RunTag.Read(document["tags"].Texts()) is { } runId && RunNote.IsOfKilled(session.RunFolder, runId))
            {
                found.Add(new Found(new ResourceIdentifier(id), runId, document, apiVersion));
            }
        }

        return found;
    }

    private Step DeleteStep(Found found)
    {
        string what = found.Id.ResourceType == SnapshotResource.ResourceType ? "snapshot"
            : found.Id.ResourceType == ManagedDiskResource.ResourceType ? "disk"
            : found.ApiVersion == ApiVersions.Networks ? "network interface" : "restore point collection";
        string target = $"{what} '{found.Id.Name}' in resource group '{found.Id.ResourceGroupName}'";
        return KilledRun.DeleteStep(session, found.Id, found.ApiVersion, found.RunId, target);
    }

    /// <summary>Something that a killed run made.</summary>
    private sealed record Found(ResourceIdentifier Id, string RunId, JsonObject Document, string ApiVersion)
    {
        public IReadOnlyDictionary<string, string> Tags { get; } = Document["tags"].Texts();

        public bool IsDone => Document.Text("properties", "provisioningState") == "Succeeded";

        public bool IsHeld => Document.Text("managedBy") is not null || Document.At("properties", "virtualMachine") is not null || Document["managedByExtended"] is JsonArray { Count: > 0 };
    }
}

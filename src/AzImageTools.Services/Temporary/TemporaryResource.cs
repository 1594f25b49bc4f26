using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Temporary;

/// <summary>A resource of a kind that runs make for a while, as it is now.</summary>
internal sealed class TemporaryResource
{
    private const int NotFoundStatus = 404;
    private const int MostTries = 12;
    private const int ConflictStatus = 409;
    private static readonly TimeSpan TimeBetweenTries = TimeSpan.FromSeconds(5);
    private readonly ImageSession _session;

    private TemporaryResource(ImageSession session, ResourceIdentifier id, TemporaryKind kind, IDictionary<string, string> tags, string? managedBy, JsonElement properties)
    {
        _session = session;
        Id = id;
        Kind = kind;
        Tags = new Dictionary<string, string>(tags, StringComparer.OrdinalIgnoreCase);
        Created = DateTimeOffset.TryParse(ArmDocuments.Text(properties, "timeCreated"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset created) ? created : null;
        Holders = [.. HoldersOf(managedBy, properties).Where(holder => !string.IsNullOrEmpty(holder) && !holder!.StartsWith($"{id}/", StringComparison.OrdinalIgnoreCase)).Select(holder => holder!)];
    }

    /// <summary>Its id.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>What it is.</summary>
    public TemporaryKind Kind { get; }

    /// <summary>Its tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; }

    /// <summary>When it was made, where its type tells it.</summary>
    public DateTimeOffset? Created { get; }

    /// <summary>The ids of what it is attached to.</summary>
    public IReadOnlyList<string> Holders { get; }

    /// <summary>Reads a resource; null where it is not there, or is none of a kind that runs make.</summary>
    /// <exception cref="RequestFailedException">It can't be read.</exception>
    public static async Task<TemporaryResource?> FindAsync(ImageSession session, ResourceIdentifier id, CancellationToken cancellation)
    {
        if (TemporaryKind.Of(id) is not { } kind)
        {
            return null;
        }

        try
        {
            if (kind.IsGroup)
            {
                Response<ResourceGroupResource> group = await session.Arm.GetResourceGroupResource(id).GetAsync(cancellation).ConfigureAwait(false);
                return new TemporaryResource(session, id, kind, group.Value.Data.Tags, managedBy: null, default);
            }

            Response<GenericResource> answer = await session.RawArm.GetGenericResource(id).GetAsync(cancellation).ConfigureAwait(false);
            GenericResourceData data = answer.Value.Data;
            using JsonDocument? properties = data.Properties is null ? null : JsonDocument.Parse(data.Properties);
            return new TemporaryResource(session, id, kind, data.Tags, data.ManagedBy, properties?.RootElement.Clone() ?? default);
        }
        catch (RequestFailedException failure) when (failure.Status == NotFoundStatus)
        {
            return null;
        }
    }

    /// <summary>Deletes it and waits until it is gone. Who has its bytes open loses access before.</summary>
    /// <exception cref="RequestFailedException">Azure refuses.</exception>
    public async Task DeleteAsync(OperationContext context)
    {
        if (Kind.HasAccess)
        {
            await RevokeAsync(context).ConfigureAwait(false);
        }

        for (int attempt = 1; ; attempt++)
        {
            try
            {
                ArmOperation operation = Kind.IsGroup
                    ? await _session.Arm.GetResourceGroupResource(Id).DeleteAsync(WaitUntil.Started, forceDeletionTypes: null, context.Cancellation).ConfigureAwait(false)
                    : await _session.RawArm.GetGenericResource(Id).DeleteAsync(WaitUntil.Started, context.Cancellation).ConfigureAwait(false);
                await OperationWaiter.WaitAsync(operation, context).ConfigureAwait(false);
                return;
            }
            catch (RequestFailedException failure) when (failure.Status == NotFoundStatus)
            {
                return;
            }
            catch (RequestFailedException failure) when (failure.Status == ConflictStatus && failure.ErrorCode != "ScopeLocked" && attempt < MostTries)
            {
                // What is still being made, or just let go of, may not be deletable yet.
                await context.Time.Delay(TimeBetweenTries, context.Cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Gives it other tags. The SDK's generic change sends the region too, which types that are strict refuse.</summary>
    /// <exception cref="RequestFailedException">Azure refuses.</exception>
    public Task SetTagsAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancellation)
    {
        JsonObject body = new() { ["tags"] = new JsonObject(tags.Select(tag => new KeyValuePair<string, JsonNode?>(tag.Key, tag.Value))) };
        return new ArmDocuments(_session.Arm, Id, Kind.ApiVersion).ChangeAsync(RequestMethod.Patch, path: string.Empty, body, cancellation);
    }

    private async Task RevokeAsync(OperationContext context)
    {
        ArmOperation operation = Kind.Type == SnapshotResource.ResourceType
            ? await _session.Arm.GetSnapshotResource(Id).RevokeAccessAsync(WaitUntil.Started, context.Cancellation).ConfigureAwait(false)
            : await _session.Arm.GetManagedDiskResource(Id).RevokeAccessAsync(WaitUntil.Started, context.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, context).ConfigureAwait(false);
    }

    private static IEnumerable<string?> HoldersOf(string? managedBy, JsonElement properties)
        => new[] { managedBy, ArmDocuments.Text(properties, "virtualMachine", "id") }
            .Concat(ArmDocuments.Items(properties, "managedByExtended").Concat(ArmDocuments.Items(properties, "networkInterfaces")).Concat(ArmDocuments.Items(properties, "subnets"))
                .Select(holder => holder.ValueKind == JsonValueKind.String ? holder.GetString() : ArmDocuments.Text(holder, "id")))
            .Concat(ArmDocuments.Items(properties, "subnets").SelectMany(subnet => ArmDocuments.Items(subnet, "properties", "ipConfigurations")).Select(address => ArmDocuments.Text(address, "id")));
}

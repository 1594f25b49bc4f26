using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>All resources and operations of one cloud. Used under the cloud's lock.</summary>
internal sealed class ArmStore(CloudState cloud)
{
    private readonly SortedDictionary<string, ArmResource> _resources = new(StringComparer.OrdinalIgnoreCase);

    public CloudState Cloud { get; } = cloud;

    /// <summary>The first is the cloud's own; the others are of its options.</summary>
    public IReadOnlyList<Subscription> Subscriptions { get; } = [.. cloud.Options.Subscriptions.Select(options => new Subscription(options))];

    public Dictionary<string, ArmOperation> Operations { get; } = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<ArmResource> All => _resources.Values;

    public ArmResource? Find(string? id)
        => id is not null && _resources.TryGetValue("/" + id.Trim('/'), out var resource) ? resource : null;

    public ArmResource? Find(ResourceId id) => Find(id.ToId());

    /// <summary>The resource, or the error that it is not there.</summary>
    public ArmResource Get(ResourceId id)
    {
        GetGroup(id.SubscriptionId, id.ResourceGroup);
        return Find(id) ?? throw ArmException.NotFound(id);
    }

    /// <summary>A resource that another one refers to.</summary>
    public ArmResource GetReferred(string? id, string type, string target)
    {
        if (id is null)
        {
            throw ArmException.Missing(target);
        }

        var parsed = ResourceId.TryParse(id);
        if (parsed is null || !JsonReading.Same(parsed.Type, type))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest, "InvalidParameter", "The value of parameter '" + target + "' is not the id of a resource of type '" + type + "'.", target);
        }

        var resource = Find(id) ?? throw ArmException.NotFound(parsed);
        resource.Poll(Cloud.Now);
        return resource;
    }

    /// <summary>The subscription of an id, or the error that it is not there.</summary>
    public Subscription GetSubscription(string id)
        => Subscriptions.FirstOrDefault(subscription => JsonReading.Same(subscription.Id, id))
            ?? throw new ArmException(HttpStatusCode.NotFound, "SubscriptionNotFound", "The subscription '" + id + "' could not be found.");

    /// <summary>The document of a resource group, or the error that it is not there.</summary>
    public JsonObject GetGroup(string subscriptionId, string name)
        => GetSubscription(subscriptionId).Groups.TryGetValue(name, out var group)
            ? group
            : throw new ArmException(HttpStatusCode.NotFound, "ResourceGroupNotFound", "Resource group '" + name + "' could not be found.");

    /// <summary>All of a subscription, in one group or all.</summary>
    public IEnumerable<ArmResource> InSubscription(string subscriptionId, string? group = null)
        => All.Where(resource => JsonReading.Same(resource.ResourceId.SubscriptionId, subscriptionId)
            && (group is null || JsonReading.Same(resource.ResourceId.ResourceGroup, group)));

    /// <summary>Those of one type, in one group of a subscription or all.</summary>
    public IEnumerable<ArmResource> List(string type, string subscriptionId, string? group = null)
        => InSubscription(subscriptionId, group).Where(resource => JsonReading.Same(resource.ResourceId.Type, type));

    /// <summary>Those of one type that lie in another resource.</summary>
    public IEnumerable<ArmResource> List(string type, ResourceId parent)
        => All.Where(resource => JsonReading.Same(resource.ResourceId.Type, type) && parent.Holds(resource.ResourceId));

    public void Add(ArmResource resource)
    {
        resource.Created ??= Find(resource.Id)?.Created ?? Cloud.Now.ToString("O", CultureInfo.InvariantCulture);
        _resources[resource.Id] = resource;
    }

    /// <summary>Takes a resource out, and the pages that nothing else holds.</summary>
    public void Remove(ArmResource resource)
    {
        if (Find(resource.Id) != resource)
        {
            return;
        }

        _resources.Remove(resource.Id);
        foreach (var pages in Pages(resource).ToList())
        {
            Release(pages);
        }
    }

    /// <summary>Drops pages that no resource holds any more.</summary>
    public void Release(PageBlob pages)
    {
        if (All.Any(other => Pages(other).Contains(pages)))
        {
            return;
        }

        foreach (var grant in Cloud.Grants.Where(entry => entry.Value.Pages == pages).Select(entry => entry.Key).ToList())
        {
            Cloud.Grants.Remove(grant);
        }

        pages.Dispose();
    }

    /// <summary>Waits for the bytes that are on the move. Not called under the cloud's lock.</summary>
    /// <returns>The operations that are under way.</returns>
    public List<ArmOperation> WaitForBytes()
    {
        List<ArmOperation> open;
        lock (Cloud.Gate)
        {
            open = [.. Operations.Values.Concat(All.SelectMany(resource => resource.Background)).Distinct().Where(operation => !operation.IsDone)];
        }

        // How it went is told by the operation itself.
        open.ForEach(operation => Task.WaitAny(operation.Work));
        return open;
    }

    /// <summary>Brings all operations to their end, and waits for the bytes that are on the move. Not called under the cloud's lock.</summary>
    public void EndOperations()
    {
        List<ArmOperation> open = WaitForBytes();
        lock (Cloud.Gate)
        {
            foreach (var operation in open)
            {
                operation.Finish(Cloud.Now);
            }
        }
    }

    public void DisposePages()
    {
        foreach (var pages in All.SelectMany(Pages).Distinct())
        {
            pages.Dispose();
        }

        _resources.Clear();
    }

    private static IEnumerable<PageBlob> Pages(ArmResource resource)
        => resource.GuestState is null ? resource.Disks.Values : resource.Disks.Values.Append(resource.GuestState);
}

using System.Net;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>One resource type: what can be asked of it. Called under the cloud's lock.</summary>
internal abstract class ResourceType(ArmStore store, OperationReplies operations)
{
    /// <summary>Namespace and types, as in <c>Microsoft.Compute/disks</c>.</summary>
    public abstract string Type { get; }

    /// <summary>The part of its operations' addresses that names the service.</summary>
    protected virtual string OperationKind => "operations";

    /// <summary>Whether a poll tells the resource when it is made: disks and snapshots do, the rest of Microsoft.Compute does not.</summary>
    protected virtual bool TellsOutput => false;

    /// <summary>Whether a deletion is done when it is answered.</summary>
    protected virtual bool IsDeletedAtOnce => false;

    /// <summary>What its operations ask of those who poll.</summary>
    protected virtual TimeSpan RetryAfter => Store.Cloud.Options.RetryAfter;

    protected ArmStore Store { get; } = store;

    protected OperationReplies Operations { get; } = operations;

    /// <returns>The answer; null where the type knows no such request.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        if (request.ResourceGroup is null)
        {
            return request is { Method: "GET", HasName: false } && request.Names.Count == 0 ? ListReply(request, Store.List(Type, request.SubscriptionId)) : null;
        }

        Store.GetGroup(request.SubscriptionId, request.ResourceGroup);
        var parent = request.ParentId;
        if (parent is not null && Store.Find(parent) is null)
        {
            throw ArmException.ParentNotFound(parent);
        }

        if (!request.HasName)
        {
            return request.Method is not "GET" ? null
                : ListReply(request, parent is null ? Store.List(Type, request.SubscriptionId, request.ResourceGroup) : Store.List(Type, parent));
        }

        Store.Find(request.Id)?.Poll(Store.Cloud.Now);
        return request.Method switch
        {
            "GET" when request.Action is null => GetReply(request, Store.Get(request.Id)),
            "GET" => View(request, Store.Get(request.Id)),
            "HEAD" => ArmReply.Empty(Store.Find(request.Id) is null ? HttpStatusCode.NotFound : HttpStatusCode.NoContent),
            "PUT" => Put(request, request.ReadBody(), Store.Find(request.Id) is { } existing ? CheckFree(existing) : null),
            "PATCH" => Patch(request, request.ReadBody(), CheckFree(Store.Get(request.Id))),
            "DELETE" => DeleteReply(request),
            "POST" => Post(request, CheckFree(Store.Get(request.Id)), request.Action ?? ""),
            _ => null,
        };
    }

    /// <summary>Takes a resource of this type out, with all that goes with it.</summary>
    public void Remove(ArmResource resource)
    {
        Store.Remove(resource);
        OnDeleted(resource);
    }

    protected abstract HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing);

    /// <summary>Changes tags; types that allow more override it.</summary>
    protected virtual HttpResponseMessage Patch(ArmRequest request, JsonObject body, ArmResource resource)
    {
        if (body["tags"] is { } tags)
        {
            resource.Document["tags"] = tags.DeepClone();
        }

        return ArmReply.Ok(resource.Document);
    }

    protected virtual HttpResponseMessage? Post(ArmRequest request, ArmResource resource, string action) => null;

    /// <summary>Answers a GET for a view of the resource.</summary>
    protected virtual HttpResponseMessage? View(ArmRequest request, ArmResource resource) => null;

    /// <summary>Refuses a delete while a change is under way.</summary>
    protected virtual void CheckBusy(ArmResource resource) => CheckFree(resource);

    /// <summary>Refuses a delete by throwing.</summary>
    protected virtual void CheckDelete(ArmResource resource)
    {
    }

    protected virtual void OnDeleted(ArmResource resource)
    {
    }

    /// <summary>Done right before a resource that was asked to be deleted is taken out.</summary>
    protected virtual void OnDeleting(ArmResource resource)
    {
    }

    protected virtual HttpResponseMessage GetReply(ArmRequest request, ArmResource resource) => ArmReply.Ok(resource.Document);

    /// <summary>Starts the making of a resource, which is there at once and ready at the operation's end.</summary>
    /// <param name="request">What asks for it.</param>
    /// <param name="resource">The resource.</param>
    /// <param name="status">Of the answer.</param>
    /// <param name="pending">Its provisioning state until then.</param>
    /// <param name="complete">Done to it at the end.</param>
    /// <param name="work">Work outside the lock, without which it can't end.</param>
    /// <param name="withLocation">Whether the result can be fetched from <c>Location</c>.</param>
    /// <param name="told">What the answer holds; the resource itself where nothing is said.</param>
    protected HttpResponseMessage Create(
        ArmRequest request, ArmResource resource, HttpStatusCode status, string pending, Action? complete = null, Task? work = null, bool withLocation = false, JsonNode? told = null)
    {
        resource.Properties["provisioningState"] = pending;
        Store.Add(resource);
        var operation = NewOperation(
            resource,
            action: null,
            () =>
            {
                complete?.Invoke();
                resource.Properties["provisioningState"] = "Succeeded";
            },
            () => TellsOutput ? resource.Document.DeepClone() : null,
            () => resource.Properties["provisioningState"] = "Failed",
            work);
        return Operations.Start(request, operation, status, told ?? resource.Document, withLocation);
    }

    /// <summary>Starts an action on a resource.</summary>
    protected HttpResponseMessage Act(ArmRequest request, ArmResource resource, Action complete, Func<JsonNode?>? result = null)
    {
        var operation = NewOperation(resource, request.Action ?? request.Method, complete, result ?? (() => null), () => { }, work: null);
        return Operations.Start(request, operation, HttpStatusCode.Accepted, body: null, withLocation: true);
    }

    /// <summary>The location that a new resource must name and an old one can't change.</summary>
    protected string CheckLocation(JsonObject body, ArmResource? existing)
    {
        var location = body.Text("location")?.Replace(" ", "").ToLowerInvariant();
        if (string.IsNullOrEmpty(location))
        {
            throw new ArmException(HttpStatusCode.BadRequest, "LocationRequired", "The location property is required for this definition.");
        }

        if (existing is not null && !JsonReading.Same(existing.Location, location))
        {
            throw new ArmException(
                HttpStatusCode.Conflict,
                "InvalidResourceLocation",
                "The resource '" + existing.Name + "' already exists in location '" + existing.Location
                + "'. A resource with the same name cannot be created in location '" + location + "'. Please select a new resource name.");
        }

        Regions.Check(location!, Type);
        body["location"] = location;
        return location!;
    }

    protected ArmResource NewResource(ArmRequest request, JsonObject body) => new ArmResource(request.Id with { Type = Type }, body);

    /// <summary>Refuses a change while another is under way.</summary>
    protected static ArmResource CheckFree(ArmResource resource)
        => resource.Operation is { IsDone: false } ? throw ArmException.Busy() : resource;

    private ArmOperation NewOperation(ArmResource resource, string? action, Action complete, Func<JsonNode?> result, Action fail, Task? work)
    {
        var location = resource.Location.Length > 0 ? resource.Location : Store.Cloud.Options.Location;
        var operation = new ArmOperation(location, OperationKind, new OperationTime(Store.Cloud.Options, Store.Cloud.Now, Durations.Of(Type, action), retryAfter: RetryAfter))
        {
            Complete = complete,
            Result = result,
            Fail = fail,
            Work = work ?? Task.CompletedTask,
        };
        resource.Operation = operation;
        return operation;
    }

    private HttpResponseMessage ListReply(ArmRequest request, IEnumerable<ArmResource> resources)
    {
        var found = resources.ToList();
        foreach (var resource in found)
        {
            resource.Poll(Store.Cloud.Now);
        }

        return ListPage.Of(request, Store.Cloud.Options, found.Where(resource => Store.Find(resource.Id) == resource).Select(resource => ListItem(request, resource)));
    }

    protected virtual JsonNode ListItem(ArmRequest request, ArmResource resource) => resource.Document;

    private HttpResponseMessage DeleteReply(ArmRequest request)
    {
        if (Store.Find(request.Id) is not { } resource)
        {
            return ArmReply.Empty(HttpStatusCode.NoContent);
        }

        CheckBusy(resource);
        CheckDelete(resource);
        if (IsDeletedAtOnce)
        {
            OnDeleting(resource);
            Remove(resource);
            return ArmReply.Empty(HttpStatusCode.OK);
        }

        var before = resource.Properties["provisioningState"]?.DeepClone();
        resource.Properties["provisioningState"] = "Deleting";
        return Act(request, resource, () =>
        {
            resource.Properties["provisioningState"] = before;
            OnDeleting(resource);
            Remove(resource);
        });
    }
}

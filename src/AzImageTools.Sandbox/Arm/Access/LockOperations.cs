using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>Microsoft.Authorization/locks, on subscriptions, resource groups and resources.</summary>
internal sealed class LockOperations(ArmStore store, Locks locks)
{
    public const string Type = "Microsoft.Authorization/locks";

    /// <returns>The answer; null where the path is not of locks, or they know no such request.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        if (!JsonReading.Same(request.Type, Type))
        {
            return null;
        }

        var scope = ScopeOf(request);
        if (!request.HasName)
        {
            return request.Method is "GET" ? ListPage.Of(request, store.Cloud.Options, locks.List(scope).Select(Describe)) : null;
        }

        var name = request.Names[0];
        return request.Method switch
        {
            "GET" => ArmReply.Ok(Describe(locks.Find(scope, name) ?? throw NotFound(name))),
            "PUT" => Put(scope, name, request.ReadBody()),
            "DELETE" => ArmReply.Empty(locks.Remove(scope, name) ? HttpStatusCode.OK : HttpStatusCode.NoContent),
            _ => null,
        };
    }

    private static ArmException NotFound(string name) => new ArmException(HttpStatusCode.NotFound, "LockNotFound", "The lock '" + name + "' could not be found.");

    private static JsonObject Describe(ManagementLock entry)
    {
        var properties = new JsonObject { ["level"] = entry.Level };
        if (entry.Notes is { } notes)
        {
            properties["notes"] = notes;
        }

        return new JsonObject { ["properties"] = properties, ["id"] = entry.Id, ["type"] = Type, ["name"] = entry.Name };
    }

    private HttpResponseMessage Put(string scope, string name, JsonObject body)
    {
        var level = new[] { Locks.ReadOnly, Locks.CanNotDelete }.FirstOrDefault(known => JsonReading.Same(known, body.Text("properties", "level")))
            ?? throw new ArmException(
                HttpStatusCode.BadRequest, "InvalidLockLevel", "The lock level '" + body.Text("properties", "level") + "' is invalid. Valid levels are 'CanNotDelete' and 'ReadOnly'.");
        var isNew = locks.Find(scope, name) is null;
        var entry = new ManagementLock(scope, name, level, body.Text("properties", "notes"));
        locks.Set(entry);
        return ArmReply.Json(isNew ? HttpStatusCode.Created : HttpStatusCode.OK, Describe(entry));
    }

    /// <summary>What a request's locks are on, which must be there.</summary>
    private string ScopeOf(ArmRequest request)
    {
        var scope = Scope.Of(request);
        if (ResourceId.TryParse(scope) is { } id)
        {
            return store.Get(id).Id;
        }

        if (request.ResourceGroup is { } group)
        {
            store.GetGroup(request.SubscriptionId, group);
        }

        return scope;
    }
}

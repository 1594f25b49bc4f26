using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Types;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What lies above the resource types: tenants, subscriptions, regions, resource groups, providers. Called under the cloud's lock.</summary>
internal sealed class SubscriptionOperations(ArmStore store, OperationReplies operations, IReadOnlyList<string> resourceTypes)
{
    /// <returns>The answer; null where the path is none of these.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        var segments = request.Segments;
        if (segments.Count == 1 && request.Method is "GET")
        {
            return JsonReading.Same(segments[0], "tenants") ? ArmReply.List([DescribeTenant()])
                : JsonReading.Same(segments[0], "subscriptions") ? ArmReply.List([DescribeSubscription()])
                : null;
        }

        if (segments.Count == 2)
        {
            return request.Method is "GET" ? ArmReply.Ok(DescribeSubscription()) : null;
        }

        if (segments.Count < 3)
        {
            return null;
        }

        return (segments[2].ToUpperInvariant(), segments.Count, request.Method) switch
        {
            ("OPERATIONRESULTS", 4, "GET") => operations.PollResult(request, segments[3]),
            ("LOCATIONS", 3, "GET") => ArmReply.List(Regions.All.Select(DescribeRegion)),
            ("RESOURCEGROUPS", 3, "GET") => ArmReply.List(store.Groups.Values),
            ("RESOURCEGROUPS", 4, _) => HandleGroup(request, segments[3]),
            ("RESOURCEGROUPS", 5, "GET") when JsonReading.Same(segments[4], "resources") => ListResources(segments[3]),
            ("RESOURCES", 3, "GET") => ListResources(group: null),
            ("PROVIDERS", 3, "GET") => ArmReply.List(Namespaces().Select(DescribeProvider)),
            ("PROVIDERS", 4, "GET") => DescribeNamespace(segments[3]),
            _ => null,
        };
    }

    public JsonObject NewGroup(string name, string location) => new JsonObject
    {
        ["id"] = "/subscriptions/" + store.SubscriptionId + "/resourceGroups/" + name,
        ["name"] = name,
        ["type"] = "Microsoft.Resources/resourceGroups",
        ["location"] = location,
        ["properties"] = new JsonObject { ["provisioningState"] = "Succeeded" },
    };

    private HttpResponseMessage? HandleGroup(ArmRequest request, string name)
    {
        switch (request.Method)
        {
            case "GET":
                store.CheckGroup(name);
                return ArmReply.Ok(store.Groups[name]);
            case "HEAD":
                return ArmReply.Empty(store.Groups.ContainsKey(name) ? HttpStatusCode.NoContent : HttpStatusCode.NotFound);
            case "PUT":
                return PutGroup(request.ReadBody(), name);
            case "PATCH":
                store.CheckGroup(name);
                store.Groups[name].CopyFrom(request.ReadBody(), "tags");
                return ArmReply.Ok(store.Groups[name]);
            case "DELETE":
                return DeleteGroup(request, name);
            default:
                return null;
        }
    }

    private HttpResponseMessage PutGroup(JsonObject body, string name)
    {
        var location = body.Text("location")?.Replace(" ", "").ToLowerInvariant()
            ?? throw new ArmException(HttpStatusCode.BadRequest, "LocationRequired", "The location property is required for this definition.");
        if (store.Groups.TryGetValue(name, out var existing) && !JsonReading.Same(existing.Text("location"), location))
        {
            throw new ArmException(
                HttpStatusCode.Conflict,
                "InvalidResourceGroupLocation",
                "Invalid resource group location '" + location + "'. The Resource group already exists in location '" + existing.Text("location") + "'.");
        }

        var group = NewGroup(name, location);
        if (body["tags"] is { } tags)
        {
            group["tags"] = tags.DeepClone();
        }

        store.Groups[name] = group;
        return ArmReply.Json(existing is null ? HttpStatusCode.Created : HttpStatusCode.OK, group);
    }

    private HttpResponseMessage DeleteGroup(ArmRequest request, string name)
    {
        store.CheckGroup(name);
        var group = store.Groups[name];
        group["properties"]!["provisioningState"] = "Deleting";
        var operation = new ArmOperation(group.Text("location")!, "operations", store.Cloud.Options.OperationPolls, store.Cloud.Now)
        {
            Complete = () =>
            {
                foreach (var resource in store.All.Where(resource => JsonReading.Same(resource.ResourceId.ResourceGroup, name)).ToList())
                {
                    store.Remove(resource);
                }

                store.Groups.Remove(name);
            },
        };
        return operations.StartResult(request, operation);
    }

    private HttpResponseMessage ListResources(string? group)
    {
        if (group is not null)
        {
            store.CheckGroup(group);
        }

        return ArmReply.List(store.All
            .Where(resource => group is null || JsonReading.Same(resource.ResourceId.ResourceGroup, group))
            .Select(resource => new JsonObject
            {
                ["id"] = resource.Id,
                ["name"] = string.Join("/", resource.ResourceId.Names),
                ["type"] = resource.ResourceId.Type,
                ["location"] = resource.Location,
                ["tags"] = resource.Document["tags"]?.DeepClone() ?? new JsonObject(),
            }));
    }

    private JsonObject DescribeTenant() => new JsonObject
    {
        ["id"] = "/tenants/" + store.Cloud.Options.TenantId,
        ["tenantId"] = store.Cloud.Options.TenantId,
        ["countryCode"] = "US",
        ["displayName"] = "Sandbox",
        ["domains"] = new JsonArray("sandbox.onmicrosoft.com"),
        ["tenantCategory"] = "Home",
        ["defaultDomain"] = "sandbox.onmicrosoft.com",
        ["tenantType"] = "AAD",
    };

    private JsonObject DescribeSubscription() => new JsonObject
    {
        ["id"] = "/subscriptions/" + store.SubscriptionId,
        ["authorizationSource"] = "RoleBased",
        ["managedByTenants"] = new JsonArray(),
        ["subscriptionId"] = store.SubscriptionId,
        ["tenantId"] = store.Cloud.Options.TenantId,
        ["displayName"] = "Sandbox (Visual Studio subscription)",
        ["state"] = "Enabled",
        ["subscriptionPolicies"] = new JsonObject
        {
            ["locationPlacementId"] = "Public_2014-09-01",
            ["quotaId"] = "MSDN_2014-09-01",
            ["spendingLimit"] = "On",
        },
    };

    private JsonObject DescribeRegion((string Name, string Display) region) => new JsonObject
    {
        ["id"] = "/subscriptions/" + store.SubscriptionId + "/locations/" + region.Name,
        ["name"] = region.Name,
        ["type"] = "Region",
        ["displayName"] = region.Display,
        ["regionalDisplayName"] = region.Display,
        ["metadata"] = new JsonObject { ["regionType"] = "Physical", ["regionCategory"] = "Recommended" },
    };

    private IEnumerable<string> Namespaces()
        => resourceTypes.Select(type => type.Substring(0, type.IndexOf('/'))).Distinct(StringComparer.OrdinalIgnoreCase);

    private HttpResponseMessage DescribeNamespace(string name)
    {
        var known = Namespaces().FirstOrDefault(candidate => JsonReading.Same(candidate, name));
        return known is not null
            ? ArmReply.Ok(DescribeProvider(known))
            : throw new ArmException(HttpStatusCode.NotFound, "InvalidResourceNamespace", "The resource namespace '" + name + "' is invalid.");
    }

    private JsonObject DescribeProvider(string name)
    {
        var types = resourceTypes.Where(type => type.StartsWith(name + "/", StringComparison.OrdinalIgnoreCase)).Select(type => new JsonObject
        {
            ["resourceType"] = type.Substring(name.Length + 1),
            ["locations"] = new JsonArray([.. Regions.All.Select(region => (JsonNode)region.Display)]),
            ["apiVersions"] = new JsonArray([.. ApiVersions.Supported(type).Select(version => (JsonNode)version)]),
            ["capabilities"] = "SupportsTags, SupportsLocation",
        });
        return new JsonObject
        {
            ["id"] = "/subscriptions/" + store.SubscriptionId + "/providers/" + name,
            ["namespace"] = name,
            ["resourceTypes"] = new JsonArray([.. types]),
            ["registrationState"] = "Registered",
            ["registrationPolicy"] = "RegistrationRequired",
        };
    }
}

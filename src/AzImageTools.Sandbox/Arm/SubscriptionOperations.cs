using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Access;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Types;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What lies above the resource types: tenants, subscriptions, regions, resource groups, providers. Called under the cloud's lock.</summary>
/// <param name="store">The resources.</param>
/// <param name="operations">The operations.</param>
/// <param name="resourceTypes">The types that providers tell of.</param>
/// <param name="remove">Takes a resource out as its type does.</param>
internal sealed class SubscriptionOperations(ArmStore store, OperationReplies operations, IReadOnlyList<string> resourceTypes, Action<ArmResource> remove)
{
    /// <returns>The answer; null where the path is none of these.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        var segments = request.Segments;
        if (segments.Count == 1 && request.Method is "GET")
        {
            var seen = store.Subscriptions.Where(subscription => TenantCheck.Sees(request, subscription));
            return JsonReading.Same(segments[0], "tenants") ? ArmReply.List(seen.Select(subscription => subscription.Options.TenantId).Distinct(StringComparer.OrdinalIgnoreCase).Select(DescribeTenant))
                : JsonReading.Same(segments[0], "subscriptions") ? ArmReply.List(seen.Select(subscription => subscription.Describe()))
                : null;
        }

        if (request.SubscriptionId.Length == 0)
        {
            return null;
        }

        var subscription = store.GetSubscription(request.SubscriptionId);
        if (segments.Count == 2)
        {
            return request.Method is "GET" ? ArmReply.Ok(subscription.Describe()) : null;
        }

        return (segments[2].ToUpperInvariant(), segments.Count, request.Method) switch
        {
            ("OPERATIONRESULTS", 4, "GET") => operations.PollResult(request, segments[3]),
            ("LOCATIONS", 3, "GET") => ArmReply.List(Regions.All.Select(region => DescribeRegion(subscription, region))),
            ("RESOURCEGROUPS", 3, "GET") => ListGroups(request, subscription),
            ("RESOURCEGROUPS", 4, _) => HandleGroup(request, subscription, segments[3]),
            ("RESOURCEGROUPS", 5, "GET") when JsonReading.Same(segments[4], "resources") => ListResources(request, subscription, segments[3]),
            ("RESOURCES", 3, "GET") => ListResources(request, subscription, group: null),
            ("PROVIDERS", 3, "GET") => ArmReply.List(Namespaces().Select(name => DescribeProvider(subscription, name))),
            ("PROVIDERS", 4, "GET") => DescribeNamespace(subscription, segments[3]),
            _ => null,
        };
    }

    public static JsonObject NewGroup(Subscription subscription, string name, string location) => new JsonObject
    {
        ["id"] = "/subscriptions/" + subscription.Id + "/resourceGroups/" + name,
        ["name"] = name,
        ["type"] = "Microsoft.Resources/resourceGroups",
        ["location"] = location,
        ["properties"] = new JsonObject { ["provisioningState"] = "Succeeded" },
    };

    private HttpResponseMessage? HandleGroup(ArmRequest request, Subscription subscription, string name)
    {
        switch (request.Method)
        {
            case "GET":
                return ArmReply.Ok(store.GetGroup(subscription.Id, name));
            case "HEAD":
                return ArmReply.Empty(subscription.Groups.ContainsKey(name) ? HttpStatusCode.NoContent : HttpStatusCode.NotFound);
            case "PUT":
                return PutGroup(subscription, request.ReadBody(), name);
            case "PATCH":
                var group = store.GetGroup(subscription.Id, name);
                group.CopyFrom(request.ReadBody(), "tags");
                return ArmReply.Ok(group);
            case "DELETE":
                return DeleteGroup(request, subscription, name);
            default:
                return null;
        }
    }

    private static HttpResponseMessage PutGroup(Subscription subscription, JsonObject body, string name)
    {
        var location = body.Text("location")?.Replace(" ", "").ToLowerInvariant()
            ?? throw new ArmException(HttpStatusCode.BadRequest, "LocationRequired", "The location property is required for this definition.");
        Regions.CheckGroup(location);
        if (subscription.Groups.TryGetValue(name, out var existing) && !JsonReading.Same(existing.Text("location"), location))
        {
            throw new ArmException(
                HttpStatusCode.Conflict,
                "InvalidResourceGroupLocation",
                "Invalid resource group location '" + location + "'. The Resource group already exists in location '" + existing.Text("location") + "'.");
        }

        var group = NewGroup(subscription, name, location);
        if (body["tags"] is { } tags)
        {
            group["tags"] = tags.DeepClone();
        }

        subscription.Groups[name] = group;
        return ArmReply.Json(existing is null ? HttpStatusCode.Created : HttpStatusCode.OK, group);
    }

    private HttpResponseMessage DeleteGroup(ArmRequest request, Subscription subscription, string name)
    {
        var group = store.GetGroup(subscription.Id, name);
        group["properties"]!["provisioningState"] = "Deleting";
        var operation = new ArmOperation(
            group.Text("location")!, "operations", new OperationTime(store.Cloud.Options, store.Cloud.Now, Durations.Of("Microsoft.Resources/resourceGroups")))
        {
            Complete = () =>
            {
                foreach (var resource in store.InSubscription(subscription.Id, name).ToList())
                {
                    // One may have gone with another before.
                    if (store.Find(resource.Id) == resource)
                    {
                        remove(resource);
                    }
                }

                subscription.Groups.Remove(name);
            },
        };
        return operations.StartResult(request, operation);
    }

    private HttpResponseMessage ListGroups(ArmRequest request, Subscription subscription)
    {
        var filter = ResourceFilter.Parse(request, ofGroups: true);
        return ListPage.WithTop(request, store.Cloud.Options, subscription.Groups.Values.Where(filter.Finds));
    }

    private HttpResponseMessage ListResources(ArmRequest request, Subscription subscription, string? group)
    {
        if (group is not null)
        {
            store.GetGroup(subscription.Id, group);
        }

        var filter = ResourceFilter.Parse(request, ofGroups: false);
        var expand = request.Http.QueryValue("$expand").Split(',');
        var found = store.InSubscription(subscription.Id, group).Where(resource => resource.Location.Length > 0).Select(resource => DescribeResource(resource, expand)).Where(filter.Finds).ToList();
        if (filter.AsksForTags)
        {
            found.ForEach(resource => resource.Remove("tags"));
        }

        return ListPage.WithTop(request, store.Cloud.Options, found);
    }

    /// <summary>Of what <c>$expand</c> can add (https://learn.microsoft.com/rest/api/resources/resources/list), the time of making is known here.</summary>
    private static JsonObject DescribeResource(ArmResource resource, string[] expand)
    {
        var description = new JsonObject
        {
            ["id"] = resource.Id,
            ["name"] = string.Join("/", resource.ResourceId.Names),
            ["type"] = resource.ResourceId.Type,
        };
        foreach (var name in new[] { "location", "tags", "sku", "kind", "managedBy", "plan", "identity", "zones" })
        {
            description.CopyFrom(resource.Document, name);
        }

        if (expand.Contains("createdTime", StringComparer.OrdinalIgnoreCase))
        {
            description["createdTime"] = resource.Created;
        }

        return description;
    }

    private static JsonObject DescribeTenant(string id) => new JsonObject
    {
        ["id"] = "/tenants/" + id,
        ["tenantId"] = id,
        ["countryCode"] = "US",
        ["displayName"] = "Sandbox",
        ["domains"] = new JsonArray("sandbox.onmicrosoft.com"),
        ["tenantCategory"] = "Home",
        ["defaultDomain"] = "sandbox.onmicrosoft.com",
        ["tenantType"] = "AAD",
    };

    private JsonObject DescribeRegion(Subscription subscription, (string Name, string Display) region)
    {
        var description = new JsonObject
        {
            ["id"] = "/subscriptions/" + subscription.Id + "/locations/" + region.Name,
            ["name"] = region.Name,
            ["type"] = "Region",
            ["displayName"] = region.Display,
            ["regionalDisplayName"] = region.Display,
            ["metadata"] = new JsonObject { ["regionType"] = "Physical", ["regionCategory"] = "Recommended" },
        };
        if (!store.Cloud.Options.RegionsWithoutZones.Contains(region.Name, StringComparer.OrdinalIgnoreCase))
        {
            description["availabilityZoneMappings"] = new JsonArray(
                [.. Regions.Zones.Select(zone => new JsonObject { ["logicalZone"] = zone, ["physicalZone"] = region.Name + "-az" + zone })]);
        }

        return description;
    }

    private IEnumerable<string> Namespaces()
        => resourceTypes.Select(type => type.Substring(0, type.IndexOf('/'))).Distinct(StringComparer.OrdinalIgnoreCase);

    private HttpResponseMessage DescribeNamespace(Subscription subscription, string name)
    {
        var known = Namespaces().FirstOrDefault(candidate => JsonReading.Same(candidate, name));
        return known is not null
            ? ArmReply.Ok(DescribeProvider(subscription, known))
            : throw new ArmException(HttpStatusCode.NotFound, "InvalidResourceNamespace", "The resource namespace '" + name + "' is invalid.");
    }

    private JsonObject DescribeProvider(Subscription subscription, string name)
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
            ["id"] = "/subscriptions/" + subscription.Id + "/providers/" + name,
            ["namespace"] = name,
            ["resourceTypes"] = new JsonArray([.. types]),
            ["registrationState"] = "Registered",
            ["registrationPolicy"] = "RegistrationRequired",
        };
    }
}

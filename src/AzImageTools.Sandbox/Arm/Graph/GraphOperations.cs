using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Access;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Graph;

/// <summary>
/// Microsoft.ResourceGraph/resources (https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data): queries over all subscriptions, a thousand
/// rows a page. What the principal may not read is left out without a word. Azure's tables lag behind by seconds; these do not. Used under the cloud's lock.
/// </summary>
internal sealed class GraphOperations(ArmStore store, PublicGalleries publicGalleries, RoleCheck roles)
{
    private const int MostRows = 1000;
    private const string Next = "$skipToken";

    private static readonly string[] Versions = ["2024-04-01", "2022-10-01", "2021-03-01", "2020-04-01-preview", "2019-04-01", "2018-09-01-preview"];

    /// <summary>Whether a request is a query.</summary>
    public static bool IsAsked(ArmRequest request)
        => request is { Method: "POST", Segments: { Count: 3 } segments }
            && JsonReading.Same(segments[0], "providers") && JsonReading.Same(segments[1], "Microsoft.ResourceGraph") && JsonReading.Same(segments[2], "resources");

    public HttpResponseMessage Answer(ArmRequest request)
    {
        if (!Versions.Contains(request.ApiVersion, StringComparer.OrdinalIgnoreCase))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "NoRegisteredProviderFound",
                "No registered resource provider found for location '' and API version '" + request.ApiVersion + "' for type 'resources'. The supported api-versions are '"
                + string.Join(", ", Enumerable.Reverse(Versions)) + "'. The supported locations are ''.");
        }

        var body = request.ReadBody();
        var query = GraphQuery.Parse(body.Text("query") ?? throw new ArmException(HttpStatusCode.BadRequest, "BadRequest", "The query is missing."));
        return ArmReply.Ok(Page(query, body, query.Run(Rows(query.Table, Wanted(request, body)))));
    }

    private JsonObject Page(GraphQuery query, JsonObject body, IReadOnlyList<JsonObject> found)
    {
        var format = body.Text("options", "resultFormat");
        if (format is not null && !JsonReading.Same(format, "objectArray"))
        {
            throw new ArmException(HttpStatusCode.BadRequest, "BadRequest", "The sandbox answers in the format objectArray only.");
        }

        var top = body.Number("options", "$top") ?? MostRows;
        if (top is < 1 or > MostRows)
        {
            throw new ArmException(HttpStatusCode.BadRequest, "BadRequest", "$top has to be between 1 and 1000.");
        }

        var size = (int)Math.Min(top, store.Cloud.Options.PageSize ?? MostRows);
        var start = Start(body.Text("options", Next));
        var rows = found.Skip(start).Take(size).ToList();
        var isTruncated = start + rows.Count < found.Count;
        var reply = new JsonObject
        {
            ["totalRecords"] = found.Count,
            ["count"] = rows.Count,
            ["data"] = new JsonArray([.. rows.Select(row => row.DeepClone())]),
            ["facets"] = new JsonArray(),
            ["resultTruncated"] = isTruncated && !query.HasId ? "true" : "false",
        };
        if (isTruncated && query.HasId)
        {
            reply[Next] = Convert.ToBase64String(Encoding.UTF8.GetBytes("rows:" + (start + rows.Count).ToString(CultureInfo.InvariantCulture)));
        }

        return reply;
    }

    private static int Start(string? token)
    {
        if (token is null)
        {
            return 0;
        }

        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(token));
            return int.Parse(text.Substring("rows:".Length), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception problem) when (problem is FormatException or ArgumentOutOfRangeException or OverflowException)
        {
            throw new ArmException(HttpStatusCode.BadRequest, "BadRequest", "The skip token is invalid.");
        }
    }

    /// <summary>The subscriptions that are asked about: all where none is named.</summary>
    private HashSet<string> Wanted(ArmRequest request, JsonObject body)
    {
        var seen = store.Subscriptions.Where(subscription => TenantCheck.Sees(request, subscription)).ToList();
        var named = body.Items("subscriptions").Select(item => item.ToString()).ToList();
        if (named.Find(id => !seen.Exists(subscription => JsonReading.Same(subscription.Id, id))) is { } unknown)
        {
            throw new ArmException(HttpStatusCode.Forbidden, "Forbidden", "The principal has no access to the subscription '" + unknown + "'.");
        }

        return new HashSet<string>(named.Count > 0 ? named : seen.Select(subscription => subscription.Id), StringComparer.OrdinalIgnoreCase);
    }

    private IEnumerable<JsonObject> Rows(string table, HashSet<string> subscriptions) => table switch
    {
        "RESOURCES" => Current().Where(resource => subscriptions.Contains(resource.ResourceId.SubscriptionId) && IsRead(resource.ResourceId.Type, resource.Id)).Select(Describe),
        "RESOURCECONTAINERS" => store.Subscriptions.Where(subscription => subscriptions.Contains(subscription.Id) && IsRead("Microsoft.Resources/subscriptions", "/subscriptions/" + subscription.Id))
            .Select(Describe),
        "COMMUNITYGALLERYRESOURCES" => publicGalleries.GraphRows(store.Cloud.Options.SubscriptionId),
        _ => throw new ArmException(HttpStatusCode.BadRequest, "BadRequest", "The sandbox has no table '" + table.ToLowerInvariant() + "' in its Resource Graph."),
    };

    /// <summary>All resources as they are now: what ends by being looked at, as a deletion does, has ended before they are told.</summary>
    private IEnumerable<ArmResource> Current()
    {
        store.All.ToList().ForEach(resource => resource.Poll(store.Cloud.Now));
        return store.All;
    }

    private bool IsRead(string type, string scope) => roles.IsAllowed(new RequestedAction(type + "/read", scope));

    private JsonObject Describe(ArmResource resource)
    {
        var row = (JsonObject)resource.Document.DeepClone();
        row["type"] = resource.ResourceId.Type.ToLowerInvariant();
        row["resourceGroup"] = resource.ResourceId.ResourceGroup.ToLowerInvariant();
        row["subscriptionId"] = resource.ResourceId.SubscriptionId;
        row["tenantId"] = store.GetSubscription(resource.ResourceId.SubscriptionId).Options.TenantId;
        return row;
    }

    private static JsonObject Describe(Subscription subscription) => new()
    {
        ["id"] = "/subscriptions/" + subscription.Id,
        ["name"] = subscription.Options.DisplayName,
        ["type"] = "microsoft.resources/subscriptions",
        ["subscriptionId"] = subscription.Id,
        ["tenantId"] = subscription.Options.TenantId,
        ["properties"] = new JsonObject { ["state"] = "Enabled" },
    };
}

using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>What a request wants to do, and where, in the words of roles and locks.</summary>
/// <param name="Action">Such as <c>Microsoft.Compute/disks/write</c>.</param>
/// <param name="Scope">The id of the resource, group or subscription that it is about.</param>
internal sealed record RequestedAction(string Action, string Scope)
{
    private const string Groups = "Microsoft.Resources/subscriptions/resourceGroups";

    /// <summary>Whether it makes, changes or deletes a resource or a group.</summary>
    public bool IsWrite => !Action.EndsWith("/read", StringComparison.Ordinal);

    public bool IsDelete => Action.EndsWith("/delete", StringComparison.Ordinal);

    /// <summary>Null for what anybody may ask: tenants, subscriptions, how operations do.</summary>
    public static RequestedAction? Of(ArmRequest request)
    {
        if (request.SubscriptionId.Length == 0 || request.Type.IndexOf("/locations/", StringComparison.OrdinalIgnoreCase) >= 0)
        {
            return null;
        }

        var path = "/" + string.Join("/", request.Segments);
        if (request.Type.Length == 0)
        {
            var isGroup = request.Segments.Count == 4 && request.ResourceGroup is not null;
            return isGroup ? new RequestedAction(Groups + Verb(request), path) : null;
        }

        // A list is read in what it lists, an action done to what it names.
        var scope = request.Action is not null ? path.Substring(0, path.LastIndexOf('/')) : request.HasName ? path : Place(request);
        return new RequestedAction(request.Type + Verb(request), scope);
    }

    private static string Verb(ArmRequest request) => request.Method switch
    {
        "GET" or "HEAD" => "/read",
        "DELETE" => "/delete",
        "POST" => "/" + request.Action + "/action",
        _ => "/write",
    };

    private static string Place(ArmRequest request)
        => request.ResourceGroup is null ? "/subscriptions/" + request.SubscriptionId
            : request.ParentId?.ToId() ?? "/subscriptions/" + request.SubscriptionId + "/resourceGroups/" + request.ResourceGroup;
}

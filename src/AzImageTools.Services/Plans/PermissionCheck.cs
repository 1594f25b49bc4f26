using System.Text.Json;
using AzImageTools.Disks;
using AzImageTools.Disks.Items;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Plans;

/// <summary>Compares what a plan does with what the caller's roles allow. Deny assignments are not told by Azure here.</summary>
internal static class PermissionCheck
{
    /// <summary>Where which actions are needed: what is made has to be allowed in the nearest place that is there.</summary>
    /// <param name="change">A change.</param>
    /// <param name="made">The ids of what the plan makes.</param>
    public static IEnumerable<NeededAction> NeededFor(ResourceChange change, ICollection<ResourceIdentifier> made)
    {
        ResourceIdentifier scope = NearestOf(change.Id, made);

        // What is made is read too: whether it is done, and what came of it.
        const string Write = "/write";
        IEnumerable<NeededAction> own = !change.IsOfData && change.Action.EndsWith(Write, StringComparison.OrdinalIgnoreCase)
            ? [new(scope, change.Action), new(scope, change.Action.Substring(0, change.Action.Length - Write.Length) + "/read")]
            : [new(scope, change.Action) { IsOfData = change.IsOfData }];
        return own.Concat(change.Linked.Select(linked => new NeededAction(NearestOf(linked.Id, made), linked.Action)));
    }

    /// <summary>The refusal that Azure would answer with; null where there is none.</summary>
    /// <param name="session">The session.</param>
    /// <param name="scope">A resource or resource group.</param>
    /// <param name="actions">What is done there.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<ImageServiceException?> FindAsync(ImageSession session, ResourceIdentifier scope, IReadOnlyList<NeededAction> actions, CancellationToken cancellation)
    {
        IReadOnlyList<JsonElement> permissions = await new ArmDocuments(session.Arm, scope, ApiVersions.Permissions)
            .ListAsync("providers/Microsoft.Authorization/permissions", string.Empty, cancellation).ConfigureAwait(false);
        if (permissions.Count == 0)
        {
            // Nobody without any role could have read what the plan was made of: here they are just not told.
            return null;
        }

        string? forbidden = actions.FirstOrDefault(needed => !permissions.Any(permission => needed.IsOfData
            ? Includes(permission, "dataActions", needed.Action) && !Includes(permission, "notDataActions", needed.Action)
            : Includes(permission, "actions", needed.Action) && !Includes(permission, "notActions", needed.Action)))?.Action;
        return forbidden is null ? null : new ImageServiceException(
            "AuthorizationFailed",
            ErrorKind.PermissionDenied,
            $"The roles of {session.Context.Account} do not allow {forbidden} on {scope}.",
            "Ask for a role that does, such as Contributor on the resource group.",
            scope.ToString());
    }

    /// <summary>The nearest place to a resource that is there already.</summary>
    private static ResourceIdentifier NearestOf(ResourceIdentifier id, ICollection<ResourceIdentifier> made)
    {
        while (made.Contains(id))
        {
            id = id.Parent!;
        }

        return id;
    }

    private static bool Includes(JsonElement permission, string list, string action)
        => ArmDocuments.Items(permission, list).Any(pattern => pattern.ValueKind == JsonValueKind.String && new Wildcard(pattern.GetString()!, ignoresCase: true).Matches(action));
}

/// <summary>What the caller has to be allowed to do somewhere.</summary>
/// <param name="Scope">Where: something that is there.</param>
/// <param name="Action">As roles name it.</param>
internal sealed record NeededAction(ResourceIdentifier Scope, string Action)
{
    /// <summary>Whether roles name it among the actions on data.</summary>
    public bool IsOfData { get; init; }
}

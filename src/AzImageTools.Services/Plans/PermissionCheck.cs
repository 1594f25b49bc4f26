using System.Text.Json;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Plans;

/// <summary>Compares what a plan does with what the caller's roles allow. Deny assignments are not told by Azure here.</summary>
internal static class PermissionCheck
{
    /// <summary>Where which actions are needed: what is made has to be allowed in the nearest place that is there.</summary>
    /// <param name="change">A change.</param>
    /// <param name="made">The ids of what the plan makes.</param>
    public static IEnumerable<(ResourceIdentifier Scope, string Action)> NeededFor(ResourceChange change, ICollection<ResourceIdentifier> made)
    {
        ResourceIdentifier scope = change.Id;
        while (made.Contains(scope))
        {
            scope = scope.Parent!;
        }

        return change.Linked.Prepend((scope, change.Action));
    }

    /// <summary>The refusal that Azure would answer with; null where there is none.</summary>
    /// <param name="session">The session.</param>
    /// <param name="scope">A resource or resource group.</param>
    /// <param name="actions">What is done there.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<ImageServiceException?> FindAsync(ImageSession session, ResourceIdentifier scope, IReadOnlyList<string> actions, CancellationToken cancellation)
    {
        IReadOnlyList<JsonElement> permissions = await new ArmDocuments(session.Arm, scope, ApiVersions.Permissions)
            .ListAsync("providers/Microsoft.Authorization/permissions", string.Empty, cancellation).ConfigureAwait(false);
        if (permissions.Count == 0)
        {
            // Nobody without any role could have read what the plan was made of: here they are just not told.
            return null;
        }

        string? forbidden = actions.FirstOrDefault(action => !permissions.Any(permission => Includes(permission, "actions", action) && !Includes(permission, "notActions", action)));
        return forbidden is null ? null : new ImageServiceException(
            "AuthorizationFailed",
            ErrorKind.PermissionDenied,
            $"The roles of {session.Context.Account} do not allow {forbidden} on {scope}.",
            "Ask for a role that does, such as Contributor on the resource group.",
            scope.ToString());
    }

    private static bool Includes(JsonElement permission, string list, string action)
        => ArmDocuments.Items(permission, list).Any(pattern => pattern.ValueKind == JsonValueKind.String && Matches(pattern.GetString()!, action));

    /// <summary>A star stands for any text. Piece by piece, so that no pattern takes long, however many it has.</summary>
    private static bool Matches(string pattern, string action)
    {
        string[] pieces = pattern.Split('*');
        string last = pieces[pieces.Length - 1];
        if (pieces.Length == 1)
        {
            return string.Equals(pattern, action, StringComparison.OrdinalIgnoreCase);
        }

        if (!action.StartsWith(pieces[0], StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        int position = pieces[0].Length;
        foreach (string piece in pieces.Skip(1).Take(pieces.Length - 2))
        {
            int found = action.IndexOf(piece, position, StringComparison.OrdinalIgnoreCase);
            if (found < 0)
            {
                return false;
            }

            position = found + piece.Length;
        }

        return action.Length - position >= last.Length && action.EndsWith(last, StringComparison.OrdinalIgnoreCase);
    }
}

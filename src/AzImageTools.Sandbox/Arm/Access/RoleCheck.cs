using System.Net;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>Refuses what the principal's roles do not allow, of the request itself and of what it links to.</summary>
internal sealed class RoleCheck(SandboxAccess access)
{
    /// <param name="request">The request.</param>
    /// <param name="wanted">What it wants.</param>
    public void Check(ArmRequest request, RequestedAction wanted)
    {
        if (access.Roles is null && access.Denials.Count == 0)
        {
            return;
        }

        var links = LinkedActions.Of(request).ToList();
        links.ForEach(linked => access.Note(linked.Action));
        access.Note(wanted.Action);

        // https://learn.microsoft.com/azure/role-based-access-control/troubleshooting and many recorded answers.
        var client = "The client '" + access.Client + "' with object id '" + access.ObjectId + "' ";
        if (!IsAllowed(wanted))
        {
            throw new ArmException(
                HttpStatusCode.Forbidden,
                "AuthorizationFailed",
                client + "does not have authorization to perform action '" + wanted.Action + "' over scope '" + wanted.Scope
                + "' or the scope is invalid. If access was recently granted, please refresh your credentials.");
        }

        var missing = links.Where(linked => !IsAllowed(linked)).ToList();
        if (missing.Count > 0)
        {
            throw new ArmException(
                HttpStatusCode.Forbidden,
                "LinkedAuthorizationFailed",
                client + "has permission to perform action '" + wanted.Action + "' on scope '" + wanted.Scope + "'; however, it does not have permission to perform action(s) '"
                + string.Join(",", missing.Select(linked => linked.Action)) + "' on the linked scope(s) '" + string.Join(",", missing.Select(linked => linked.Scope))
                + "' (respectively) or the linked scope(s) are invalid.");
        }
    }

    /// <summary>Whether the principal's roles allow something.</summary>
    public bool IsAllowed(RequestedAction wanted)
        => !access.Denials.Any(role => Includes(role, wanted)) && (access.Roles is not { } roles || roles.Any(role => Includes(role, wanted)));

    private static bool Includes(SandboxRole role, RequestedAction wanted)
        => role.HoldsIn(wanted.Scope)
            && role.Actions.Any(action => SandboxRole.Matches(action, wanted.Action))
            && !role.NotActions.Any(action => SandboxRole.Matches(action, wanted.Action));
}

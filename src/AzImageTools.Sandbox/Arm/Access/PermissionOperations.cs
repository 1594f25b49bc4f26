using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>Microsoft.Authorization/permissions: what the principal may do in a place. Everybody may ask.</summary>
internal sealed class PermissionOperations(SandboxAccess access)
{
    public const string Type = "Microsoft.Authorization/permissions";

    private static readonly SandboxRole Everything = new("/", ["*"]) { DataActions = ["*"] };

    /// <returns>The answer; null where the path is not of permissions.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        if (!JsonReading.Same(request.Type, Type) || request.HasName || request.Method is not "GET")
        {
            return null;
        }

        var scope = Scope.Of(request);
        var denied = access.Denials.Where(role => Scope.Holds(role.Scope, scope)).SelectMany(role => role.Actions).ToList();
        return ArmReply.List((access.Roles ?? [Everything]).Where(role => Scope.Holds(role.Scope, scope)).Select(role => new JsonObject
        {
            ["actions"] = Texts(role.Actions),
            ["notActions"] = Texts(role.NotActions.Concat(denied)),
            ["dataActions"] = Texts(role.DataActions),
            ["notDataActions"] = new JsonArray(),
        }));
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}

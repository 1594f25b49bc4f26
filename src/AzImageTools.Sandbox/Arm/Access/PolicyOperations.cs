using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>Microsoft.Authorization/policyAssignments: lists the policies that hold in a subscription, a resource group or a resource. They are set on the cloud.</summary>
internal sealed class PolicyOperations(ArmStore store, SandboxAccess access)
{
    public const string Type = "Microsoft.Authorization/policyAssignments";

    /// <returns>The answer; null where the path is not of policies, or they know no such request.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        if (!JsonReading.Same(request.Type, Type) || request.HasName || request.Method is not "GET")
        {
            return null;
        }

        var parts = request.Segments.ToList();
        var scope = "/" + string.Join("/", parts.Take(parts.FindLastIndex(part => JsonReading.Same(part, "providers"))));
        return ListPage.Of(request, store.Cloud.Options, access.Policies.Where(policy => Scope.Holds(policy.Scope, scope) || Scope.Holds(scope, policy.Scope)).Select(Describe));
    }

    private static JsonObject Describe(SandboxPolicy policy) => new JsonObject
    {
        ["properties"] = new JsonObject
        {
            ["displayName"] = policy.Name,
            ["policyDefinitionId"] = PolicyCheck.DefinitionOf(policy),
            ["scope"] = policy.Scope,
            ["enforcementMode"] = "Default",
        },
        ["id"] = PolicyCheck.AssignmentOf(policy),
        ["type"] = Type,
        ["name"] = policy.Name,
    };
}

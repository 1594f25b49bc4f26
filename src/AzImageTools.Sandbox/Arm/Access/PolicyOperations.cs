using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>
/// What can be asked of the policies that are set on the cloud: Microsoft.Authorization/policyAssignments lists those of a place,
/// Microsoft.PolicyInsights/checkPolicyRestrictions holds a resource against them that is not there yet.
/// </summary>
internal sealed class PolicyOperations(ArmStore store, SandboxAccess access)
{
    public const string Type = "Microsoft.Authorization/policyAssignments";

    private const string Insights = "Microsoft.PolicyInsights/";
    private const string Check = "checkPolicyRestrictions";

    /// <returns>The answer; null where the path is not of policies, or they know no such request.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        var scope = request.Type.Length == 0 ? "" : Scope.Of(request);
        if (JsonReading.Same(request.Type, Type) && request is { HasName: false, Method: "GET" })
        {
            return ListPage.Of(
                request, store.Cloud.Options, access.Policies.Where(policy => Scope.Holds(policy.Scope, scope) || Scope.Holds(scope, policy.Scope)).Select(Describe));
        }

        return JsonReading.Same(request.Type, Insights) && JsonReading.Same(request.Action, Check) ? ArmReply.Ok(Evaluate(scope, request.ReadBody())) : null;
    }

    /// <summary>As the published example PolicyRestrictions_CheckAtResourceGroupScope at 2022-03-01 has it.</summary>
    private JsonObject Evaluate(string scope, JsonObject body)
    {
        var content = body.At("resourceDetails", "resourceContent");
        var evaluations = access.Policies.Where(policy => Scope.Holds(policy.Scope, scope)).Select(policy => new JsonObject
        {
            ["policyInfo"] = new JsonObject { ["policyDefinitionId"] = PolicyCheck.DefinitionOf(policy), ["policyAssignmentId"] = PolicyCheck.AssignmentOf(policy) },
            ["evaluationResult"] = PolicyCheck.Denies(policy, content.Text("type") ?? "", content.Text("location") ?? "", content.At("tags") as JsonObject) ? "NonCompliant" : "Compliant",
            ["evaluationDetails"] = new JsonObject(),
        });
        return new JsonObject
        {
            ["fieldRestrictions"] = new JsonArray(),
            ["contentEvaluationResult"] = new JsonObject { ["policyEvaluations"] = new JsonArray([.. evaluations]) },
        };
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

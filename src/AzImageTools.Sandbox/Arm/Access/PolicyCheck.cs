using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>Refuses resources that policies deny, when they are made or changed.</summary>
internal sealed class PolicyCheck(SandboxAccess access, ArmStore store)
{
    /// <param name="request">The request.</param>
    /// <param name="wanted">What it wants.</param>
    public void Check(ArmRequest request, RequestedAction wanted)
    {
        var policies = access.Policies;
        if (policies.Count == 0 || request.Method is not ("PUT" or "PATCH") || request.Type.Length == 0 || request.ResourceGroup is null || !request.HasName)
        {
            return;
        }

        var resource = request.ReadBody();
        if (request.Method is "PATCH" && store.Find(request.Id) is { } existing)
        {
            var changed = resource["tags"];
            resource = (JsonObject)existing.Document.DeepClone();
            if (changed is not null)
            {
                resource["tags"] = changed.DeepClone();
            }
        }

        // Policies of Azure's mode Indexed look at resources that have a region and tags.
        if (resource.Text("location") is not { } location)
        {
            return;
        }

        var denying = policies.Where(policy => Scope.Holds(policy.Scope, wanted.Scope) && Denies(policy, request.Type, location, resource["tags"] as JsonObject)).ToList();
        if (denying.Count > 0)
        {
            throw Refused(request.Names[request.Names.Count - 1], denying);
        }
    }

    /// <summary>Whether a policy denies a resource of that type, region and tags.</summary>
    public static bool Denies(SandboxPolicy policy, string type, string location, JsonObject? tags)
        => policy.DisallowedTypes.Contains(type, StringComparer.OrdinalIgnoreCase)
            || (policy.AllowedLocations.Count > 0 && !policy.AllowedLocations.Contains(location.Replace(" ", ""), StringComparer.OrdinalIgnoreCase))
            || (policy.RequiredTag is { } tag && !(tags ?? []).Any(entry => JsonReading.Same(entry.Key, tag)));

    // https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-policy-requestdisallowedbypolicy
    private static ArmException Refused(string name, List<SandboxPolicy> policies)
    {
        var identifiers = new JsonArray([.. policies.Select(policy => new JsonObject
        {
            ["policyAssignment"] = new JsonObject { ["name"] = policy.Name, ["id"] = AssignmentOf(policy) },
            ["policyDefinition"] = new JsonObject { ["name"] = policy.Name, ["id"] = DefinitionOf(policy) },
        })]);
        return new ArmException(
            HttpStatusCode.Forbidden, "RequestDisallowedByPolicy", "Resource '" + name + "' was disallowed by policy. Policy identifiers: '" + identifiers.ToJsonString() + "'.", name)
        {
            AdditionalInfo = [.. policies.Select(policy => new JsonObject
            {
                ["type"] = "PolicyViolation",
                ["info"] = new JsonObject
                {
                    ["policyDefinitionDisplayName"] = policy.Name,
                    ["policyDefinitionId"] = DefinitionOf(policy),
                    ["policyDefinitionName"] = policy.Name,
                    ["policyDefinitionEffect"] = "deny",
                    ["policyAssignmentId"] = AssignmentOf(policy),
                    ["policyAssignmentName"] = policy.Name,
                    ["policyAssignmentDisplayName"] = policy.Name,
                    ["policyAssignmentScope"] = policy.Scope,
                },
            })],
        };
    }

    /// <summary>The id of a policy's assignment.</summary>
    public static string AssignmentOf(SandboxPolicy policy) => policy.Scope.TrimEnd('/') + "/providers/" + PolicyOperations.Type + "/" + policy.Name;

    /// <summary>The id of a policy's definition.</summary>
    public static string DefinitionOf(SandboxPolicy policy) => "/providers/Microsoft.Authorization/policyDefinitions/" + policy.Name;
}

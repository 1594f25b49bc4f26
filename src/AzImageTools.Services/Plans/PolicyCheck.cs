using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Plans;

/// <summary>Asks Azure Policy about a resource that is to be made: by its type, name, region and tags, which policies mostly judge by.</summary>
internal static class PolicyCheck
{
    private const string DocumentVersion = "2023-07-01";

    /// <summary>The refusal that Azure would answer with; null where there is none.</summary>
    /// <param name="session">The session.</param>
    /// <param name="change">What is made.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<ImageServiceException?> FindAsync(ImageSession session, ResourceChange change, CancellationToken cancellation)
    {
        JsonObject tags = [];
        if (change.Tags is not null)
        {
            foreach (KeyValuePair<string, string> tag in change.Tags)
            {
                tags[tag.Key] = tag.Value;
            }
        }

        tags[RunTag.Name] = string.Empty;
        JsonObject question = new()
        {
            ["resourceDetails"] = new JsonObject
            {
                ["resourceContent"] = new JsonObject
                {
                    ["type"] = change.Id.ResourceType.ToString(),
                    ["name"] = NameOf(change.Id),
                    ["location"] = change.Location!.Value.Name,
                    ["tags"] = tags,
                },
                ["apiVersion"] = DocumentVersion,
            },
        };
        JsonElement answer = await new ArmDocuments(
            session.Arm, ResourceGroupResource.CreateResourceIdentifier(change.Id.SubscriptionId, change.Id.ResourceGroupName), ApiVersions.PolicyRestrictions)
            .AskAsync("providers/Microsoft.PolicyInsights/checkPolicyRestrictions", question, cancellation).ConfigureAwait(false);
        JsonElement[] denying = [.. ArmDocuments.Items(answer, "contentEvaluationResult", "policyEvaluations")
            .Where(evaluation => string.Equals(ArmDocuments.Text(evaluation, "evaluationResult"), "NonCompliant", StringComparison.OrdinalIgnoreCase))];
        return denying.Length == 0 ? null : new ImageServiceException(
            "RequestDisallowedByPolicy",
            ErrorKind.PermissionDenied,
            $"Azure Policy forbids to make {change.Id}: {string.Join(", ", denying.Select(evaluation => ArmDocuments.Text(evaluation, "policyInfo", "policyAssignmentId") ?? "a policy"))}.",
            "Give what it asks for (-Location, -Tag), choose another place, or ask whoever looks after the subscription for an exemption.",
            change.Id.ToString());
    }

    /// <summary>A nested resource's name has those of its parents before it.</summary>
    private static string NameOf(ResourceIdentifier id)
        => id.Parent is { } parent && parent.ResourceType != ResourceGroupResource.ResourceType ? $"{NameOf(parent)}/{id.Name}" : id.Name;
}

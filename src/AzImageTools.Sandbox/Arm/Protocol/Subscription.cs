using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>A subscription and its resource groups. Used under the cloud's lock.</summary>
internal sealed class Subscription(SandboxSubscription options)
{
    public string Id => Options.SubscriptionId;

    public SandboxSubscription Options { get; } = options;

    /// <summary>The groups' documents by name.</summary>
    public SortedDictionary<string, JsonObject> Groups { get; } = new(StringComparer.OrdinalIgnoreCase);

    public JsonObject Describe() => new JsonObject
    {
        ["id"] = "/subscriptions/" + Id,
        ["authorizationSource"] = "RoleBased",
        ["managedByTenants"] = new JsonArray(),
        ["subscriptionId"] = Id,
        ["tenantId"] = Options.TenantId,
        ["displayName"] = Options.DisplayName,
        ["state"] = "Enabled",
        ["subscriptionPolicies"] = new JsonObject
        {
            ["locationPlacementId"] = "Public_2014-09-01",
            ["quotaId"] = Options.QuotaId,

            // Offers that bring a credit have a limit, as long as it is not taken away.
            ["spendingLimit"] = Options.QuotaId.StartsWith("MSDN", StringComparison.OrdinalIgnoreCase) ? "On" : "Off",
        },
    };
}

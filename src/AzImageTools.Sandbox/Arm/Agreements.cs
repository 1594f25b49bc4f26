using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage.Keeping;

namespace AzImageTools.Sandbox.Arm;

/// <summary>The terms of Marketplace plans that subscriptions have accepted. Used under the cloud's lock.</summary>
internal sealed class Agreements : IKeptPart
{
    private readonly Dictionary<string, Agreement> _entries = new(StringComparer.OrdinalIgnoreCase);

    public string Name => "agreements";

    public JsonNode Save() => KeptJson.Save(_entries);

    public void Load(JsonNode saved)
    {
        foreach (var entry in KeptJson.Load<Dictionary<string, Agreement>>(saved))
        {
            _entries.Add(entry.Key, entry.Value);
        }
    }

    public bool IsAccepted(string subscription, PurchasePlan plan) => Find(subscription, plan) is { CancelledAt: null };

    /// <summary>What a subscription did with a plan's terms last; null for nothing yet.</summary>
    public Agreement? Find(string subscription, PurchasePlan plan) => _entries.TryGetValue(Key(subscription, plan), out var entry) ? entry : null;

    public IEnumerable<Agreement> List(string subscription)
        => _entries.Where(entry => entry.Key.StartsWith(subscription + "/", StringComparison.OrdinalIgnoreCase)).Select(entry => entry.Value);

    public Agreement Set(string subscription, PurchasePlan plan, bool accepted, DateTimeOffset now)
    {
        var before = Find(subscription, plan);
        var entry = accepted ? new Agreement(plan, now, CancelledAt: null) : new Agreement(plan, before?.SignedAt, now);
        _entries[Key(subscription, plan)] = entry;
        return entry;
    }

    private static string Key(string subscription, PurchasePlan plan) => string.Join("/", subscription, plan.Publisher, plan.Product, plan.Name);
}

/// <summary>What a subscription did with the terms of a plan.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="SignedAt">When it accepted them last; null for never.</param>
/// <param name="CancelledAt">When it took that back; null where they are in force.</param>
internal sealed record Agreement(PurchasePlan Plan, DateTimeOffset? SignedAt, DateTimeOffset? CancelledAt);

using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Storage.Keeping;

/// <summary>Who a kept cloud is: its id, and the options that everything it holds depends on.</summary>
internal sealed record CloudIdentity
{
    private const string Part = "cloud";

    public required string Id { get; init; }

    public required string Location { get; init; }

    /// <summary>The cloud's own, and the others after it.</summary>
    public required SandboxSubscription[] Subscriptions { get; init; }

    /// <summary>That of the folder; a new one where there is none.</summary>
    /// <exception cref="SandboxStateException">It can't be read.</exception>
    public static CloudIdentity Of(StateKeeper? keeper, SandboxOptions options)
        => keeper?.Read(saved => KeptJson.Load<CloudIdentity>(saved[Part])) is { Subscriptions.Length: > 0 } kept
            ? kept
            : new CloudIdentity { Id = Guid.NewGuid().ToString(), Location = options.Location, Subscriptions = [.. options.Subscriptions] };

    public SandboxOptions Apply(SandboxOptions options) => options with
    {
        Location = Location,
        SubscriptionId = Subscriptions[0].SubscriptionId,
        TenantId = Subscriptions[0].TenantId,
        QuotaId = Subscriptions[0].QuotaId,
        OtherSubscriptions = [.. Subscriptions.Skip(1)],
    };

    public JsonObject Save() => new() { [Part] = KeptJson.Save(this) };
}

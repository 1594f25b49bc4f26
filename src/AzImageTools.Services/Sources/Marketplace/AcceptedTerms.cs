using System.Text.Json;
using AzImageTools.Services.Session;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Sources.Marketplace;

/// <summary>The plans whose terms a subscription has accepted: one list, read when the first plan is met. Its entries name the product and plan as published, or <c>offer</c> and their own name, as az recorded them.</summary>
/// <param name="session">The session.</param>
/// <param name="context">Log and cancellation.</param>
internal sealed class AcceptedTerms(ImageSession session, OperationContext context)
{
    private readonly object _gate = new();
    private Task<HashSet<string>?>? _plans;

    /// <summary>Whether a plan's terms are accepted; null where the list could not be read.</summary>
    public async Task<bool?> IsAcceptedAsync(string publisher, string product, string plan)
    {
        Task<HashSet<string>?> reading;
        lock (_gate)
        {
            reading = _plans ??= ReadAsync();
        }

        HashSet<string>? plans = await reading.ConfigureAwait(false);
        return plans?.Contains(Key(publisher, product, plan));
    }

    private static string Key(string? publisher, string? product, string? plan) => string.Join("/", publisher, product, plan);

    private async Task<HashSet<string>?> ReadAsync()
    {
        try
        {
            ArmDocuments documents = new(session.Arm, SubscriptionResource.CreateResourceIdentifier(session.Context.SubscriptionId), ApiVersions.MarketplaceTerms);
            IReadOnlyList<JsonElement> agreements = await AzureErrors.CallAsync("Listing the accepted terms", session.Context.SubscriptionId,
                () => documents.ListAsync("providers/Microsoft.MarketplaceOrdering/agreements", string.Empty, context.Cancellation)).ConfigureAwait(false);
            return new HashSet<string>(
                agreements.Where(static entry => string.Equals(ArmDocuments.Text(entry, "properties", "state") ?? "Active", "Active", StringComparison.OrdinalIgnoreCase))
                    .Select(static entry => Key(
                        ArmDocuments.Text(entry, "properties", "publisher"),
                        ArmDocuments.Text(entry, "properties", "offer") ?? ArmDocuments.Text(entry, "properties", "product"),
                        ArmDocuments.Text(entry, "properties", "plan") ?? ArmDocuments.Text(entry, "name"))),
                StringComparer.OrdinalIgnoreCase);
        }
        catch (ImageServiceException problem)
        {
            context.Log.Verbose($"Whether terms of plans are accepted is not told. {problem.Message}");
            return null;
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Provision;

/// <summary>The terms of a Marketplace plan: a subscription has to accept them once before it can have a machine of it.</summary>
internal sealed class MarketplaceTerms
{
    private readonly ArmDocuments _documents;
    private readonly MarketplacePlan _plan;
    private readonly string _path;

    private MarketplaceTerms(ImageSession session, MarketplacePlan plan)
    {
        _plan = plan;
        _documents = new ArmDocuments(session.Arm, SubscriptionResource.CreateResourceIdentifier(session.Context.SubscriptionId), ApiVersions.MarketplaceTerms);
        _path = $"providers/Microsoft.MarketplaceOrdering/offerTypes/VirtualMachine/publishers/{Uri.EscapeDataString(plan.Publisher)}/offers/{Uri.EscapeDataString(plan.Product)}/plans/{Uri.EscapeDataString(plan.Name)}/agreements/current";
    }

    /// <summary>The step that accepts the terms of a source's plan; null where nothing has to be accepted.</summary>
    /// <param name="session">The session.</param>
    /// <param name="source">The source.</param>
    /// <param name="mayAccept">Whether the user agreed to accept them.</param>
    /// <param name="context">Cancellation.</param>
    /// <exception cref="ImageServiceException">They are not accepted, and the user did not agree (TermsNotAccepted).</exception>
    public static async Task<Step?> PlanAsync(ImageSession session, MachineSource source, bool mayAccept, OperationContext context)
    {
        if (source.Plan is not { } plan)
        {
            return null;
        }

        MarketplaceTerms terms = new(session, plan);
        if (await terms.ReadAsync(context).ConfigureAwait(false) is not { } document || IsAccepted(document))
        {
            return null;
        }

        string link = ArmDocuments.Text(document, "properties", "licenseTextLink") ?? "the Marketplace";
        return mayAccept ? terms.AcceptStep(link) : throw new ImageServiceException(
            "TermsNotAccepted",
            ErrorKind.InvalidState,
            $"The {source.Description} is sold under the plan {plan}, whose terms this subscription has not accepted. They are at {link}.",
            "Read them, and give -AcceptTerms to accept them for the subscription (as Set-AzMarketplaceTerms -Accept does).",
            source.Id);
    }

    private static bool IsAccepted(JsonElement document)
        => document.TryGetProperty("properties", out JsonElement properties) && properties.TryGetProperty("accepted", out JsonElement accepted) && accepted.ValueKind == JsonValueKind.True;

    private Task<JsonElement?> ReadAsync(OperationContext context)
        => AzureErrors.CallAsync($"Reading the terms of the plan {_plan}", _plan.ToString(), () => _documents.FindAsync(_path, context.Cancellation));

    private Step AcceptStep(string link) => new(AcceptAsync)
    {
        Title = "Accept the terms of the Marketplace plan",
        Effect = StepEffect.Changes,
        Target = $"the agreement of this subscription to the plan {_plan}",
        OnFailure = FailureAction.Keep,
        Note = $"The terms are at {link}. They stay accepted.",
    };

    /// <summary>What is accepted is what was read, signature and all.</summary>
    private Task AcceptAsync(StepRun run) => AzureErrors.CallAsync($"Accepting the terms of the plan {_plan}", _plan.ToString(), async () =>
    {
        JsonElement document = await _documents.FindAsync(_path, run.Cancellation).ConfigureAwait(false)
            ?? throw new ImageServiceException("TermsNotFound", ErrorKind.NotFound, $"The plan {_plan} has no terms any more.", "Look for another image.", _plan.ToString());
        JsonObject properties = JsonNode.Parse(document.GetProperty("properties").GetRawText())!.AsObject();
        properties["accepted"] = true;
        await _documents.ChangeAsync(RequestMethod.Put, _path, new JsonObject { ["properties"] = properties }, run.Cancellation).ConfigureAwait(false);
    });
}

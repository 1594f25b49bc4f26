using System.Net;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Checks the plan that a machine is bought with: first Resource Manager whether it may be bought, then Compute whether it is the image's.</summary>
internal sealed class PurchasePlans(Agreements agreements, Marketplace marketplace)
{
    private const string NotBuyable = "MarketplacePurchaseEligibilityFailed";

    /// <summary>Refuses a machine whose plan is not accepted, or not that of its image; null for an image that has none.</summary>
    public void Check(ArmResource machine, PurchasePlan? expected)
    {
        var plan = PurchasePlan.Read(machine.Document["plan"]);
        if (plan is not null)
        {
            CheckBuyable(machine.ResourceId.SubscriptionId, plan);
        }

        if (plan is null && expected is not null)
        {
            throw Invalid(
                "Creating a virtual machine from Marketplace image or a custom image sourced from a Marketplace image requires Plan information in the request. VM: '" + machine.Id + "'.");
        }

        // Names of plans are compared letter by letter.
        if (expected is not null && plan != expected)
        {
            throw Invalid(
                "Unable to deploy from the Marketplace image or a custom image sourced from Marketplace image. The part number in the purchase information for VM '"
                + machine.Id + "' is not as expected. Beware that the Plan object's properties are case-sensitive. Learn more about common virtual machine error codes.");
        }
    }

    private static ArmException Invalid(string message) => new ArmException(HttpStatusCode.BadRequest, "VMMarketplaceInvalidInput", message);

    private void CheckBuyable(string subscription, PurchasePlan plan)
    {
        if (marketplace.FindPlan(plan.Publisher, plan.Product, plan.Name) is null)
        {
            throw Refused("Offer with PublisherId: '" + plan.Publisher + "', OfferId: '" + plan.Product + "' not found.");
        }

        if (agreements.IsAccepted(subscription, plan))
        {
            return;
        }

        var correlation = Guid.NewGuid().ToString();
        var reason = "You have not accepted the legal terms on this subscription: '" + subscription
            + "' for this plan. Before the subscription can be used, you need to accept the legal terms of the image. To read and accept legal terms, use the Azure CLI commands described at "
            + "https://go.microsoft.com/fwlink/?linkid=2110637 or the PowerShell commands available at https://go.microsoft.com/fwlink/?linkid=862451. Alternatively, deploying via the Azure "
            + "portal provides a UI experience for reading and accepting the legal terms. Offer details: publisher='" + plan.Publisher + "' offer = '" + plan.Product + "', sku = '" + plan.Name
            + "', Correlation Id: '" + correlation + "'.";
        throw Refused("Offer with PublisherId: '" + plan.Publisher + "', OfferId: '" + plan.Product
            + "' cannot be purchased due to validation errors. For more information see details. Correlation Id: '" + correlation + "' " + reason + "[{\"" + reason + "\":\"StoreApi\"}]");
    }

    // As recorded, the misspelling included.
    private static ArmException Refused(string reason)
        => new ArmException(HttpStatusCode.BadRequest, NotBuyable, "Marketplace purchase eligibilty check returned errors. See inner errors for details. ")
        {
            Details = [new ArmException(HttpStatusCode.BadRequest, "BadRequest", reason)],
        };
}

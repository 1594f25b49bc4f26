using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>What is bought with an image of the Marketplace.</summary>
/// <param name="Publisher">The publisher.</param>
/// <param name="Product">The offer.</param>
/// <param name="Name">The plan, which is the SKU.</param>
internal sealed record PurchasePlan(string Publisher, string Product, string Name)
{
    /// <summary>The plan that a document names whole; null for none.</summary>
    public static PurchasePlan? Read(JsonNode? node)
        => node.Text("publisher") is { } publisher && node.Text("product") is { } product && node.Text("name") is { } name ? new PurchasePlan(publisher, product, name) : null;

    public JsonObject Describe() => new JsonObject { ["name"] = Name, ["publisher"] = Publisher, ["product"] = Product };
}

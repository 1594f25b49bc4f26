using System.Text.Json.Serialization;
using AzImageTools.Services.Plans;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Images;

/// <summary>
/// The Marketplace plan that machines made of an image have to repeat. A managed image has no place for it (azure-cli#4796),
/// so it stands in tags there, by the names that packer gives them.
/// </summary>
/// <param name="Name">The plan's name.</param>
/// <param name="Product">The product.</param>
/// <param name="Publisher">The publisher.</param>
internal sealed record MarketplacePlan(
    [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("product")] string Product, [property: JsonPropertyName("publisher")] string Publisher)
{
    private const string NameTag = "PlanInfo";
    private const string ProductTag = "PlanProduct";
    private const string PublisherTag = "PlanPublisher";

    /// <summary>How many tags a plan takes.</summary>
    public const int TagCount = 3;

    /// <summary>A machine's plan.</summary>
    public static MarketplacePlan? Of(ComputePlan? plan) => From(plan?.Name, plan?.Product, plan?.Publisher);

    /// <summary>A disk's plan.</summary>
    public static MarketplacePlan? Of(DiskPurchasePlan? plan) => From(plan?.Name, plan?.Product, plan?.Publisher);

    /// <summary>An image definition's plan.</summary>
    public static MarketplacePlan? Of(ImagePurchasePlan? plan) => From(plan?.Name, plan?.Product, plan?.Publisher);

    /// <summary>The plan that a managed image's tags tell of; null where they tell none, or not all of it.</summary>
    public static MarketplacePlan? Of(IDictionary<string, string> tags)
        => From(Read(tags, NameTag), Read(tags, ProductTag), Read(tags, PublisherTag));

    /// <summary>Tells of the plan in a managed image's tags.</summary>
    public void Apply(IDictionary<string, string> tags)
    {
        RunTag.Set(tags, NameTag, Name);
        RunTag.Set(tags, ProductTag, Product);
        RunTag.Set(tags, PublisherTag, Publisher);
    }

    public bool Equals(MarketplacePlan? other)
        => other is not null && Same(Name, other.Name) && Same(Product, other.Product) && Same(Publisher, other.Publisher);

    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Name);

    public override string ToString() => $"'{Publisher}:{Product}:{Name}'";

    private static MarketplacePlan? From(string? name, string? product, string? publisher)
        => string.IsNullOrEmpty(name) || string.IsNullOrEmpty(product) || string.IsNullOrEmpty(publisher) ? null : new MarketplacePlan(name!, product!, publisher!);

    /// <summary>Tag names are the same whatever their case.</summary>
    private static string? Read(IDictionary<string, string> tags, string name) => tags.FirstOrDefault(tag => Same(tag.Key, name)).Value;

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}

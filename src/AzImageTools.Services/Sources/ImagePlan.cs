namespace AzImageTools.Services.Sources;

/// <summary>The purchase plan that a virtual machine made of the image must repeat, after its terms were accepted.</summary>
/// <param name="Name">The plan's name; for Marketplace images mostly the SKU.</param>
/// <param name="Product">The product; for Marketplace images mostly the offer.</param>
/// <param name="Publisher">The publisher.</param>
public sealed record ImagePlan(string Name, string Product, string Publisher);

namespace AzImageTools.Sandbox.Configuration;

/// <summary>
/// How much a generated Marketplace holds, beside the images that every cloud has; the defaults are of the size of a public region's. The same numbers
/// make the same names, in every process. Nothing of it is held but a few numbers a SKU.
/// </summary>
public sealed record SandboxMarketplace
{
    /// <summary>How many publishers.</summary>
    public int Publishers { get; init; } = 2_000;

    /// <summary>How many offers, at least one a publisher.</summary>
    public int Offers { get; init; } = 8_000;

    /// <summary>How many SKUs, at least one an offer.</summary>
    public int Skus { get; init; } = 25_000;

    /// <summary>How many versions, at least one a SKU.</summary>
    public int Versions { get; init; } = 120_000;
}

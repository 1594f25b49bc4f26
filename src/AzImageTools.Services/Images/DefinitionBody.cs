using System.Text.Json;
using System.Text.Json.Serialization;

namespace AzImageTools.Services.Images;

/// <summary>The properties of an image definition that is made, as API version 2024-03-03 has them.</summary>
internal sealed record DefinitionBody
{
    /// <summary><c>Windows</c> or <c>Linux</c>.</summary>
    [JsonPropertyName("osType")]
    public required string OsType { get; init; }

    /// <summary><c>Generalized</c> or <c>Specialized</c>.</summary>
    [JsonPropertyName("osState")]
    public required string OsState { get; init; }

    /// <summary><c>V1</c> or <c>V2</c>; Azure's default, V1, when null.</summary>
    [JsonPropertyName("hyperVGeneration")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? HyperVGeneration { get; init; }

    /// <summary><c>x64</c> or <c>Arm64</c>; Azure's default, x64, when null.</summary>
    [JsonPropertyName("architecture")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Architecture { get; init; }

    /// <summary>Publisher, offer and SKU.</summary>
    [JsonPropertyName("identifier")]
    public required DefinitionIdentifier Identifier { get; init; }

    /// <summary>The Marketplace plan that machines made of it need; null for none.</summary>
    [JsonPropertyName("purchasePlan")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MarketplacePlan? PurchasePlan { get; init; }

    /// <summary>Its features; null for none.</summary>
    [JsonPropertyName("features")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ImageFeature>? Features { get; init; }

    /// <summary>What else a definition tells that this one is a copy of; null for none.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; init; }
}

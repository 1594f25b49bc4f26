using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Sources.Marketplace;

/// <summary>A version of a Marketplace image, as its SKU's list tells it; the names are short since they are kept by the ten thousand.</summary>
internal sealed record MarketplaceVersion
{
    [JsonPropertyName("n")]
    public required string Number { get; init; }

    [JsonPropertyName("o")]
    public string? OsType { get; init; }

    [JsonPropertyName("g")]
    public string? Generation { get; init; }

    [JsonPropertyName("a")]
    public string? Architecture { get; init; }

    /// <summary>The feature SecurityType; null for none.</summary>
    [JsonPropertyName("s")]
    public string? SecurityType { get; init; }

    /// <summary>The feature DiskControllerTypes; null for none.</summary>
    [JsonPropertyName("c")]
    public string? Controllers { get; init; }

    [JsonPropertyName("d")]
    public int DataDisks { get; init; }

    /// <summary>Of the OS disk, in GiB.</summary>
    [JsonPropertyName("z")]
    public int? SizeGB { get; init; }

    /// <summary>Name, product and publisher of its plan; null for none.</summary>
    [JsonPropertyName("p")]
    public string[]? Plan { get; init; }

    [JsonPropertyName("st")]
    public string? State { get; init; }

    [JsonPropertyName("e")]
    public DateTimeOffset? EndOfLife { get; init; }

    [JsonPropertyName("al")]
    public string? Alternative { get; init; }

    /// <summary>Whether its properties were told, and not its number alone.</summary>
    [JsonPropertyName("h")]
    public bool HasDetails { get; init; }

    /// <summary>No machine can be made of it any more.</summary>
    [JsonIgnore]
    public bool IsDeprecated => string.Equals(State, "Deprecated", StringComparison.OrdinalIgnoreCase);

    /// <summary>The version in an entry of a list, or in its own document; null if it has no number.</summary>
    public static MarketplaceVersion? From(JsonElement entry)
    {
        if (ArmDocuments.Text(entry, "name") is not { Length: > 0 } number)
        {
            return null;
        }

        if (!entry.TryGetProperty("properties", out JsonElement properties) || properties.ValueKind != JsonValueKind.Object)
        {
            return new MarketplaceVersion { Number = number };
        }

        string? plan = ArmDocuments.Text(properties, "plan", "name");
        return new MarketplaceVersion
        {
            Number = number,
            HasDetails = true,
            OsType = Shared(ArmDocuments.Text(properties, "osDiskImage", "operatingSystem")),
            Generation = Shared(ArmDocuments.Text(properties, "hyperVGeneration")),
            Architecture = Shared(ArmDocuments.Text(properties, "architecture")),
            SecurityType = Shared(Feature("SecurityType")),
            Controllers = Shared(Feature("DiskControllerTypes")),
            DataDisks = ArmDocuments.Items(properties, "dataDiskImages").Count(),
            SizeGB = SizeOf(properties),
            Plan = plan is null ? null : [plan, ArmDocuments.Text(properties, "plan", "product") ?? string.Empty, ArmDocuments.Text(properties, "plan", "publisher") ?? string.Empty],
            State = Shared(ArmDocuments.Text(properties, "imageDeprecationStatus", "imageState")),
            EndOfLife = DateTimeOffset.TryParse(ArmDocuments.Text(properties, "imageDeprecationStatus", "scheduledDeprecationTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset end) ? end : null,
            Alternative = ArmDocuments.Text(properties, "imageDeprecationStatus", "alternativeOption", "value"),
        };

        string? Feature(string name) => ArmDocuments.Items(properties, "features")
            .Where(feature => string.Equals(ArmDocuments.Text(feature, "name"), name, StringComparison.OrdinalIgnoreCase))
            .Select(feature => ArmDocuments.Text(feature, "value")).FirstOrDefault();
    }

    private static int? SizeOf(JsonElement properties)
        => properties.TryGetProperty("osDiskImage", out JsonElement disk) && disk.ValueKind == JsonValueKind.Object
            && disk.TryGetProperty("sizeInGb", out JsonElement size) && size.ValueKind == JsonValueKind.Number && size.TryGetInt32(out int number) ? number : null;

    /// <summary>One copy of the few values that all versions share.</summary>
    private static string? Shared(string? value) => value switch
    {
        "Windows" => "Windows",
        "Linux" => "Linux",
        "V1" => "V1",
        "V2" => "V2",
        "x64" => "x64",
        "Arm64" => "Arm64",
        "Active" => "Active",
        "TrustedLaunchSupported" => "TrustedLaunchSupported",
        "SCSI, NVMe" => "SCSI, NVMe",
        _ => value,
    };
}

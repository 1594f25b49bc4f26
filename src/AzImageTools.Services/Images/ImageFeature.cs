using System.Text.Json.Serialization;

namespace AzImageTools.Services.Images;

/// <summary>A feature of an image definition, as API version 2024-03-03 has it.</summary>
internal sealed record ImageFeature
{
    /// <summary>What machines made of the image are secured by.</summary>
    public const string SecurityType = "SecurityType";

    /// <summary>The controllers that its disks can stand behind.</summary>
    public const string DiskControllerTypes = "DiskControllerTypes";

    /// <summary>Whether it has drivers for accelerated networking.</summary>
    public const string AcceleratedNetworking = "IsAcceleratedNetworkSupported";

    /// <summary>Whether machines made of it can be hibernated.</summary>
    public const string Hibernation = "IsHibernateSupported";

    /// <summary>Its name.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>Its value.</summary>
    [JsonPropertyName("value")]
    public required string Value { get; init; }

    /// <summary>The image version from which on the definition has it; null for all.</summary>
    [JsonPropertyName("startsAtVersion")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StartsAtVersion { get; init; }
}

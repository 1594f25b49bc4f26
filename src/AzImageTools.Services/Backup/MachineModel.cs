using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AzImageTools.Services.Backup;

/// <summary>A virtual machine as it was backed up: the documents of all that it consists of, without what Azure alone decides.</summary>
internal sealed record MachineModel
{
    /// <summary>The version of this form. One that is newer is refused.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 32 };

    [JsonPropertyName("v")]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The machine's resource id.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>When the backup began.</summary>
    [JsonPropertyName("at")]
    public required DateTimeOffset At { get; init; }

    /// <summary>Whether the machine was stopped.</summary>
    [JsonPropertyName("stopped")]
    public bool IsStopped { get; init; }

    /// <summary>The machine: location, zones, identity, plan, tags and properties.</summary>
    [JsonPropertyName("vm")]
    public required JsonObject Machine { get; init; }

    /// <summary>Its disks, the OS disk first.</summary>
    [JsonPropertyName("disks")]
    public required IReadOnlyList<DiskModel> Disks { get; init; }

    /// <summary>Its network interfaces, in order.</summary>
    [JsonPropertyName("nics")]
    public required IReadOnlyList<JsonObject> Interfaces { get; init; }

    /// <summary>Its extensions, without what is secret: Azure does not tell that.</summary>
    [JsonPropertyName("extensions")]
    public IReadOnlyList<JsonObject>? Extensions { get; init; }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Options);

    /// <exception cref="JsonException">It is none.</exception>
    public static MachineModel Read(byte[] json) => JsonSerializer.Deserialize<MachineModel>(json, Options) ?? throw new JsonException("There is nothing.");
}

/// <summary>A disk as it was backed up.</summary>
internal sealed record DiskModel
{
    /// <summary>Its number among the data disks; null for the OS disk.</summary>
    [JsonPropertyName("lun")]
    public int? Lun { get; init; }

    /// <summary>The id of its snapshot; null in a restore point, which tells by itself.</summary>
    [JsonPropertyName("snapshot")]
    public string? SnapshotId { get; init; }

    /// <summary>The disk itself, where nothing was made of it: it is attached again as it is. Null where something was.</summary>
    [JsonPropertyName("kept")]
    public string? KeptId { get; init; }

    /// <summary>Its document: name, sku, zones, tags and properties.</summary>
    [JsonPropertyName("doc")]
    public required JsonObject Document { get; init; }
}

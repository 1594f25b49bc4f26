using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Temporary;

/// <summary>
/// What a run's manifest tells. Whoever can write to the user's folder may have made it up: it is read in bounds, its ids strictly, and it is never
/// the only witness.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="SubscriptionId">Where it works.</param>
/// <param name="SandboxId">The sandbox that it works in; null for Azure.</param>
/// <param name="MachineName">The machine that it runs on.</param>
internal sealed record ManifestContent(RunIdentity Run, string SubscriptionId, string? SandboxId, string MachineName)
{
    /// <summary>How much of a manifest is read, in bytes: an id takes 200, a run makes no thousand things.</summary>
    private const int LongestFile = 1 << 20;

    private const int MostResources = 2000;
    private const int Version = 1;

    /// <summary>What it made and has not removed, with when it announced each, oldest first.</summary>
    public IReadOnlyDictionary<ResourceIdentifier, DateTimeOffset> Made { get; init; } = new Dictionary<ResourceIdentifier, DateTimeOffset>();

    /// <summary>The first line.</summary>
    public JsonObject WriteHeader() => new()
    {
        ["version"] = Version,
        ["run"] = Run.RunId,
        ["purpose"] = Run.Purpose,
        ["begun"] = TemporaryTags.Write(Run.Begun),
        ["subscription"] = SubscriptionId,
        ["sandbox"] = SandboxId,
        ["machine"] = MachineName,
    };

    /// <summary>Reads a manifest from its beginning; null where it is none. A line that is not sound ends it: a run that was killed may have left half of one.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="runId">The run that its name tells of.</param>
    public static ManifestContent? Read(Stream stream, string runId)
    {
        byte[] bytes = new byte[(int)Math.Min(stream.Length, LongestFile)];
        int length = 0;
        for (int count; length < bytes.Length && (count = stream.Read(bytes, length, bytes.Length - length)) > 0;)
        {
            length += count;
        }

        string[] lines = Encoding.UTF8.GetString(bytes, 0, length).Split('\n');
        if (ReadHeader(Parse(lines[0])) is not { } content || !string.Equals(content.Run.RunId, runId, StringComparison.Ordinal))
        {
            return null;
        }

        Dictionary<ResourceIdentifier, DateTimeOffset> made = [];
        foreach (string line in lines.Skip(1))
        {
            if (Parse(line) is not { } entry || !Take(entry, made) || made.Count > MostResources)
            {
                break;
            }
        }

        return content with { Made = made };
    }

    private static bool Take(JsonElement entry, Dictionary<ResourceIdentifier, DateTimeOffset> made)
    {
        if (ResourceIdText.TryParse(ArmDocuments.Text(entry, "removed")) is { } removed)
        {
            made.Remove(removed);
            return true;
        }

        if (ResourceIdText.TryParse(ArmDocuments.Text(entry, "made")) is not { } id || TemporaryTags.ReadTime(ArmDocuments.Text(entry, "at")) is not { } at)
        {
            return false;
        }

        made[id] = at;
        return true;
    }

    private static ManifestContent? ReadHeader(JsonElement? line)
    {
        if (line is not { ValueKind: JsonValueKind.Object } header
            || !header.TryGetProperty("version", out JsonElement version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != Version
            || ArmDocuments.Text(header, "run") is not { } run || !RunIdentity.IsRunId(run)
            || ArmDocuments.Text(header, "purpose") is not { } purpose || !RunIdentity.IsPurpose(purpose)
            || TemporaryTags.ReadTime(ArmDocuments.Text(header, "begun")) is not { } begun
            || ArmDocuments.Text(header, "subscription") is not { } subscription || ArmDocuments.Text(header, "machine") is not { } machine)
        {
            return null;
        }

        return new ManifestContent(new RunIdentity(run, purpose, begun), subscription, ArmDocuments.Text(header, "sandbox"), machine);
    }

    private static JsonElement? Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 4 });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

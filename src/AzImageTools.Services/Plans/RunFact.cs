using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Plans;

/// <summary>
/// Something that a run does and nothing in Azure tells afterwards, as its note has it (<see cref="RunNote"/>). Whoever can write to the user's folder may
/// have made it up: it is never the only witness.
/// </summary>
/// <param name="Kind">What was done.</param>
/// <param name="Id">The id of what it was done to.</param>
internal sealed record RunFact(RunFactKind Kind, string Id)
{
    /// <summary>How much of a note is read, in bytes.</summary>
    private const int LongestNote = 1 << 20;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>What it belongs to: of a disk, its machine, of what is only wanted for a while, what it is wanted for; null for nothing.</summary>
    public string? Of { get; init; }

    /// <summary>Until when it can be so, by this machine's clock; null for no end.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The sandbox that it was done in; null for Azure.</summary>
    public string? SandboxId { get; init; }

    /// <summary>Whether it tells of this.</summary>
    public bool Is(RunFactKind kind, string id, string? sandboxId)
        => Kind == kind && string.Equals(Id, id, StringComparison.OrdinalIgnoreCase) && string.Equals(SandboxId, sandboxId, StringComparison.Ordinal);

    /// <summary>It as a line of a note.</summary>
    public string ToLine() => new JsonObject
    {
        ["did"] = Kind.ToString(),
        ["id"] = Id,
        ["of"] = Of,
        ["until"] = Until?.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture),
        ["sandbox"] = SandboxId,
    }.ToJsonString();

    /// <summary>Reads a note. A line that is not sound ends it: a run that was killed may have left half of one.</summary>
    public static IReadOnlyList<RunFact> Read(Stream note)
    {
        byte[] bytes = new byte[(int)Math.Min(note.Length, LongestNote)];
        int length = 0;
        for (int count; length < bytes.Length && (count = note.Read(bytes, length, bytes.Length - length)) > 0;)
        {
            length += count;
        }

        List<RunFact> facts = [];
        foreach (string line in Encoding.UTF8.GetString(bytes, 0, length).Split('\n'))
        {
            if (Parse(line) is not { } fact)
            {
                break;
            }

            facts.Add(fact);
        }

        return facts;
    }

    private static RunFact? Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 4 });
            JsonElement root = document.RootElement;
            return !Enum.TryParse(ArmDocuments.Text(root, "did"), out RunFactKind kind) || ArmDocuments.Text(root, "id") is not { } id ? null : new RunFact(kind, id)
            {
                Of = ArmDocuments.Text(root, "of"),
                Until = DateTimeOffset.TryParseExact(
                    ArmDocuments.Text(root, "until"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset until) ? until : null,
                SandboxId = ArmDocuments.Text(root, "sandbox"),
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What a run does that nothing in Azure tells afterwards.</summary>
internal enum RunFactKind
{
    /// <summary>Read access to a disk or snapshot was asked for.</summary>
    Opened,

    /// <summary>A machine that ran was stopped.</summary>
    Stopped,

    /// <summary>Something was made that is only wanted until something else is.</summary>
    Made,

    /// <summary>A disk was taken from a machine, in whose place another came.</summary>
    Replaced,

    /// <summary>An image was begun of something that goes on changing, so that only the next run of the same may take it for its own.</summary>
    Began,
}

using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>
/// Takes the evidence out of what a collector printed: a heading with version, length and SHA-256 of the packed evidence and
/// the number of chunks, then the chunks, each a number and lines of base64. What stands around them, such as the frame that Run
/// Command gives an output, is passed over; so are the order of the chunks and where their lines break.
/// </summary>
internal static class EvidenceText
{
    /// <summary>The version of the format that is read.</summary>
    public const int Version = 1;

    /// <summary>The most bytes of a text that are looked at. Collectors print a hundredth of it.</summary>
    public const int MaxTextBytes = 2 << 20;

    private const int MaxPackedBytes = 1 << 20;
    private const int MaxBytes = 4 << 20;
    private const string RunAgain = "Run the collector again, and save everything that it prints.";

    // Also the line breaks of a JSON text, as Azure CLI prints a message.
    private static readonly string[] LineBreaks = ["\r", "\n", "\\r", "\\n"];
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);
    private static readonly Regex Heading = Pattern("AzImageTools evidence (?<version>[0-9]{1,6}): (?<length>[0-9]{1,9}) bytes, (?<count>[0-9]{1,4}) chunks");
    private static readonly Regex Hash = Pattern("^sha256 (?<hash>[0-9a-f]{64})$");
    private static readonly Regex Chunk = Pattern("^chunk (?<number>[0-9]{1,4}):$");
    private static readonly Regex Data = Pattern("^[A-Za-z0-9+/=]+$");

    /// <summary>The evidence: JSON, in UTF-8.</summary>
    /// <param name="text">What the collector printed, all at once or chunk by chunk.</param>
    /// <exception cref="EvidenceException">It is not whole, or no evidence.</exception>
    public static byte[] Unpack(string text)
    {
        Match? heading = null;
        Match? hash = null;
        Dictionary<int, string> chunks = [];
        List<string> lines = [];
        int open = 0;
        foreach (string line in text.Split(LineBreaks, StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Trim()).Where(static line => line.Length > 0))
        {
            if (open > 0 && Data.IsMatch(line))
            {
                lines.Add(line);
                continue;
            }

            Close(chunks, open, lines);
            open = Chunk.Match(line) is { Success: true } chunk ? Number(chunk, "number") : 0;
            heading = Same(heading, Heading.Match(line));
            hash = Same(hash, Hash.Match(line));
        }

        Close(chunks, open, lines);
        if (heading is null)
        {
            throw new EvidenceException(
                EvidenceProblem.EvidenceNotFound,
                "It has no heading of a collector's output. Run Command returns only the last 4,096 bytes of an output: there, ask the collector for one chunk at a time.");
        }

        int version = Number(heading, "version");
        if (version != Version)
        {
            throw new EvidenceException(
                EvidenceProblem.EvidenceVersionUnknown, $"The evidence is of version {version}; this module reads version {Version}. Use the collector that comes with this module.");
        }

        byte[] packed = Decode(Join(chunks, Number(heading, "count")));
        int length = Number(heading, "length");
        return packed.Length != length ? throw Damaged($"The chunks hold {packed.Length} bytes, and should hold {length}.")
            : hash?.Groups["hash"].Value != ComputeHash(packed) ? throw Damaged("The chunks are not what the collector made: their SHA-256 does not match.")
            : Decompress(packed);
    }

    /// <summary>The evidence is not what a collector makes.</summary>
    public static EvidenceException Damaged(string problem, Exception? cause = null)
        => new(EvidenceProblem.EvidenceDamaged, $"{problem} {RunAgain}", cause);

    /// <summary>What was found before, or now: of two that differ, one is of another collection.</summary>
    private static Match? Same(Match? before, Match now)
        => !now.Success ? before
            : before is null || before.Value == now.Value ? now
            : throw new EvidenceException(EvidenceProblem.EvidenceMixed, "It holds the output of two collections. Keep only one.");

    private static void Close(Dictionary<int, string> chunks, int number, List<string> lines)
    {
        if (lines.Count > 0)
        {
            string data = string.Concat(lines);
            chunks[number] = !chunks.TryGetValue(number, out string? same) || same == data ? data : throw Damaged($"Chunk {number} is in it twice, with different content.");
            lines.Clear();
        }
    }

    private static Regex Pattern(string pattern) => new(pattern, RegexOptions.CultureInvariant, PatternTimeout);

    private static string Join(Dictionary<int, string> chunks, int count)
    {
        const int maxShown = 10;
        int[] missing = [.. Enumerable.Range(1, count).Where(number => !chunks.ContainsKey(number))];
        if (missing.Length > 0 || count == 0)
        {
            string list = string.Join(", ", missing.Take(maxShown)) + (missing.Length > maxShown ? ", …" : string.Empty);
            throw new EvidenceException(
                EvidenceProblem.EvidenceIncomplete, $"Of {count} chunks these are missing: {list}. Ask the collector for one at a time, starting with chunk 1, and save everything that it prints.");
        }

        return chunks.Keys.FirstOrDefault(number => number < 1 || number > count) is int surplus and not 0
            ? throw Damaged($"It has a chunk {surplus}, but there should be only {count}.")
            : string.Concat(Enumerable.Range(1, count).Select(number => chunks[number]));
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, NumberStyles.None, CultureInfo.InvariantCulture);

    private static byte[] Decode(string base64)
    {
        try
        {
            byte[] packed = Convert.FromBase64String(base64);
            return packed.Length <= MaxPackedBytes ? packed : throw TooLarge(MaxPackedBytes);
        }
        catch (FormatException exception)
        {
            throw Damaged("The chunks are not base64.", exception);
        }
    }

    private static string ComputeHash(byte[] bytes)
    {
#if NET
        byte[] hash = SHA256.HashData(bytes);
#else
        using SHA256 sha = SHA256.Create();
        byte[] hash = sha.ComputeHash(bytes);
#endif
        return string.Concat(hash.Select(static value => value.ToString("x2", CultureInfo.InvariantCulture)));
    }

    /// <summary>Unpacks as far as evidence may go: what is packed may stand for more than there is memory.</summary>
    private static byte[] Decompress(byte[] packed)
    {
        const int bufferSize = 1 << 16;
        using GZipStream stream = new(new MemoryStream(packed), CompressionMode.Decompress);
        using MemoryStream content = new();
        byte[] buffer = new byte[bufferSize];
        try
        {
            int count;
            while ((count = stream.Read(buffer, 0, buffer.Length)) > 0)
            {
                content.Write(buffer, 0, content.Length + count <= MaxBytes ? count : throw TooLarge(MaxBytes));
            }
        }
        catch (InvalidDataException exception)
        {
            throw Damaged("The chunks do not hold a gzip file.", exception);
        }

        return content.ToArray();
    }

    private static EvidenceException TooLarge(int maximum)
        => new(EvidenceProblem.EvidenceTooLarge, $"The evidence has more than {maximum} bytes; no collector makes that much. {RunAgain}");
}

using System.Globalization;

namespace AzImageTools.Disks.Overlay;

/// <summary>
/// The lines of a file of changes (docs/repair.md): <c>azrepair 1 CAPACITY</c>, then for each change
/// <c>c TIME DESCRIPTION</c>, <c>r OFFSET LENGTH SHA256</c> (a part of the disk that it was made for),
/// <c>w OFFSET BEFORE AFTER</c> (bytes, in base64) and <c>e SHA256</c> (of the lines before it, from the last line 'e' on, that one
/// included: each sum is of all before it).
/// </summary>
internal static class RepairFormat
{
    /// <summary>The most bytes that all changes of a disk may write.</summary>
    public const long MostWritten = 32 << 20;

    /// <summary>The most bytes of a disk that all changes may have been made for: they are read again whenever they are used.</summary>
    public const long MostRead = 2L << 30;

    /// <summary>The most bytes of one line 'r' and 'w'.</summary>
    public const int LongestRange = 1 << 20;
    private const int LongestWrite = 48 * 1024;

    /// <summary>The longest line, in bytes: two times 48 KiB in base64.</summary>
    public const int LongestLine = 160 * 1024;

    /// <summary>The longest file, in bytes.</summary>
    public const long LongestFile = 128 << 20;

    private const string Beginning = "azrepair 1 ";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const int LongestDescription = 4096;

    public static string Header(long capacity) => Beginning + Number(capacity);

    /// <summary>The lines of a change but its last.</summary>
    public static IEnumerable<string> LinesOf(RepairChange change)
    {
        string description = PrintableText.Of(change.Description);
        yield return $"c {change.Made.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)} {(description.Length > LongestDescription ? description.Substring(0, LongestDescription) : description)}";
        foreach ((DiskExtent range, string sum) in change.Basis)
        {
            yield return $"r {Number(range.Offset)} {Number(range.Length)} {sum}";
        }

        foreach (OverlayChange write in change.Writes)
        {
            for (int start = 0; start < write.After.Length; start += LongestWrite)
            {
                int count = Math.Min(LongestWrite, write.After.Length - start);
                yield return $"w {Number(write.Offset + start)} {Base64(write.Before.Slice(start, count))} {Base64(write.After.Slice(start, count))}";
            }
        }
    }

    public static string End(string sum) => "e " + sum;

    /// <summary>The capacity of the disk that a file's first line tells; null where it is no such line.</summary>
    public static long? ReadHeader(string line)
        => line.StartsWith(Beginning, StringComparison.Ordinal) && TryRead(line.Substring(Beginning.Length), out long capacity) ? capacity : null;

    /// <summary>Begins a change; null where the line does not.</summary>
    public static RepairChange? ReadBeginning(string line)
    {
        string[] parts = line.Split([' '], 3);
        return parts is ["c", _, { Length: <= LongestDescription } description]
            && DateTimeOffset.TryParseExact(parts[1], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset made)
            ? new RepairChange(made, PrintableText.Of(description))
            : null;
    }

    /// <summary>Adds a line 'r' or 'w' to a change; false where it is none, or does not come after the one before it.</summary>
    public static bool TryAdd(RepairChange change, string line, long capacity)
    {
        string[] parts = line.Split(' ');
        if (parts.Length != 4 || !TryRead(parts[1], out long offset))
        {
            return false;
        }

        switch (parts[0])
        {
            case "r":
                long end = change.Basis.Count == 0 ? 0 : change.Basis[change.Basis.Count - 1].Range.End;
                if (!TryRead(parts[2], out long length) || length is 0 or > LongestRange || offset < end || offset > capacity - length || !IsSum(parts[3]))
                {
                    return false;
                }

                change.Basis.Add((new DiskExtent(offset, length), parts[3]));
                return true;
            case "w":
                byte[]? before = Bytes(parts[2]);
                byte[]? after = Bytes(parts[3]);
                long next = change.Writes.Count == 0 ? 0 : change.Writes[change.Writes.Count - 1] is { } last ? last.Offset + last.After.Length : 0;
                if (before is null || after is null || after.Length is 0 or > LongestWrite || before.Length != after.Length || offset < next || offset > capacity - after.Length)
                {
                    return false;
                }

                change.Writes.Add(new OverlayChange(offset, before, after));
                return true;
            default:
                return false;
        }
    }

    /// <summary>The sum that a change's last line holds; null where it is no such line.</summary>
    public static string? ReadEnd(string line) => line.StartsWith("e ", StringComparison.Ordinal) && IsSum(line.Substring(2)) ? line.Substring(2) : null;

    private static bool IsSum(string text) => text.Length == Sha256Sum.Digits && text.All(static digit => digit is (>= '0' and <= '9') or (>= 'A' and <= 'F'));

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static bool TryRead(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static string Base64(ReadOnlyMemory<byte> bytes) => Convert.ToBase64String(bytes.ToArray());

    private static byte[]? Bytes(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

using System.Globalization;
using System.Text;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Upload.Resume;

/// <summary>
/// The lines of a journal: the CRC-64/NVME of what follows, a space, then one of <c>h JSON</c> (the first line),
/// <c>c OFFSET LENGTH [OFFSET LENGTH CRC]…</c> (a chunk that is done, numbers in hexadecimal), <c>v</c> (all pages are there).
/// A line that is not so ends the journal: a run that was killed may have left half of one.
/// </summary>
internal static class JournalFormat
{
    /// <summary>The longest line that is read, in bytes; far more than the fullest chunk needs.</summary>
    public const int LongestLine = 256 * 1024;

    private const int CrcDigits = 16;
    private const int FieldsOfRange = 3;

    public static byte[] Write(JournalHeader header) => ToLine("h " + JournalHeaderJson.Write(header));

    public static byte[] Write(SentChunk chunk)
    {
        StringBuilder text = new(FormattableString.Invariant($"c {chunk.Offset:x} {chunk.Length:x}"));
        foreach (SentRange range in chunk.Ranges)
        {
            text.Append(FormattableString.Invariant($" {range.Offset:x} {range.Length:x} {range.Crc:x16}"));
        }

        return ToLine(text.ToString());
    }

    public static byte[] WriteVerified() => ToLine("v");

    /// <summary>The first line's content; null where it is none of ours.</summary>
    public static JournalHeader? ReadHeader(ReadOnlySpan<byte> line)
    {
        if (Unwrap(line) is not { } text || !text.StartsWith("h ", StringComparison.Ordinal))
        {
            return null;
        }

        return JournalHeaderJson.Read(text.Substring(2)) is { Version: JournalHeader.CurrentVersion, RunId.Length: > 0, Target.Length: > 0, Length: > ChunkPlanner.PageSize } header
            ? header
            : null;
    }

    /// <summary>Reads any other line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="capacity">The disk's capacity in bytes: a chunk must lie in it.</param>
    /// <param name="chunk">The chunk; null where the line says that all pages are there.</param>
    /// <returns>Whether the line is sound.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, long capacity, out SentChunk? chunk)
    {
        chunk = null;
        if (Unwrap(line) is not { } text)
        {
            return false;
        }

        string[] fields = text.Split(' ');
        if (fields is ["v"])
        {
            return true;
        }

        if (fields.Length < FieldsOfRange || fields.Length % FieldsOfRange != 0 || fields[0] != "c"
            || !TryParse(fields[1], out ulong offset) || !TryParse(fields[2], out ulong length) || !IsPosition(offset) || length > ChunkPlanner.ChunkSize)
        {
            return false;
        }

        List<SentRange> ranges = new(fields.Length / FieldsOfRange);
        for (int i = FieldsOfRange; i < fields.Length; i += FieldsOfRange)
        {
            if (!TryParse(fields[i], out ulong start) || !TryParse(fields[i + 1], out ulong count) || !TryParse(fields[i + 2], out ulong crc)
                || !IsPosition(start) || count > ChunkPlanner.ChunkSize)
            {
                return false;
            }

            ranges.Add(new SentRange((long)start, (int)count, crc));
        }

        chunk = new SentChunk((long)offset, (int)length, ranges);
        return chunk.FitsIn(capacity);
    }

    private static bool IsPosition(ulong value) => value <= long.MaxValue;

    private static bool TryParse(string field, out ulong value)
        => ulong.TryParse(field, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    private static byte[] ToLine(string text)
    {
        // JSON as it is written here has no character outside ASCII.
        ulong crc = Crc64Nvme.Compute(Encoding.ASCII.GetBytes(text));
        return Encoding.ASCII.GetBytes(FormattableString.Invariant($"{crc:x16} {text}\n"));
    }

    private static string? Unwrap(ReadOnlySpan<byte> line)
    {
        if (line.Length <= CrcDigits + 1 || line[CrcDigits] != ' ')
        {
            return null;
        }

        ReadOnlySpan<byte> text = line.Slice(CrcDigits + 1);
        return TryParse(Encoding.ASCII.GetString(line.Slice(0, CrcDigits).ToArray()), out ulong crc) && crc == Crc64Nvme.Compute(text)
            ? Encoding.ASCII.GetString(text.ToArray())
            : null;
    }
}

using System.Globalization;
using System.Text;

namespace AzImageTools.Services.Upload.Journal;

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
    private const int FieldsOfRun = 3;

    public static byte[] Write(JournalHeader header) => ToLine("h " + JournalHeaderJson.Write(header));

    public static byte[] Write(JournalChunk chunk)
    {
        StringBuilder text = new(FormattableString.Invariant($"c {chunk.Offset:x} {chunk.Length:x}"));
        foreach (JournalRun run in chunk.Runs)
        {
            text.Append(FormattableString.Invariant($" {run.Offset:x} {run.Length:x} {run.Crc:x16}"));
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
    public static bool TryRead(ReadOnlySpan<byte> line, long capacity, out JournalChunk? chunk)
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

        if (fields.Length < FieldsOfRun || fields.Length % FieldsOfRun != 0 || fields[0] != "c"
            || !TryParse(fields[1], out ulong offset) || !TryParse(fields[2], out ulong length) || !IsPosition(offset) || length > ChunkPlanner.ChunkSize)
        {
            return false;
        }

        List<JournalRun> runs = new(fields.Length / FieldsOfRun);
        for (int i = FieldsOfRun; i < fields.Length; i += FieldsOfRun)
        {
            if (!TryParse(fields[i], out ulong start) || !TryParse(fields[i + 1], out ulong count) || !TryParse(fields[i + 2], out ulong crc)
                || !IsPosition(start) || count > ChunkPlanner.ChunkSize)
            {
                return false;
            }

            runs.Add(new JournalRun((long)start, (int)count, crc));
        }

        chunk = new JournalChunk((long)offset, (int)length, runs);
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

using System.Buffers.Text;
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
    /// <summary>The longest line that is read, in bytes: the first one, with the paths of all the disk's files.</summary>
    public const int LongestLine = 256 * 1024;

    /// <summary>The longest line of a chunk, in bytes: between two of its ranges 128 KiB are zero, so that it has 32 at most, of 37 bytes each.</summary>
    private const int LongestChunkLine = 2048;

    private const int CrcDigits = 16;

    /// <summary>How long the journal of a disk gets at most, in bytes, were each chunk sent twice.</summary>
    public static long LongestJournal(JournalContent? content) => LongestLine + (content is null ? 0 : 2 * content.MostChunks * LongestChunkLine);

    public static byte[] Write(JournalHeader header) => ToLine("h " + JournalHeaderJson.Write(header));

    public static byte[] Write(SentChunk chunk) => ToLine(Describe(chunk));

    /// <summary>The checksum that a sound line begins with.</summary>
    public static ulong ChecksumOf(ReadOnlySpan<byte> line) => Utf8Parser.TryParse(line.Slice(0, CrcDigits), out ulong crc, out _, 'x') ? crc : 0;

    /// <summary>The checksum that the line of a chunk begins with.</summary>
    public static ulong ChecksumOf(SentChunk chunk) => Crc64Nvme.Compute(Encoding.ASCII.GetBytes(Describe(chunk)));

    public static byte[] WriteVerified() => ToLine("v");

    /// <summary>The first line's content; null where it is none of ours.</summary>
    public static JournalHeader? ReadHeader(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> text = Unwrap(line);
        if (!text.StartsWith("h "u8))
        {
            return null;
        }

        return JournalHeaderJson.Read(Encoding.UTF8.GetString(text.Slice(2).ToArray())) is { Version: JournalHeader.CurrentVersion, RunId.Length: > 0, Target.Length: > 0, Length: > ChunkPlanner.PageSize } header
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
        ReadOnlySpan<byte> text = line.Length <= LongestChunkLine ? Unwrap(line) : default;
        if (text.SequenceEqual("v"u8))
        {
            return true;
        }

        if (!text.StartsWith("c"u8))
        {
            return false;
        }

        text = text.Slice(1);
        if (!TryTake(ref text, out ulong offset) || !TryTake(ref text, out ulong length) || !IsPosition(offset) || length > ChunkPlanner.ChunkSize)
        {
            return false;
        }

        List<SentRange> ranges = [];
        while (!text.IsEmpty)
        {
            if (!TryTake(ref text, out ulong start) || !TryTake(ref text, out ulong count) || !TryTake(ref text, out ulong crc)
                || !IsPosition(start) || count > ChunkPlanner.ChunkSize)
            {
                return false;
            }

            ranges.Add(new SentRange((long)start, (int)count, crc));
        }

        chunk = new SentChunk((long)offset, (int)length, ranges);
        return chunk.FitsIn(capacity);
    }

    private static string Describe(SentChunk chunk)
    {
        StringBuilder text = new(FormattableString.Invariant($"c {chunk.Offset:x} {chunk.Length:x}"));
        foreach (SentRange range in chunk.Ranges)
        {
            text.Append(FormattableString.Invariant($" {range.Offset:x} {range.Length:x} {range.Crc:x16}"));
        }

        return text.ToString();
    }

    private static bool IsPosition(ulong value) => value <= long.MaxValue;

    /// <summary>Takes a space and a number off the beginning of a text.</summary>
    private static bool TryTake(ref ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (text.IsEmpty || text[0] != ' ' || !Utf8Parser.TryParse(text.Slice(1), out value, out int length, 'x'))
        {
            return false;
        }

        text = text.Slice(1 + length);
        return true;
    }

    private static byte[] ToLine(string text)
    {
        // JSON as it is written here has no character outside ASCII.
        ulong crc = Crc64Nvme.Compute(Encoding.ASCII.GetBytes(text));
        return Encoding.ASCII.GetBytes(FormattableString.Invariant($"{crc:x16} {text}\n"));
    }

    /// <summary>What follows a line's checksum; empty where that is wrong.</summary>
    private static ReadOnlySpan<byte> Unwrap(ReadOnlySpan<byte> line)
    {
        if (line.Length <= CrcDigits + 1 || line[CrcDigits] != ' ')
        {
            return default;
        }

        ReadOnlySpan<byte> text = line.Slice(CrcDigits + 1);
        return Utf8Parser.TryParse(line.Slice(0, CrcDigits), out ulong crc, out int length, 'x') && length == CrcDigits && crc == Crc64Nvme.Compute(text) ? text : default;
    }
}

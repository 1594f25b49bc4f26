using System.Text;
using AzImageTools.Disks;

namespace AzImageTools.Readiness.Guests;

/// <summary>Texts of a guest: decoded, and made fit to show, where long ones are cut.</summary>
internal static class GuestText
{
    private const int EvidenceLength = 400;

    /// <summary>The text, fit to show in a line, as <see cref="PrintableText"/> makes it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">How many characters of it are kept.</param>
    /// <param name="keepsLines">Whether its line breaks are kept.</param>
    public static string Clean(string text, int maxLength = EvidenceLength, bool keepsLines = false) => PrintableText.Clean(text, maxLength, keepsLines);

    /// <summary>Text whose encoding is not told: as a byte order mark says; UTF-16 where every other of the first bytes is zero; else UTF-8.</summary>
    public static string Decode(byte[] bytes)
    {
        using StreamReader reader = new(new MemoryStream(bytes), IsUtf16(bytes) ? Encoding.Unicode : Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd();
    }

    private static bool IsUtf16(byte[] bytes)
    {
        const int looked = 64;
        int pairs = Math.Min(looked, bytes.Length) / 2;
        return pairs > 0 && Enumerable.Range(0, pairs).Count(pair => bytes[pair * 2] != 0 && bytes[(pair * 2) + 1] == 0) > pairs * 3 / 4;
    }
}

using System.Globalization;
using System.Text;

namespace AzImageTools.Readiness.Guests;

/// <summary>
/// Texts of a guest made fit to show: what a terminal or a browser would obey (control characters, turns of writing
/// direction) or refuse (half characters, code points that are no characters) is replaced, and long texts are cut.
/// </summary>
internal static class GuestText
{
    private const int EvidenceLength = 400;

    /// <summary>The text, fit to show in a line.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">How many characters of it are kept.</param>
    /// <param name="keepsLines">Whether its line breaks are kept.</param>
    public static string Clean(string text, int maxLength = EvidenceLength, bool keepsLines = false)
    {
        StringBuilder clean = new(Math.Min(text.Length, maxLength) + 1);
        for (int index = 0; index < text.Length; index++)
        {
            if (clean.Length >= maxLength)
            {
                return clean.Append('…').ToString();
            }

            if (char.IsSurrogatePair(text, index))
            {
                clean.Append(text, index, 2);
                index++;
            }
            else
            {
                clean.Append(IsShown(text[index]) || (keepsLines && text[index] == '\n') ? text[index] : '\uFFFD');
            }
        }

        return clean.ToString();
    }

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

    private static bool IsShown(char character) => CharUnicodeInfo.GetUnicodeCategory(character)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}

using System.Globalization;
using System.Text;

namespace AzImageTools.Readiness;

/// <summary>
/// What a rule saw: where it looked and what was there. Both are the guest's text, so what a terminal or a browser
/// would obey (control characters, turns of writing direction) or refuse (half characters) is replaced, and long texts are cut.
/// </summary>
public sealed record Evidence
{
    private const int MaxLength = 400;

    /// <summary>Creates a piece of evidence.</summary>
    /// <param name="place">Where: a registry key and value, a file of the guest, or a property of the disk image; empty where there is none.</param>
    /// <param name="seen">What was there.</param>
    public Evidence(string place, string seen)
    {
        Place = Clean(place);
        Seen = Clean(seen);
    }

    /// <summary>Where: a registry key and value, a file of the guest, or a property of the disk image; empty where there is none.</summary>
    public string Place { get; }

    /// <summary>What was there.</summary>
    public string Seen { get; }

    /// <summary>The place and what was seen there, in a line.</summary>
    public override string ToString() => Place.Length == 0 ? Seen : $"{Place}: {Seen}";

    private static string Clean(string text)
    {
        StringBuilder clean = new(Math.Min(text.Length, MaxLength) + 1);
        for (int index = 0; index < text.Length; index++)
        {
            if (clean.Length >= MaxLength)
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
                clean.Append(IsShown(text[index]) ? text[index] : '\uFFFD');
            }
        }

        return clean.ToString();
    }

    private static bool IsShown(char character) => CharUnicodeInfo.GetUnicodeCategory(character)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}

using System.Globalization;
using System.Text;

namespace AzImageTools.Disks;

/// <summary>
/// The one rule for text from outside (a guest, a file's name, a journal, a service) on its way to people's eyes: what a
/// terminal or a browser would obey (control characters), what turns the direction of writing or is not seen, and what is no
/// character is replaced. What makes a message, or a property that is only for showing, applies it; names that scripts need
/// as they are stay so, and their views apply it.
/// </summary>
public static class PrintableText
{
    private const char Replacement = '\uFFFD';
    private const int MostBytes = 16;

    /// <summary>The text, fit to be shown in a line: line breaks are replaced too.</summary>
    /// <param name="text">The text.</param>
    public static string Of(string text) => Clean(text, int.MaxValue, keepsLines: false);

    /// <summary>The text, fit to be shown; its line breaks and tabs are kept.</summary>
    /// <param name="text">A text whose lines are the module's own.</param>
    public static string OfLines(string text) => Clean(text, int.MaxValue, keepsLines: true);

    /// <summary>A registry value's data in short: texts of a list with ';' between them, the first bytes of many in hexadecimal.</summary>
    /// <param name="data">What <see cref="Registry.RegistryValue.Value"/> gives.</param>
    public static string OfData(object data) => data switch
    {
        string text => Of(text),
        string[] texts => Of(string.Join("; ", texts)),
        byte[] { Length: > MostBytes } bytes => string.Format(CultureInfo.CurrentCulture, "{0} ... ({1} bytes)", BitConverter.ToString(bytes, 0, MostBytes).Replace('-', ' '), bytes.Length),
        byte[] bytes => BitConverter.ToString(bytes).Replace('-', ' '),
        _ => Convert.ToString(data, CultureInfo.CurrentCulture) ?? string.Empty,
    };

    /// <summary><see cref="Of"/> for a text that may be missing.</summary>
    /// <param name="text">The text; null for none.</param>
    public static string? OfOptional(string? text) => text is null ? null : Of(text);

    /// <summary>The texts, each fit to be shown in a line; the very ones where they are so already.</summary>
    /// <param name="texts">The texts.</param>
    public static PrintableList<string> OfAll(IReadOnlyList<string> texts)
        => PrintableList.Of((texts ?? throw new ArgumentNullException(nameof(texts))).All(static text => IsClean(text, keepsLines: false)) ? texts : [.. texts.Select(Of)]);

    /// <summary>The text, fit to be shown.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">How many characters are kept; "…" tells of others.</param>
    /// <param name="keepsLines">Whether line breaks and tabs are kept.</param>
    public static string Clean(string text, int maxLength, bool keepsLines)
    {
        if ((text ?? throw new ArgumentNullException(nameof(text))).Length <= maxLength && IsClean(text, keepsLines))
        {
            return text;
        }

        StringBuilder clean = new(Math.Min(text.Length, maxLength) + 1);
        for (int index = 0; index < text.Length; index++)
        {
            if (clean.Length >= maxLength)
            {
                return clean.Append('…').ToString();
            }

            bool isPair = char.IsSurrogatePair(text, index);
            if (IsShown(text, index, keepsLines))
            {
                clean.Append(text, index, isPair ? 2 : 1);
            }
            else
            {
                clean.Append(Replacement);
            }

            index += isPair ? 1 : 0;
        }

        return clean.ToString();
    }

    private static bool IsClean(string text, bool keepsLines)
    {
        for (int index = 0; index < text.Length; index++)
        {
            if (text[index] is < ' ' or > '~')
            {
                if (!IsShown(text, index, keepsLines))
                {
                    return false;
                }

                index += char.IsSurrogatePair(text, index) ? 1 : 0;
            }
        }

        return true;
    }

    // The joiners U+200C and U+200D are letters' neighbours in Persian, Hindi and emoji, and change nothing else.
    private static bool IsShown(string text, int index, bool keepsLines) => text[index] switch
    {
        '\u200C' or '\u200D' => true,
        '\t' or '\n' => keepsLines,
        '\r' => keepsLines && index + 1 < text.Length && text[index + 1] == '\n',
        _ => CharUnicodeInfo.GetUnicodeCategory(text, index)
            is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            && text[index] is not ('\uFFFE' or '\uFFFF'),
    };
}

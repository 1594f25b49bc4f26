using System.Globalization;

namespace AzImageTools.Disks;

/// <summary>Text of a guest for people's eyes. It may hold anything: also what makes a console do something, or look like something else.</summary>
public static class PrintableText
{
    private const char Replacement = '\uFFFD';
    private const int MostBytes = 16;

    /// <summary>
    /// The text with its control characters, which a console would obey, those that turn the direction of writing, and
    /// unpaired surrogates replaced.
    /// </summary>
    /// <param name="text">The guest's text.</param>
    public static string Of(string text)
    {
        char[] characters = (text ?? throw new ArgumentNullException(nameof(text))).ToCharArray();
        for (int i = 0; i < characters.Length; i++)
        {
            bool isPair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            characters[i] = isPair || IsPrintable(text[i]) ? text[i] : Replacement;
            i += isPair ? 1 : 0;
        }

        return new string(characters);
    }

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

    private static bool IsPrintable(char character)
        => !char.IsControl(character)
            && !char.IsSurrogate(character)
            && character is not ((>= '\u200E' and <= '\u200F') or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069'));
}

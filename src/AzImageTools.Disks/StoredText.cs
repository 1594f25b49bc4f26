using System.Runtime.InteropServices;

namespace AzImageTools.Disks;

/// <summary>Text as disks store it, decoded without loss: code units are kept as they are, also unpaired surrogates.</summary>
internal static class StoredText
{
    private const char Replacement = '\uFFFD';

    /// <summary>UTF-16, little-endian; an odd last byte is left out.</summary>
    public static string FromUtf16(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, char>(bytes).ToString();

    /// <summary>One byte a character, its code the character's: ISO 8859-1, and ASCII within it.</summary>
    public static string FromLatin1(ReadOnlySpan<byte> bytes)
    {
        Span<char> characters = bytes.Length <= 256 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            characters[i] = (char)bytes[i];
        }

        return characters.ToString();
    }

    /// <summary>
    /// Text of a guest for people's eyes: control characters, which a console would obey, those that turn the direction
    /// of writing, and unpaired surrogates are replaced.
    /// </summary>
    public static string ToPrintable(string text)
    {
        char[] characters = text.ToCharArray();
        for (int i = 0; i < characters.Length; i++)
        {
            bool isPair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            bool isPrintable = isPair || !(char.IsControl(text[i]) || char.IsSurrogate(text[i]) || text[i] is (>= '\u200E' and <= '\u200F') or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069'));
            characters[i] = isPrintable ? text[i] : Replacement;
            i += isPair ? 1 : 0;
        }

        return new string(characters);
    }
}

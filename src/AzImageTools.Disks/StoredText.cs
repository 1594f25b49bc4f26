using System.Runtime.InteropServices;

namespace AzImageTools.Disks;

/// <summary>Text as disks store it, decoded without loss: code units are kept as they are, also unpaired surrogates.</summary>
internal static class StoredText
{
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
}

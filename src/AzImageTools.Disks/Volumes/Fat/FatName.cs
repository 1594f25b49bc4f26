using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Fat;

/// <summary>Names in FAT folders (Microsoft, "FAT: General Overview of On-Disk Format", section "Long File Names").</summary>
internal static class FatName
{
    private const int BaseLength = 8;
    private const int Length = 11;

    // Code page 437 from 0x80 on: what short names are stored in where nothing else is known.
    private const string UpperHalf =
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0";

    /// <summary>A short name: eight and three bytes, with lower case where the entry says so.</summary>
    public static string FromShort(ReadOnlySpan<byte> entry)
    {
        // 12: Windows NT's flags for a base name (8) and an extension (16) in lower case.
        string name = DecodeFirst(entry.Slice(0, BaseLength), (entry[12] & 0x08) != 0);
        string extension = Decode(entry.Slice(BaseLength, Length - BaseLength), (entry[12] & 0x10) != 0);
        return extension.Length == 0 ? name : name + "." + extension;
    }

    /// <summary>
    /// A volume's label as the root folder has it; empty for the text that stands for none. The one in the boot sector does not
    /// count: Windows leaves it there when a label is removed, and shows none, as blkid(8) does.
    /// </summary>
    public static string FromLabel(ReadOnlySpan<byte> label)
    {
        string text = DecodeFirst(label.Slice(0, Length), toLower: false);
        return string.Equals(text, "NO NAME", StringComparison.Ordinal) ? string.Empty : text;
    }

    /// <summary>The checksum of a short name that its long name's entries carry.</summary>
    public static byte ChecksumOf(ReadOnlySpan<byte> shortName)
    {
        int sum = 0;
        for (int i = 0; i < Length; i++)
        {
            sum = (((sum & 1) << 7) + (sum >> 1) + shortName[i]) & 0xFF;
        }

        return (byte)sum;
    }

    /// <summary>The thirteen UTF-16 units of a long name's entry.</summary>
    public static void CopyLongNamePart(ReadOnlySpan<byte> entry, Span<char> destination)
    {
        ReadOnlySpan<byte> positions = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
        for (int i = 0; i < positions.Length; i++)
        {
            destination[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(positions[i]));
        }
    }

    /// <summary>What begins an entry: 0xE5 would mark a deleted one there, so 0x05 stands for it.</summary>
    private static string DecodeFirst(ReadOnlySpan<byte> bytes, bool toLower)
        => bytes[0] == 0x05 ? UpperHalf[0xE5 - 0x80] + Decode(bytes, toLower).Substring(1) : Decode(bytes, toLower);

    private static string Decode(ReadOnlySpan<byte> bytes, bool toLower)
    {
        Span<char> characters = stackalloc char[bytes.Length];
        int length = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            char character = bytes[i] < 0x80 ? (char)bytes[i] : UpperHalf[bytes[i] - 0x80];
            characters[i] = toLower ? char.ToLowerInvariant(character) : character;
            length = character == ' ' ? length : i + 1;
        }

        return characters.Slice(0, length).ToString();
    }
}

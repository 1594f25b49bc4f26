using System.Text;
using AzImageTools.Disks.Containers;

namespace AzImageTools.Disks.Images;

/// <summary>Says which disk images a tar archive holds (POSIX pax, "ustar Interchange Format"): an OVA is one, as virtual machines are exported.</summary>
internal static class TarArchive
{
    private const int BlockSize = 512;
    private const int NameLength = 100;
    private const int SizeOffset = 124;
    private const int SizeLength = 12;
    private const int MagicOffset = 257;
    private const int MostMembers = 256;
    private const int MostNamed = 4;

    /// <summary>What to say of a file that is one; null where it is none.</summary>
    public static RecognizedContent? Recognize(DiskFile file)
    {
        List<string> disks = [];
        long offset = 0;
        for (int i = 0; i < MostMembers && offset <= file.Length - BlockSize; i++)
        {
            byte[] header = file.Read(offset, BlockSize);
            if (!header.AsSpan(MagicOffset).StartsWith("ustar"u8) || ReadSize(header) is not { } size)
            {
                break;
            }

            string name = PrintableText.Of(StoredText.FromTerminatedUtf8(header.AsSpan(0, NameLength)));
            if (DiskFormats.FindByExtension(name) is not null && disks.Count < MostNamed)
            {
                disks.Add(name);
            }

            offset += BlockSize + ((size + BlockSize - 1) / BlockSize * BlockSize);
        }

        return offset == 0 ? null
            : disks.Count == 0 ? new RecognizedContent("a tar archive", "Unpack it first: tar -xf FILE")
            : new RecognizedContent($"a tar archive with '{string.Join("', '", disks)}' in it", "Unpack it first, and give the path of the disk: tar -xf FILE");
    }

    /// <summary>A member's length in bytes: octal digits, or from 8 GiB on binary (GNU tar).</summary>
    private static long? ReadSize(byte[] header)
    {
        ReadOnlySpan<byte> field = header.AsSpan(SizeOffset, SizeLength);
        long size = 0;
        if (field[0] == 0x80)
        {
            foreach (byte b in field.Slice(SizeLength - sizeof(long)))
            {
                size = (size << 8) | b;
            }

            return size is >= 0 and <= long.MaxValue / 2 ? size : null;
        }

        foreach (char digit in Encoding.ASCII.GetString(field.ToArray()).Trim('\0', ' '))
        {
            if (digit is < '0' or > '7')
            {
                return null;
            }

            size = (size * 8) + (digit - '0');
        }

        return size;
    }
}

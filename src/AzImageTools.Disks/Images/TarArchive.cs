using System.Globalization;
using System.Text;
using AzImageTools.Disks.Containers;

namespace AzImageTools.Disks.Images;

/// <summary>
/// Finds disk images in a tar archive (POSIX pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar, "Basic Tar Format"): an
/// OVA is one, as virtual machines are exported (DMTF DSP0243, "OVF package").
/// </summary>
internal static class TarArchive
{
    private const string Rule = "POSIX pax, ustar Interchange Format";
    private const string Unpack = "Unpack it first, and give the path of the disk: tar -xf FILE";
    private const string OvaExtension = ".ova";
    private const string VmdkExtension = ".vmdk";
    private const int BlockSize = 512;
    private const int MostMembers = 256;
    private const int MostNamed = 4;
    private const int LongestExtension = 64 * 1024;

    /// <summary>Whether a file is a virtual machine's archive by its name.</summary>
    public static bool IsOva(string path) => string.Equals(Path.GetExtension(path), OvaExtension, StringComparison.OrdinalIgnoreCase);

    /// <summary>What to say of a file that is one; null where it is none.</summary>
    public static RecognizedContent? Recognize(DiskFile file)
    {
        TarMember[] members = [.. ReadMembers(file).Take(MostMembers)];
        return members.Length == 0 ? null
            : DisksOf(members) is { Length: > 0 } disks ? new RecognizedContent($"a tar archive with {NamesOf(disks)} in it", Unpack)
            : new RecognizedContent("a tar archive", "Unpack it first: tar -xf FILE");
    }

    /// <summary>Where the only disk of an OVA lies in it.</summary>
    /// <exception cref="DiskFormatException">It is no archive, or there is not exactly one disk in it that can be read where it lies.</exception>
    public static DiskExtent FindDisk(DiskFile file)
    {
        TarMember[] members = [.. ReadMembers(file).Take(MostMembers + 1)];
        TarMember[] disks = DisksOf(members);
        return members.Length == 0 ? throw new DiskFormatException(file.Path, 0, "The file's extension says OVA, but it does not begin as a tar archive does: it is cut off, damaged, or something else.", Rule)
            : members.Length > MostMembers ? throw new DiskFormatException(file.Path, null, $"There are more than {MostMembers} files in this OVA. {Unpack}", Rule)
            : disks.Length > 1 ? throw new DiskFormatException(file.Path, null, $"There are several disks in this OVA: {NamesOf(disks)}. Unpack it first, and give the path of each: tar -xf FILE", Rule)
            : disks is not [{ } disk] ? throw new DiskFormatException(file.Path, null, $"There is no disk image in this OVA that is read: only {NamesOf(members)}. {Unpack}", Rule)
            : !disk.Name.EndsWith(VmdkExtension, StringComparison.OrdinalIgnoreCase) ? throw new DiskFormatException(file.Path, null, $"The disk in this OVA, {NamesOf(disks)}, is no VMDK. {Unpack}", Rule)
            : !disk.Place.LiesWithin(file.Length) ? throw new DiskFormatException(file.Path, disk.Place.Offset, $"{NamesOf(disks)} in this OVA has {disk.Place.Length} bytes, which reaches beyond the file's end: it is cut off. Copy it again.", Rule)
            : disk.Place;
    }

    private static TarMember[] DisksOf(TarMember[] members) => [.. members.Where(static member => DiskFormats.FindByExtension(member.Name) is not null)];

    private static string NamesOf(TarMember[] members)
        => $"'{string.Join("', '", members.Take(MostNamed).Select(static member => PrintableText.Clean(member.Name, 100, keepsLines: false)))}'{(members.Length > MostNamed ? " and others" : string.Empty)}";

    /// <summary>The files of an archive, up to its end or the first header that is none. Where they lie is not checked.</summary>
    private static IEnumerable<TarMember> ReadMembers(DiskFile file)
    {
        string? name = null;
        long? size = null;
        for (long offset = 0; offset <= file.Length - BlockSize;)
        {
            byte[] header = file.Read(offset, BlockSize);
            if (!header.AsSpan(257).StartsWith("ustar"u8) || ReadNumber(header.AsSpan(124, 12)) is not { } length)
            {
                yield break;
            }

            char type = (char)header[156];
            offset += BlockSize;
            if (type is 'x' or 'L')
            {
                if (length > Math.Min(LongestExtension, file.Length - offset))
                {
                    yield break;
                }

                // For the member that follows.
                byte[] extension = file.Read(offset, (int)length);
                (name, size) = type == 'L' ? (StoredText.FromTerminatedUtf8(extension), size) : (FindRecord(extension, "path") ?? name, ParseSize(FindRecord(extension, "size")) ?? size);
            }
            else
            {
                length = size ?? length;
                if (type is '0' or '\0' or '7')
                {
                    yield return new TarMember(name ?? NameOf(header), new DiskExtent(offset, length));
                }

                (name, size) = type == 'g' ? (name, size) : (null, null);
            }

            long blocks = (length + BlockSize - 1) / BlockSize * BlockSize;
            if (blocks > file.Length - offset)
            {
                yield break;
            }

            offset += blocks;
        }
    }

    private static string NameOf(byte[] header)
    {
        string name = StoredText.FromTerminatedUtf8(header.AsSpan(0, 100));

        // GNU's own headers ("ustar  ") have other things where the prefix would be.
        string prefix = header[262] == 0 ? StoredText.FromTerminatedUtf8(header.AsSpan(345, 155)) : string.Empty;
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    /// <summary>The value of a record of an extended header: its length in decimal, a blank, "key=value", a line's end.</summary>
    private static string? FindRecord(byte[] header, string key)
    {
        string? value = null;
        ReadOnlySpan<byte> rest = header;
        while (rest.IndexOf((byte)' ') is > 0 and < 10 and var blank
            && int.TryParse(Encoding.ASCII.GetString(rest.Slice(0, blank).ToArray()), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && length > blank + 1 && length <= rest.Length)
        {
            string record = Encoding.UTF8.GetString(rest.Slice(blank + 1, length - blank - 2).ToArray());
            value = record.Length > key.Length && record[key.Length] == '=' && record.StartsWith(key, StringComparison.Ordinal) ? record.Substring(key.Length + 1) : value;
            rest = rest.Slice(length);
        }

        return value;
    }

    private static long? ParseSize(string? text)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long size) && size <= long.MaxValue / 2 ? size : null;

    /// <summary>A number of a header: octal digits, or binary (GNU tar), as for 8 GiB and more; null for a negative one, and for what is none.</summary>
    private static long? ReadNumber(ReadOnlySpan<byte> field)
    {
        long number = 0;
        if (field[0] == 0x80)
        {
            foreach (byte b in field.Slice(field.Length - sizeof(long)))
            {
                number = (number << 8) | b;
            }

            return number is >= 0 and <= long.MaxValue / 2 ? number : null;
        }

        foreach (char digit in Encoding.ASCII.GetString(field.ToArray()).Trim('\0', ' '))
        {
            if (digit is < '0' or > '7')
            {
                return null;
            }

            number = (number * 8) + (digit - '0');
        }

        return number;
    }
}

/// <summary>A file in a tar archive.</summary>
/// <param name="Name">Its path there: whoever made the archive wrote it.</param>
/// <param name="Place">Where its content is said to lie.</param>
internal sealed record TarMember(string Name, DiskExtent Place);

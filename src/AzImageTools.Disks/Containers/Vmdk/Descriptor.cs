using System.Globalization;
using System.Text;

namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>A VMDK's descriptor (VMware Virtual Disk Format 5.0, The Descriptor File): lines of text. All of it is an attacker's.</summary>
/// <param name="CreateType">What kind of disk it says to be; empty where it does not.</param>
/// <param name="HasParent">Whether it goes back to another disk.</param>
/// <param name="Extents">The disk's extents, in order.</param>
internal sealed record Descriptor(string CreateType, bool HasParent, IReadOnlyList<ExtentDescription> Extents)
{
    /// <summary>The most bytes that a descriptor may have.</summary>
    public const int LargestSize = 1 << 20;

    private const string Rule = "VMware Virtual Disk Format 5.0, The Descriptor File";
    private const int LargestExtentCount = 1024;
    private const int SectorSize = 512;
    private const long LargestSector = VirtualDisk.MaximumCapacity / SectorSize;
    private const string NoParent = "ffffffff";

    private static readonly byte[] Signature = Encoding.ASCII.GetBytes("# Disk DescriptorFile");
    private static readonly char[] Blanks = [' ', '\t'];

    public static bool IsPresent(DiskFile file)
        => file.Length >= Signature.Length && file.Read(0, Signature.Length).AsSpan().SequenceEqual(Signature);

    /// <summary>Reads a descriptor.</summary>
    /// <param name="file">The file that is one or holds it.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How many bytes it may have, up to <see cref="LargestSize"/>.</param>
    public static Descriptor Read(DiskFile file, long offset, int length)
    {
        string createType = string.Empty;
        bool hasParent = false;
        List<ExtentDescription> extents = [];
        byte[] bytes = file.Read(offset, length);
        int end = Array.IndexOf(bytes, (byte)0);
        string text = Encoding.UTF8.GetString(bytes, 0, end < 0 ? bytes.Length : end);
        foreach (string line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (IsExtent(line))
            {
                if (extents.Count == LargestExtentCount)
                {
                    throw Refusal(file, offset, $"The disk has more than {LargestExtentCount} extents.");
                }

                extents.Add(ParseExtent(file, offset, line));
                continue;
            }

            string[] pair = line.Split(['='], 2);
            if (pair.Length == 2)
            {
                string value = pair[1].Trim().Trim('"');
                switch (pair[0].Trim().ToUpperInvariant())
                {
                    case "CREATETYPE":
                        createType = value;
                        break;
                    case "PARENTCID":
                        hasParent = !string.Equals(value, NoParent, StringComparison.OrdinalIgnoreCase);
                        break;
                }
            }
        }

        return new Descriptor(createType, hasParent, extents);
    }

    private static bool IsExtent(string line)
        => line.Split(Blanks, 2)[0].ToUpperInvariant() is "RW" or "RDONLY" or "NOACCESS";

    // RW 4192256 SPARSE "disk-s001.vmdk", RW 2048 FLAT "disk-flat.vmdk" 0, RW 2048 ZERO
    private static ExtentDescription ParseExtent(DiskFile file, long offset, string line)
    {
        string[] fields = line.Split(Blanks, 4, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 3 || !TryParseSectors(fields[1], out long length) || length == 0)
        {
            throw Refusal(file, offset, $"The extent '{Shown(line)}' can't be understood.");
        }

        switch (fields[2].ToUpperInvariant())
        {
            case "ZERO":
                return new ExtentDescription(ExtentKind.Zero, length, string.Empty, 0);
            case "SPARSE":
                return new ExtentDescription(ExtentKind.Sparse, length, ParseName(file, offset, line, out _), 0);
            case "FLAT" or "VMFS":
                string name = ParseName(file, offset, line, out string rest);
                return rest.Length == 0 || TryParseSectors(rest, out _)
                    ? new ExtentDescription(ExtentKind.Flat, length, name, rest.Length > 0 && TryParseSectors(rest, out long start) ? start : 0)
                    : throw Refusal(file, offset, $"The extent '{Shown(line)}' can't be understood.");
            case "VMFSSPARSE" or "SESPARSE":
                throw Refusal(file, offset, $"The disk is a snapshot or thin disk of ESX ({Shown(fields[2])}), which is not read. Clone it on the host first: vmkfstools -i DISK.vmdk -d thin CLONE.vmdk");
            default:
                throw Refusal(file, offset, $"An extent is of the type {Shown(fields[2])}, which is not read.");
        }
    }

    private static string ParseName(DiskFile file, long offset, string line, out string rest)
    {
        int start = line.IndexOf('"');
        int end = line.LastIndexOf('"');
        if (start < 0 || end <= start + 1)
        {
            throw Refusal(file, offset, $"The extent '{Shown(line)}' names no file.");
        }

        rest = line.Substring(end + 1).Trim();
        return line.Substring(start + 1, end - start - 1);
    }

    private static bool TryParseSectors(string text, out long bytes)
    {
        bool isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long sectors) && sectors <= LargestSector;
        bytes = isNumber ? sectors * SectorSize : 0;
        return isNumber;
    }

    private static string Shown(string text)
    {
        const int Longest = 120;
        return new string([.. text.Take(Longest).Select(c => char.IsControl(c) ? '?' : c)]);
    }

    private static DiskFormatException Refusal(DiskFile file, long offset, string problem) => new(file.Path, offset, problem, Rule);
}

/// <summary>A line of a VMDK's descriptor that describes an extent.</summary>
/// <param name="Kind">How it is kept.</param>
/// <param name="Length">How many bytes of the disk it is.</param>
/// <param name="FileName">Its file as the descriptor names it; empty for <see cref="ExtentKind.Zero"/>.</param>
/// <param name="FileOffset">Where a flat extent begins in its file, in bytes.</param>
internal sealed record ExtentDescription(ExtentKind Kind, long Length, string FileName, long FileOffset);

/// <summary>How an extent of a VMDK is kept.</summary>
internal enum ExtentKind
{
    /// <summary>Byte for byte in a file; FLAT, and VMFS where ESX wrote it.</summary>
    Flat,

    /// <summary>In grains that a hosted sparse extent's header leads to.</summary>
    Sparse,

    /// <summary>Nowhere: it is zero.</summary>
    Zero,
}

using System.Text;

namespace AzImageTools.Readiness.Linux;

/// <summary>A line of /etc/fstab (fstab(5)): what is mounted where.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Device">The device, or how to find it: UUID=, LABEL=, PARTUUID=.</param>
/// <param name="MountPoint">Where it is mounted; "none" or "swap" for swap space.</param>
/// <param name="Type">The file system.</param>
internal sealed record FstabEntry(int Line, string Device, string MountPoint, string Type)
{
    /// <summary>Where it lies.</summary>
    public const string Path = "etc/fstab";

    /// <summary>Whether it is swap space.</summary>
    public bool IsSwap => Type == "swap";

    /// <summary>Whether a device with a volume of this machine is mounted: not memory, a network share or another folder.</summary>
    public bool IsVolume => !IsSwap
        && MountPoint.StartsWith("/", StringComparison.Ordinal)
        && (Device.StartsWith("/dev/", StringComparison.Ordinal) || Device.IndexOf('=') > 0);

    /// <summary>The entries of the file.</summary>
    public static IReadOnlyList<FstabEntry> Parse(string? text)
    {
        List<FstabEntry> entries = [];
        string[] lines = (text ?? string.Empty).Split('\n');
        for (int index = 0; index < lines.Length; index++)
        {
            string[] fields = lines[index].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 3 && fields[0][0] != '#')
            {
                entries.Add(new FstabEntry(index + 1, Unescape(fields[0]), Unescape(fields[1]), fields[2]));
            }
        }

        return entries;
    }

    /// <summary>The line, without its options: they may hold a password.</summary>
    public Evidence See() => new(FormattableString.Invariant($"/{Path}, line {Line}"), $"{Device} {MountPoint} {Type}");

    /// <summary>Spaces and the like are written as three octal digits behind a '\'; a device may be in quotation marks.</summary>
    private static string Unescape(string field)
    {
        StringBuilder text = new(field.Length);
        for (int index = 0; index < field.Length; index++)
        {
            if (field[index] == '\\' && index + 3 < field.Length && IsOctal(field[index + 1]) && IsOctal(field[index + 2]) && IsOctal(field[index + 3]))
            {
                int value = ((field[index + 1] - '0') << 6) | ((field[index + 2] - '0') << 3) | (field[index + 3] - '0');
                text.Append((char)(value & 0xFF));
                index += 3;
            }
            else if (field[index] != '"')
            {
                text.Append(field[index]);
            }
        }

        return text.ToString();
    }

    private static bool IsOctal(char digit) => digit is >= '0' and <= '7';
}

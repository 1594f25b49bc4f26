using System.Text;

namespace AzImageTools.Disks.Inspection;

/// <summary>A line of /etc/fstab (fstab(5)): what is mounted where.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Source">What is mounted: a device, or how to find one, such as UUID=; for some types something else.</param>
/// <param name="Place">Where, as a path from the root; "none" or "swap" for swap space.</param>
/// <param name="Type">The file system; "auto" where the line does not say.</param>
public sealed record FstabEntry(int Line, string Source, string Place, string Type)
{
    /// <summary>Where the file lies, from the root.</summary>
    public const string Path = "etc/fstab";

    private static readonly char[] Blanks = [' ', '\t', '\r'];
    private static readonly string[] Tags = ["UUID", "LABEL", "PARTUUID", "PARTLABEL", "ID"];

    /// <summary>Whether the system starts without it too (systemd.mount(5): nofail, noauto). Of the options nothing is kept but what is asked for: they may hold a password.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Whether no program or script on it can be run (mount(8): noexec, which user and users imply; the last of these and exec counts).</summary>
    public bool IsNoExec { get; init; }

    /// <summary>Whether it is swap space.</summary>
    public bool IsSwap => Type == "swap";

    /// <summary>Whether a volume of a device is mounted into the system's tree: not memory, a share of another machine or another folder.</summary>
    public bool IsVolume => !IsSwap && Place.StartsWith("/", StringComparison.Ordinal) && (Source.StartsWith("/dev/", StringComparison.Ordinal) || SplitTag(Source) is not null);

    /// <summary>The lines of the file that name a source and a place, as mount(8) and systemd-fstab-generator(8) read them.</summary>
    /// <param name="text">The file's text; null where there is none.</param>
    public static IReadOnlyList<FstabEntry> Parse(string? text)
        => [.. (text ?? string.Empty).Split('\n')
            .Select(static (line, index) => (Number: index + 1, Fields: line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries)))
            .Where(static line => line.Fields.Length > 1 && line.Fields[0][0] != '#')
            .Select(static line => (line.Number, line.Fields, Options: line.Fields.Length > 3 ? line.Fields[3].Split(',') : []))
            .Select(static line => new FstabEntry(
                line.Number,
                Unquote(Unescape(line.Fields[0])),
                Unescape(line.Fields[1]),
                line.Fields.Length > 2 ? Unescape(line.Fields[2]) : "auto")
            {
                IsOptional = line.Options.Any(static option => option is "nofail" or "noauto"),
                IsNoExec = ForbidRunning(line.Options),
            })];

    /// <summary>Whether the options of a mount keep what is on it from being run, as <see cref="IsNoExec"/> says.</summary>
    /// <param name="options">The options, as mount(8) names them.</param>
    public static bool ForbidRunning(IEnumerable<string> options)
        => options.LastOrDefault(static option => option is "exec" or "noexec" or "user" or "users") is not (null or "exec");

    /// <summary>The tag and the value of a source such as LABEL=data; null for other sources.</summary>
    internal static (string Tag, string Value)? SplitTag(string source)
        => source.Split(['='], 2) is [string tag, string value] && Tags.Contains(tag, StringComparer.OrdinalIgnoreCase) ? (tag, value) : null;

    /// <summary>The value of a tag may stand in quotation marks.</summary>
    private static string Unquote(string source)
        => SplitTag(source) is var (tag, value) && value.Length > 1 && value[0] is '"' or '\'' && value[value.Length - 1] == value[0]
            ? $"{tag}={value.Substring(1, value.Length - 2)}"
            : source;

    /// <summary>Blanks and the like are written as three octal digits behind a '\': a byte of UTF-8 each.</summary>
    private static string Unescape(string field)
    {
        if (field.IndexOf('\\') < 0)
        {
            return field;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(field);
        int count = 0;
        for (int index = 0; index < bytes.Length; index++)
        {
            if (bytes[index] == '\\' && index + 3 < bytes.Length && IsOctal(bytes[index + 1]) && IsOctal(bytes[index + 2]) && IsOctal(bytes[index + 3]))
            {
                bytes[count++] = (byte)(((bytes[index + 1] - '0') << 6) | ((bytes[index + 2] - '0') << 3) | (bytes[index + 3] - '0'));
                index += 3;
            }
            else
            {
                bytes[count++] = bytes[index];
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    private static bool IsOctal(byte digit) => digit is >= (byte)'0' and <= (byte)'7';
}

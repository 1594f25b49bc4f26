using System.Globalization;
using System.Text.RegularExpressions;

namespace AzImageTools.Disks.Inspection;

/// <summary>A line of /etc/fstab.</summary>
/// <param name="Source">What is mounted.</param>
/// <param name="Place">Where: a path from the root.</param>
internal sealed record MountLine(string Source, string Place)
{
    private const int MaximumLines = 256;
    private static readonly char[] Blanks = [' ', '\t', '\r'];

    /// <summary>Whether a volume of a device is mounted: not memory, a share of another machine or another folder.</summary>
    public bool IsOfDevice => Source.StartsWith("/dev/", StringComparison.Ordinal) || (Source.IndexOf('=') > 0 && Source[0] != '/');

    /// <summary>The lines that mount something somewhere (fstab(5)).</summary>
    public static IReadOnlyList<MountLine> Parse(string? text)
        => [.. (text ?? string.Empty).Split('\n')
            .Select(static line => line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries))
            .Where(static fields => fields.Length >= 2 && fields[0][0] != '#' && fields[1][0] == '/')
            .Take(MaximumLines)
            .Select(static fields => new MountLine(Unescape(fields[0], @"\\([0-7]{3})", 8), Unescape(fields[1], @"\\([0-7]{3})", 8)))];

    /// <summary>A text in which characters stand as their codes: in octal in fstab, as "\x20" in the names of devices.</summary>
    public static string Unescape(string text, string pattern, int radix)
        => Regex.Replace(text, pattern, match => ((char)(Convert.ToInt32(match.Groups[1].Value, radix) & 0xFF)).ToString(CultureInfo.InvariantCulture), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}

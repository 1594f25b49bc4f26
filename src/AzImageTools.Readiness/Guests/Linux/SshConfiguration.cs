using System.Globalization;
using System.Text.RegularExpressions;

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>The configuration of the SSH server (sshd_config(5)): the first value of a keyword counts; Match begins what holds for some connections only.</summary>
internal static class SshConfiguration
{
    /// <summary>The file's path from the root.</summary>
    public const string Path = "etc/ssh/sshd_config";

    private const string VendorPath = "usr/etc/ssh/sshd_config";
    private const string Fragments = "etc/ssh/sshd_config.d";

    private static readonly char[] Units = [.. "smhdwSMHDW"];
    private static readonly Regex TimeFormat = new("^(?<part>[0-9]{1,10}[smhdw]?){1,5}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    /// <summary>The first line that sets a keyword, and the value; nulls where none does.</summary>
    /// <exception cref="EvidenceUnavailableException">There is no configuration, or it can't be read.</exception>
    public static (TextLine? Line, string? Value) Find(Guest guest, string keyword)
    {
        IReadOnlyList<TextLine> lines = TextLine.Read(guest, Path) ?? TextLine.Read(guest, VendorPath)
            ?? throw new EvidenceUnavailableException($"There is no /{Path}.");
        foreach (TextLine line in Include(guest, lines))
        {
            string[] words = Split(line);
            if (Is(words[0], "Match"))
            {
                break;
            }

            if (words.Length > 1 && Is(words[0], keyword))
            {
                return (line, words[1].Trim('"'));
            }
        }

        return (null, null);
    }

    /// <summary>A time in seconds: numbers, each with a letter for its unit behind it; one without is of seconds (sshd_config(5), "TIME FORMATS"); null where it is none.</summary>
    public static int? ToSeconds(string time)
    {
        Match match = TimeFormat.Match(time);
        if (!match.Success)
        {
            return null;
        }

        double seconds = match.Groups["part"].Captures.Cast<Capture>().Select(static part => part.Value).Sum(static part
            => double.Parse(part.TrimEnd(Units), NumberStyles.None, CultureInfo.InvariantCulture) * char.ToLowerInvariant(part[part.Length - 1]) switch
            {
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                'w' => 604_800,
                _ => 1,
            });
        return seconds <= int.MaxValue ? (int)seconds : null;
    }

    /// <summary>Puts the fragments in the place of the line that includes them: of the first, because a second changes nothing.</summary>
    private static IEnumerable<TextLine> Include(Guest guest, IReadOnlyList<TextLine> lines)
    {
        bool isIncluded = false;
        foreach (TextLine line in lines)
        {
            if (!isIncluded && IsInclude(Split(line)))
            {
                isIncluded = true;
                foreach (TextLine included in guest.ReadIn(Fragments, static entry => entry.IsLike(string.Empty, ".conf")))
                {
                    yield return included;
                }
            }
            else
            {
                yield return line;
            }
        }
    }

    private static bool IsInclude(string[] words)
        => words.Length > 1 && Is(words[0], "Include") && words[1].Trim('"') is $"/{Fragments}/*.conf" or "sshd_config.d/*.conf";

    private static string[] Split(TextLine line) => line.Text.Split([' ', '\t', '='], StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words ? words : [string.Empty];

    private static bool Is(string word, string keyword) => string.Equals(word, keyword, StringComparison.OrdinalIgnoreCase);
}

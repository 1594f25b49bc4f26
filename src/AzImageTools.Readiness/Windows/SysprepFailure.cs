using System.Globalization;
using System.Text.RegularExpressions;

namespace AzImageTools.Readiness.Windows;

/// <summary>A known cause of Sysprep's failing, and how its log tells it.</summary>
/// <param name="Pattern">What the log's line holds.</param>
/// <param name="Cause">What it means, as a sentence; {0} stands for the name that the line gives, where the pattern catches one.</param>
/// <param name="Remedy">What to run; {0} as above.</param>
/// <param name="Source">The page that says so.</param>
internal sealed record SysprepFailure(Regex Pattern, string Cause, string Remedy, string Source)
{
    private const string Unnamed = "NAME";
    private const int MaxNameLength = 200;

    /// <summary>Whether it only repeats, without a name, what the causes before it tell: it counts where none of them does.</summary>
    public bool IsGeneral { get; init; }

    /// <summary>The name that a line gives, if it tells of this cause; null where it does not.</summary>
    public string? FindName(string line)
    {
        try
        {
            Match match = Pattern.Match(line);
            return !match.Success ? null : IsSafe(match.Groups["name"].Value) ? match.Groups["name"].Value : Unnamed;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    /// <summary>The cause with a name in it.</summary>
    public string DescribeCause(string name) => string.Format(CultureInfo.InvariantCulture, Cause, name);

    /// <summary>The remedy with a name in it.</summary>
    public string DescribeRemedy(string name) => string.Format(CultureInfo.InvariantCulture, Remedy, name);

    /// <summary>
    /// What may stand in a command: a name as Windows gives them to packages and DLLs. A log is the guest's text, and a remedy
    /// is pasted into a shell.
    /// </summary>
    private static bool IsSafe(string name)
        => name.Length is > 0 and <= MaxNameLength && name[0] is not ('-' or '.') && name.All(character => character is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '_' or '~' or '-');
}

using System.Globalization;
using System.Text.RegularExpressions;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Tables;

/// <summary>What a table asks of a registry value's data. All that it names must hold; of several lines of text, for one.</summary>
/// <param name="Description">What is expected, in words.</param>
/// <param name="Accepts">Whether data is so; null stands for a value that is not there.</param>
internal sealed record TableCondition(string Description, Func<object?, bool> Accepts)
{
    private const int MaxValues = 100;

    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    public static TableCondition Parse(TableRow row)
    {
        List<TableCondition> all = [];
        if (row.GetBoolean("Exists") is { } exists)
        {
            all.Add(new(exists ? "present" : "absent", data => data is not null == exists));
        }

        if (row.Has("Equals"))
        {
            string[] texts = Texts(row, "Equals");
            all.Add(new(string.Join(" or ", texts), data => Forms(data).Any(form => texts.Contains(form, StringComparer.OrdinalIgnoreCase))));
        }

        if (row.Has("NotEquals"))
        {
            string[] texts = Texts(row, "NotEquals");
            all.Add(new("not " + string.Join(" or ", texts), data => !Forms(data).Any(form => texts.Contains(form, StringComparer.OrdinalIgnoreCase))));
        }

        if (ParsePattern(row) is { } matches)
        {
            all.Add(new("like " + row.GetText("Matches"), data => Forms(data).Any(matches)));
        }

        if (row.GetNumber("Minimum") is { } minimum)
        {
            all.Add(new("at least " + Show(minimum), data => ToNumber(data) >= minimum));
        }

        if (row.GetNumber("Maximum") is { } maximum)
        {
            all.Add(new("at most " + Show(maximum), data => ToNumber(data) <= maximum));
        }

        return all.Count > 0
            ? new TableCondition(string.Join(", ", all.Select(one => one.Description)), data => all.TrueForAll(one => one.Accepts(data)))
            : throw row.Wrong("a check of a registry value needs one of 'Exists', 'Equals', 'NotEquals', 'Matches', 'Minimum' and 'Maximum'.");
    }

    /// <summary>The row's pattern; null where it has none. A text that it can't be matched with in time is missing evidence.</summary>
    public static Func<string, bool>? ParsePattern(TableRow row)
    {
        if (row.GetText("Matches") is not { } pattern)
        {
            return null;
        }

        try
        {
            Regex regex = new(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Multiline, PatternTimeout);
            return text =>
            {
                try
                {
                    return regex.IsMatch(text);
                }
                catch (RegexMatchTimeoutException slow)
                {
                    throw new EvidenceUnavailableException($"The pattern '{pattern}' took too long.", slow);
                }
            };
        }
        catch (ArgumentException invalid)
        {
            throw row.Wrong("Matches", "is a regular expression: " + invalid.Message.TrimEnd('.'));
        }
    }

    private static string[] Texts(TableRow row, string name) => [.. row.GetList(name, MaxValues).Select(item => item.Value switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => throw row.Wrong(name, "is a text or a whole number, or several"),
    })];

    private static IEnumerable<string> Forms(object? data) => data switch
    {
        null => [],
        string text => [text],
        string[] lines => lines,
        byte[] bytes => [BitConverter.ToString(bytes)],
        IFormattable number => [number.ToString(null, CultureInfo.InvariantCulture)],
        _ => [],
    };

    private static double? ToNumber(object? data) => data switch
    {
        uint number => number,
        ulong number => number,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => null,
    };

    private static string Show(double number) => number.ToString(CultureInfo.InvariantCulture);
}

using System.Text;

namespace AzImageTools.Services.Sources;

/// <summary>Words that are looked for in names, and how well names match them. Case and what stands between letters and digits do not matter: <c>24.04</c> is <c>24_04</c>.</summary>
internal sealed class SearchQuery
{
    private const double WholeWord = 4;
    private const double BeginOfWord = 2;
    private const double Somewhere = 1;

    private readonly string[] _words;

    /// <param name="text">Words between spaces.</param>
    public SearchQuery(string text)
    {
        _words = [.. text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(Normalize).Where(static word => word.Length > 0).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>How well names match: null where a word is in none of them, and more the better each word fits where it fits best.</summary>
    /// <param name="names">The names, each with how much it counts.</param>
    public double? Rank(params (string? Name, double Weight)[] names)
    {
        (string Text, double Weight)[] texts = [.. names.Where(static name => !string.IsNullOrEmpty(name.Name)).Select(static name => (Normalize(name.Name!), name.Weight))];
        double sum = 0;
        foreach (string word in _words)
        {
            double best = 0;
            foreach ((string text, double weight) in texts)
            {
                best = Math.Max(best, weight * Fit(text, word));
            }

            if (best <= 0)
            {
                return null;
            }

            sum += best;
        }

        return sum;
    }

    /// <summary>Letters and digits in lower case, one space for everything between them.</summary>
    private static string Normalize(string name)
    {
        StringBuilder text = new(name.Length);
        bool isBetween = false;
        foreach (char letter in name)
        {
            if (!char.IsLetterOrDigit(letter))
            {
                isBetween = text.Length > 0;
                continue;
            }

            if (isBetween)
            {
                text.Append(' ');
                isBetween = false;
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    private static double Fit(string text, string word)
    {
        double fit = 0;
        for (int at = text.IndexOf(word, StringComparison.Ordinal); at >= 0 && fit < WholeWord; at = text.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            bool begins = at == 0 || text[at - 1] == ' ';
            bool ends = at + word.Length == text.Length || text[at + word.Length] == ' ';
            fit = Math.Max(fit, begins && ends ? WholeWord : begins ? BeginOfWord : Somewhere);
        }

        // "ubuntu2404" is looked for in "ubuntu 24 04" too.
        return fit > 0 ? fit : text.Replace(" ", string.Empty).IndexOf(word.Replace(" ", string.Empty), StringComparison.Ordinal) >= 0 ? Somewhere / 2 : 0;
    }
}

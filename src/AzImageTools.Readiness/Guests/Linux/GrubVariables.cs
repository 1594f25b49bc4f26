using System.Text;

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>What the variables in GRUB's entries stand for: its configuration sets them, and its environment blocks, which it loads then, keep them.</summary>
internal sealed class GrubVariables
{
    private const string Set = "set ";
    private const int LongestInWord = 4096;

    // The kernel takes 2,048 characters (COMMAND_LINE_SIZE).
    private const int MaximumParameters = 1024;

    private readonly Dictionary<string, string[]> _values = new(StringComparer.Ordinal);

    private GrubVariables()
    {
    }

    /// <summary>Reads the files; of those that set the same, the last counts.</summary>
    /// <exception cref="EvidenceUnavailableException">A file can't be read.</exception>
    public static GrubVariables Read(Guest guest, IEnumerable<string> paths)
    {
        GrubVariables variables = new();
        foreach (TextLine line in paths.SelectMany(path => TextLine.Read(guest, path) ?? []))
        {
            string assignment = line.Text.StartsWith(Set, StringComparison.Ordinal) ? line.Text.Substring(Set.Length) : line.Text;
            string name = assignment.Split('=')[0];
            if (name.Length < assignment.Length && name.All(IsOfName))
            {
                variables._values[name] = SplitWords(assignment.Substring(name.Length + 1).Trim().Trim('"', '\''));
            }
        }

        return variables;
    }

    /// <summary>The words of a text, with what variables stand for, and without quotation marks. A variable that nothing sets stands for nothing; within a word it stays.</summary>
    public string[] Expand(string text)
        => [.. SplitWords(text)
            .Take(MaximumParameters)
            .SelectMany(word => word[0] == '$' && word.All(static letter => letter is '$' or '{' or '}' || IsOfName(letter))
                ? _values.TryGetValue(word.Trim('$', '{', '}'), out string[]? value) ? value : []
                : [ExpandWithin(word)])
            .Select(static word => word.Replace("\"", string.Empty).Replace("'", string.Empty))
            .Where(static word => word.Length > 0)
            .Take(MaximumParameters)];

    private string ExpandWithin(string word)
    {
        if (word.IndexOf('$') < 0)
        {
            return word;
        }

        StringBuilder text = new();
        for (int index = 0; index < word.Length; index++)
        {
            int start = index + (index + 1 < word.Length && word[index + 1] == '{' ? 2 : 1);
            int end = start;
            while (word[index] == '$' && end < word.Length && IsOfName(word[end]))
            {
                end++;
            }

            bool isKnown = word[index] == '$' && _values.TryGetValue(word.Substring(start, end - start), out string[]? value) && value is [{ Length: <= LongestInWord }] && Append(value[0]);
            if (isKnown)
            {
                index = end < word.Length && word[end] == '}' && start == index + 2 ? end : end - 1;
            }
            else
            {
                text.Append(word[index]);
            }
        }

        return text.ToString();

        bool Append(string value)
        {
            text.Append(value);
            return text.Length <= LongestInWord * 4;
        }
    }

    private static bool IsOfName(char letter) => letter is '_' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9');

    private static string[] SplitWords(string text) => text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
}

using AzImageTools.Disks.Repair;

namespace AzImageTools.Readiness.Linux;

/// <summary>Makes edits of text files, line by line. All other lines stay as they are, their ends too.</summary>
internal static class TextEdits
{
    /// <summary>Changes lines of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="change">Makes the new line of the old one and its number, from 1; null takes it out.</param>
    public static FileEdit Lines(string path, Func<string, int, string?> change) => FileEdit.Rewrite(path, text => ChangeLines(text, change));

    /// <summary>Takes out the lines of a file that the function takes.</summary>
    public static FileEdit Without(string path, Func<string, int, bool> isWrong) => Lines(path, (line, number) => isWrong(line, number) ? null : line);

    /// <summary>Changes lines of a text.</summary>
    public static string ChangeLines(string text, Func<string, int, string?> change)
    {
        string[] lines = text.Split('\n');
        int count = lines[lines.Length - 1].Length == 0 ? lines.Length - 1 : lines.Length;
        List<string> changed = [];
        for (int index = 0; index < count; index++)
        {
            bool hasReturn = lines[index].EndsWith("\r", StringComparison.Ordinal);
            if (change(hasReturn ? lines[index].Substring(0, lines[index].Length - 1) : lines[index], index + 1) is { } line)
            {
                changed.Add(hasReturn ? line + "\r" : line);
            }
        }

        return string.Concat(changed.Select(static line => line + "\n")) is var whole && count == lines.Length && whole.Length > 0 ? whole.Substring(0, whole.Length - 1) : whole;
    }

    /// <summary>Sets NAME=VALUE in a file of such lines: in each that sets the name, else in a line more at its end.</summary>
    public static FileEdit Assignment(string path, string name, string value) => FileEdit.Rewrite(path, text =>
    {
        bool isSet = false;
        string changed = ChangeLines(text, (line, _) =>
        {
            if (line.IndexOf('=') < 0 || line.Split('=')[0].Trim() != name)
            {
                return line;
            }

            isSet = true;
            return $"{name}={value}";
        });
        return isSet ? changed : Append(changed, $"{name}={value}");
    });

    /// <summary>A text with a line more at its end.</summary>
    public static string Append(string text, string line) => $"{text}{(text.Length == 0 || text.EndsWith("\n", StringComparison.Ordinal) ? string.Empty : "\n")}{line}\n";

    /// <summary>A text of YAML without a key of its first level and what belongs to it.</summary>
    public static string WithoutBlock(string text, string key)
    {
        bool isWithin = false;
        return ChangeLines(text, (line, _) =>
        {
            isWithin = IsFirstLevel(line) ? IsKey(line, key) : isWithin;
            return isWithin ? null : line;
        });
    }

    /// <summary>Whether nothing but a key of YAML's first level, and what belongs to it, is in a text.</summary>
    public static bool IsOf(string text, string key) => text.Split('\n').Where(IsFirstLevel).All(line => IsKey(line, key));

    private static bool IsKey(string line, string key) => line.Split(':')[0].Trim(' ', '"', '\'') == key;

    private static bool IsFirstLevel(string line) => IsSaid(line) && line[0] is not (' ' or '\t' or '-');

    /// <summary>Whether a line says something: it is neither empty nor a comment.</summary>
    public static bool IsSaid(string line) => line.Trim() is { Length: > 0 } text && text[0] is not ('#' or ';');
}

using System.Text.RegularExpressions;

namespace AzImageTools.Tests.Walkthroughs;

/// <summary>
/// The code of docs/walkthroughs.md: blocks that are written to the file that the line before them names, and those below "Try it", which are run. A block of C# is a new
/// file; a diff has lines that are there, in one place, and what becomes of them.
/// </summary>
/// <param name="text">The page.</param>
internal sealed class WalkthroughPage(string text)
{
    private static readonly Regex Block = new(@"(?:^`(?<file>[^`\n]+)`:\n\n)?^```(?<language>\w+)\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture);

    private static readonly Regex Told = new(@"\S +# (?<told>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture);

    private readonly IReadOnlyList<Match> _blocks = Block.Matches(text);

    /// <summary>Each heading, and the block that is to be tried below it.</summary>
    public IReadOnlyList<(string Title, string Script, IReadOnlyList<string> Told)> Trials =>
    [
        .. _blocks.Where(static block => block.Groups["language"].Value == "powershell").Select(block =>
        {
            string script = block.Groups["code"].Value;
            int title = text.LastIndexOf("\n## ", block.Index, StringComparison.Ordinal) + "\n## ".Length;
            return (text[title..text.IndexOf('\n', title)], script, (IReadOnlyList<string>)[.. Told.Matches(script).Select(static match => match.Groups["told"].Value)]);
        }),
    ];

    /// <summary>The headings.</summary>
    public IReadOnlyList<string> Titles => [.. text.Split('\n').Where(static line => line.StartsWith("## ", StringComparison.Ordinal)).Select(static line => line[3..])];

    /// <summary>Makes what the page adds.</summary>
    /// <param name="root">The repository's root, of a copy.</param>
    /// <returns>What can't be made, a sentence each.</returns>
    public IReadOnlyList<string> Apply(string root)
    {
        List<string> problems = [];
        foreach (Match block in _blocks.Where(static block => block.Groups["language"].Value != "powershell"))
        {
            (string file, string code) = (block.Groups["file"].Value, block.Groups["code"].Value);
            if ((file.Length == 0 ? "A block names no file." : Write(Path.Combine(root, file), block.Groups["language"].Value, code)) is { } problem)
            {
                problems.Add($"{problem} {file}\n{code}");
            }
        }

        return problems;
    }

    private static string? Write(string path, string language, string code)
    {
        bool isNew = language == "csharp";
        if (File.Exists(path) == isNew)
        {
            return isNew ? "The file is there already:" : "There is no such file:";
        }

        if (isNew)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, code);
            return null;
        }

        string[] lines = code.TrimEnd('\n').Split('\n');
        string before = Join(lines, '+'), content = File.ReadAllText(path);
        int place = content.IndexOf(before, StringComparison.Ordinal);
        if (lines.Any(static line => line.Length > 0 && !" +-".Contains(line[0], StringComparison.Ordinal)) || place < 0 || content.IndexOf(before, place + 1, StringComparison.Ordinal) >= 0)
        {
            return "These lines are not in one place of the file:";
        }

        File.WriteAllText(path, content[..place] + Join(lines, '-') + content[(place + before.Length)..]);
        return null;
    }

    /// <summary>The lines of a diff without those that begin with a character.</summary>
    private static string Join(string[] lines, char without)
        => string.Concat(lines.Where(line => line.Length == 0 || line[0] != without).Select(static line => (line.Length == 0 ? line : line[1..]) + "\n"));
}

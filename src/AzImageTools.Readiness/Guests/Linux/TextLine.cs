
namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>A line of a text file of a guest.</summary>
/// <param name="Path">The file's path from the root.</param>
/// <param name="Number">The line's number, from 1.</param>
/// <param name="Text">The line, without white space around it.</param>
internal sealed record TextLine(string Path, int Number, string Text)
{
    /// <summary>Whether white space stands before it.</summary>
    public bool IsIndented { get; init; }

    /// <summary>Where it is.</summary>
    public string Place => FormattableString.Invariant($"/{Path}, line {Number}");

    /// <summary>The lines of a file that are neither empty nor a comment (behind '#'); null where there is no such file.</summary>
    /// <exception cref="EvidenceUnavailableException">The file can't be read.</exception>
    public static IReadOnlyList<TextLine>? Read(Guest guest, string path)
        => guest.ReadText(path) is { } text
            ? [.. text.Split('\n')
                .Select((line, index) => new TextLine(path, index + 1, line.Trim()) { IsIndented = line.Length > 0 && line[0] is ' ' or '\t' })
                .Where(static line => line.Text.Length > 0 && line.Text[0] != '#')]
            : null;

    /// <summary>The line as evidence.</summary>
    public Observation See() => new(Place, Text);

    /// <summary>The value that the line assigns in the language of a shell (NAME=value, in quotation marks or not); null where it assigns none to that name.</summary>
    public string? ValueOf(string name)
        => Text.Length > name.Length && Text[name.Length] == '=' && Text.StartsWith(name, StringComparison.Ordinal)
            ? Text.Substring(name.Length + 1).Trim().Trim('"', '\'')
            : null;

    /// <summary>The words of the line.</summary>
    public string[] Words() => Text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
}

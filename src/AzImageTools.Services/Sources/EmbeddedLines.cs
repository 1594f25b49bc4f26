namespace AzImageTools.Services.Sources;

/// <summary>Lists that ship with the module.</summary>
internal static class EmbeddedLines
{
    /// <summary>The lines of a list, without empty ones and remarks.</summary>
    public static IReadOnlyList<string> Read(string name)
    {
        using Stream stream = typeof(EmbeddedLines).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The list {name} is not in the assembly.");
        using StreamReader reader = new(stream);
        List<string> lines = [];
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                lines.Add(line);
            }
        }

        return lines;
    }
}

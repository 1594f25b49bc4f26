namespace AzImageTools.Disks.Items;

/// <summary>A path on a volume, with wildcards in any of its names.</summary>
internal sealed class ItemPattern
{
    private readonly List<Wildcard> _names;

    /// <summary>Takes a path apart.</summary>
    /// <param name="path">Names with '\' or '/' between them; a backtick before one makes it a part of a name.</param>
    /// <param name="ignoresCase">Whether names that differ only in case are the same.</param>
    public ItemPattern(string path, bool ignoresCase)
    {
        _names = [.. Split(path).Select(name => new Wildcard(name, ignoresCase))];
        int literals = _names.FindIndex(static name => !name.IsLiteral);
        literals = literals < 0 ? _names.Count : literals;
        Start = string.Join("\\", _names.Take(literals).Select(static name => name.Literal));
        Rest = [.. _names.Skip(literals)];
    }

    /// <summary>The names before the first one with wildcards, as a path.</summary>
    public string Start { get; }

    /// <summary>The names from the first one with wildcards on.</summary>
    public IReadOnlyList<Wildcard> Rest { get; }

    /// <summary>The names of a path, escapes kept.</summary>
    public static IEnumerable<string> Split(string path)
    {
        int start = 0;
        for (int i = 0; i <= path.Length; i++)
        {
            if (i < path.Length && path[i] == '`')
            {
                i++;
            }
            else if (i == path.Length || path[i] is '\\' or '/')
            {
                if (i > start)
                {
                    yield return path.Substring(start, i - start);
                }

                start = i + 1;
            }
        }

        if (start < path.Length)
        {
            yield return path.Substring(start);
        }
    }
}

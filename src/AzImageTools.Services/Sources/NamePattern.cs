namespace AzImageTools.Services.Sources;

/// <summary>A name with <c>*</c> (any text) and <c>?</c> (any one character), compared whatever the case, in linear space and without backtracking blow-up.</summary>
internal readonly struct NamePattern
{
    private readonly string? _pattern;

    /// <summary>Makes a pattern; null matches everything.</summary>
    public NamePattern(string? pattern)
    {
        _pattern = string.IsNullOrEmpty(pattern) ? null : pattern;
    }

    /// <summary>Whether it stands for one name only.</summary>
    public bool IsExact => _pattern is not null && _pattern.IndexOf('*') < 0 && _pattern.IndexOf('?') < 0;

    /// <summary>The pattern as it was given.</summary>
    public string Text => _pattern ?? "*";

    /// <summary>Whether a name matches.</summary>
    public bool Matches(string? name)
    {
        if (_pattern is null)
        {
            return true;
        }

        if (name is null)
        {
            return false;
        }

        // One star is remembered at a time: a later star makes earlier choices irrelevant.
        int position = 0, index = 0, star = -1, resume = 0;
        while (position < name.Length)
        {
            if (index < _pattern.Length && _pattern[index] == '*')
            {
                star = index++;
                resume = position;
            }
            else if (index < _pattern.Length && (_pattern[index] == '?' || char.ToUpperInvariant(_pattern[index]) == char.ToUpperInvariant(name[position])))
            {
                index++;
                position++;
            }
            else if (star >= 0)
            {
                index = star + 1;
                position = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (index < _pattern.Length && _pattern[index] == '*')
        {
            index++;
        }

        return index == _pattern.Length;
    }
}

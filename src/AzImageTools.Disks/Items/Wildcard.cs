using System.Runtime.InteropServices;
using System.Text;

namespace AzImageTools.Disks.Items;

/// <summary>
/// A name with PowerShell's wildcards: <c>*</c>, <c>?</c>, <c>[a-z]</c>, and a backtick before a character that stands for itself.
/// However names are made, a match takes time in proportion to both lengths at most.
/// </summary>
public sealed class Wildcard
{
    private readonly List<Element> _elements = [];
    private readonly bool _ignoresCase;

    /// <summary>Takes a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="ignoresCase">Whether letters match whether they are capitals or not.</param>
    public Wildcard(string pattern, bool ignoresCase)
    {
        if (pattern is null)
        {
            throw new ArgumentNullException(nameof(pattern));
        }

        _ignoresCase = ignoresCase;
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '[' && FindSet(pattern, i + 1) is var (characters, end))
            {
                _elements.Add(new Element(ElementKind.Set, '[', characters));
                i = end;
                continue;
            }

            bool isEscaped = pattern[i] == '`' && i + 1 < pattern.Length;
            i += isEscaped ? 1 : 0;
            ElementKind kind = isEscaped ? ElementKind.Character : pattern[i] switch { '*' => ElementKind.Any, '?' => ElementKind.One, _ => ElementKind.Character };
            _elements.Add(new Element(kind, pattern[i], string.Empty));
        }
    }

    private enum ElementKind
    {
        Character,
        One,
        Set,
        Any,
    }

    /// <summary>Whether it stands for one name only.</summary>
    public bool IsLiteral => _elements.TrueForAll(static element => element.Kind == ElementKind.Character);

    /// <summary>The name that a literal stands for.</summary>
    public string Literal => new([.. _elements.Select(static element => element.Character)]);

    /// <summary>The pattern that a name alone matches, also as a part of a path.</summary>
    /// <param name="name">The name.</param>
    public static string Escape(string name)
    {
        StringBuilder pattern = new();
        foreach (char character in name ?? throw new ArgumentNullException(nameof(name)))
        {
            pattern.Append(character is '*' or '?' or '[' or ']' or '`' or '\\' ? "`" : string.Empty).Append(character);
        }

        return pattern.ToString();
    }

    /// <summary>Whether a whole name matches.</summary>
    /// <param name="name">The name.</param>
    public bool Matches(string name)
    {
        if (name is null)
        {
            throw new ArgumentNullException(nameof(name));
        }

        // One star is remembered at a time: a later star makes earlier choices irrelevant.
        int position = 0, index = 0, star = -1, resume = 0;
        while (position < name.Length)
        {
            if (index < _elements.Count && _elements[index].Kind == ElementKind.Any)
            {
                star = index++;
                resume = position;
            }
            else if (index < _elements.Count && Matches(_elements[index], name[position]))
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

        return _elements.FindIndex(index, static element => element.Kind != ElementKind.Any) < 0;
    }

    /// <summary>The characters up to the bracket that ends a set; null where none does. One that comes first is one of them.</summary>
    private static (string Characters, int End)? FindSet(string pattern, int start)
    {
        StringBuilder characters = new();
        for (int i = start; i < pattern.Length; i++)
        {
            if (pattern[i] == ']' && characters.Length > 0)
            {
                return (characters.ToString(), i);
            }

            i += pattern[i] == '`' && i + 1 < pattern.Length ? 1 : 0;
            characters.Append(pattern[i]);
        }

        return null;
    }

    private bool Matches(Element element, char character) => element.Kind switch
    {
        ElementKind.One => true,
        ElementKind.Set => IsIn(element.Set, Fold(character)),
        _ => Fold(element.Character) == Fold(character),
    };

    private bool IsIn(string set, char character)
    {
        for (int i = 0; i < set.Length; i++)
        {
            bool isRange = i + 2 < set.Length && set[i + 1] == '-';
            char last = isRange ? set[i + 2] : set[i];
            if (character >= Fold(set[i]) && character <= Fold(last))
            {
                return true;
            }

            i += isRange ? 2 : 0;
        }

        return false;
    }

    private char Fold(char character) => _ignoresCase ? char.ToUpperInvariant(character) : character;

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Element(ElementKind Kind, char Character, string Set);
}

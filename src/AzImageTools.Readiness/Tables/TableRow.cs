using System.Globalization;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Tables;

/// <summary>One row of a table of rules: its properties by name, and what to say where one is wrong.</summary>
internal sealed class TableRow
{
    private readonly string _file;
    private readonly string _what;
    private readonly IReadOnlyDictionary<string, RuleTableNode> _properties;

    /// <summary>Takes a node for a row.</summary>
    /// <param name="file">The table's file, for messages.</param>
    /// <param name="node">The node.</param>
    /// <param name="what">What the row is, to begin a sentence with.</param>
    /// <param name="known">The properties that it may have.</param>
    /// <exception cref="ReadinessRuleException">It is no row, or has other properties.</exception>
    public TableRow(string file, RuleTableNode node, string what, params string[] known)
    {
        _file = file;
        _what = what;
        Line = node.Line;
        IReadOnlyDictionary<string, RuleTableNode> properties = node.Value as IReadOnlyDictionary<string, RuleTableNode>
            ?? throw ReadinessRuleException.InTable(file, node.Line, $"{LowerFirst(what)} is a table of names and values here, such as @{{ {known[0]} = … }} or {{ \"{known[0]}\": … }}.");
        foreach (KeyValuePair<string, RuleTableNode> property in properties)
        {
            if (!known.Contains(property.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw ReadinessRuleException.InTable(file, property.Value.Line, $"{LowerFirst(what)} has no property '{GuestText.Clean(property.Key)}'; it may have {string.Join(", ", known)}.");
            }
        }

        _properties = properties.ToDictionary(property => property.Key, property => property.Value, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The line that the row begins on.</summary>
    public int Line { get; }

    public bool Has(string name) => _properties.ContainsKey(name);

    public RuleTableNode? Get(string name) => _properties.TryGetValue(name, out RuleTableNode? node) ? node : null;

    /// <summary>A text; null where the row has none of that name.</summary>
    public string? GetText(string name) => Get(name) switch
    {
        null => null,
        { Value: string { Length: > 0 } text } => text,
        _ => throw Wrong(name, "is a text"),
    };

    /// <summary>True or false; null where the row has none of that name.</summary>
    public bool? GetBoolean(string name) => Get(name) switch
    {
        null => null,
        { Value: bool value } => value,
        _ => throw Wrong(name, "is true or false"),
    };

    /// <summary>A number; null where the row has none of that name.</summary>
    public double? GetNumber(string name) => Get(name)?.Value switch
    {
        null when !Has(name) => null,
        long number => number,
        double number => number,
        _ => throw Wrong(name, "is a number"),
    };

    /// <summary>One of an enumeration's names; the default where the row has none of that name.</summary>
    public T GetEnum<T>(string name, T otherwise)
        where T : struct, Enum
        => GetText(name) is not { } text ? otherwise
            : char.IsLetter(text[0]) && Enum.TryParse(text, ignoreCase: true, out T found) ? found
            : throw Wrong(name, "is one of " + string.Join(", ", typeof(T).GetEnumNames()));

    /// <summary>The items of a list that must be there; one value alone is a list of one.</summary>
    public IReadOnlyList<RuleTableNode> GetList(string name, int limit)
    {
        RuleTableNode node = Get(name) ?? throw Missing(name);
        IReadOnlyList<RuleTableNode> items = node.Value as IReadOnlyList<RuleTableNode> ?? [node];
        return items.Count is var count && count > 0 && count <= limit
            ? items
            : throw Wrong(name, "has from 1 to " + limit.ToString(CultureInfo.InvariantCulture) + " items");
    }

    public ReadinessRuleException Missing(string name) => ReadinessRuleException.InTable(_file, Line, $"{LowerFirst(_what)} needs the property '{name}'.");

    public ReadinessRuleException Wrong(string name, string right) => ReadinessRuleException.InTable(_file, Get(name)?.Line ?? Line, $"'{name}' {right}.");

    public ReadinessRuleException Wrong(string problem) => ReadinessRuleException.InTable(_file, Line, problem);

    private static string LowerFirst(string text) => char.ToLowerInvariant(text[0]) + text.Substring(1);
}

using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace AzImageTools.Binding;

/// <summary>A table or an object as a parameter takes it: what it has by name, whatever the case.</summary>
internal sealed class PropertyTable
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a table, or an object's properties.</summary>
    public PropertyTable(object value)
    {
        if (CellAttribute.Unwrap(value) is IDictionary table)
        {
            foreach (DictionaryEntry entry in table)
            {
                _values[Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? string.Empty] = CellAttribute.Unwrap(entry.Value);
            }

            IsTable = true;
            return;
        }

        foreach (PSPropertyInfo property in PSObject.AsPSObject(value).Properties)
        {
            _values[property.Name] = CellAttribute.Unwrap(property.Value);
        }
    }

    /// <summary>Whether somebody wrote it, so that an unknown name in it is a mistake; an object has properties of its own.</summary>
    public bool IsTable { get; }

    /// <summary>The names in it.</summary>
    public IEnumerable<string> Names => _values.Keys;

    /// <summary>A value; null where none of the names is there.</summary>
    public object? this[params string[] names] => names.Select(name => _values.TryGetValue(name, out object? value) ? value : null).FirstOrDefault(value => value is not null);

    /// <summary>A value as text; null where none of the names is there, or it is empty.</summary>
    public string? Text(params string[] names) => Convert.ToString(this[names], CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;

    /// <summary>A value as a number; null where none of the names is there.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">It is none.</exception>
    public int? Number(params string[] names) => Text(names) is not { } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number
        : throw new ArgumentTransformationMetadataException($"'{text}' is no number, as {names[0]} has to be.");

    /// <summary>A value that is a list.</summary>
    public IEnumerable<PropertyTable> Tables(params string[] names) => this[names] switch
    {
        null => [],
        IDictionary table => [new PropertyTable(table)],
        IEnumerable list and not string => list.Cast<object?>().OfType<object>().Select(entry => new PropertyTable(entry)),
        { } entry => [new PropertyTable(entry)],
    };

    /// <summary>Refuses names that nobody reads.</summary>
    /// <param name="what">What the table stands for.</param>
    /// <param name="known">The names that are read.</param>
    /// <exception cref="ArgumentTransformationMetadataException">There is another one.</exception>
    public PropertyTable Knowing(string what, params string[] known)
        => IsTable && Names.FirstOrDefault(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown
            ? throw new ArgumentTransformationMetadataException($"{what} has no '{unknown}'. It takes {string.Join(", ", known)}.")
            : this;
}

using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace AzImageTools.Binding;

/// <summary>Reads what parameters and piped objects of other modules hold, by name and never by type.</summary>
internal static class ParameterReader
{
    /// <summary>A property of a piped object as text; null where the object has none of these, or they are empty.</summary>
    /// <param name="input">The object.</param>
    /// <param name="properties">The property's name, and others to try in turn.</param>
    public static string? ReadText(PSObject? input, params string[] properties)
        => properties
            .Select(property => Convert.ToString(input?.Properties[property]?.Value, CultureInfo.InvariantCulture))
            .FirstOrDefault(text => !string.IsNullOrEmpty(text));

    /// <summary>A -Tag hashtable as names and values.</summary>
    public static IReadOnlyDictionary<string, string>? ReadTags(Hashtable? tags)
        => tags?.Cast<DictionaryEntry>().ToDictionary(
            tag => Convert.ToString(tag.Key, CultureInfo.InvariantCulture)!,
            tag => Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? string.Empty,
            StringComparer.OrdinalIgnoreCase);
}

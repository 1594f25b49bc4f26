using System.Collections;
using System.Management.Automation;

namespace AzImageTools.Binding;

/// <summary>A parameter that takes tags: a table, or the text <c>name=value;name=value</c> as the cell of a row holds it. An empty cell is as if it were not there.</summary>
internal sealed class TagTableAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => CellAttribute.Unwrap(inputData) switch
    {
        null or "" => null!,
        Hashtable table => table,
        IDictionary table => new Hashtable(table),
        string text => Parse(text),
        _ => throw Invalid(),
    };

    private static Hashtable Parse(string text)
    {
        Hashtable tags = new(StringComparer.OrdinalIgnoreCase);
        foreach (string tag in text.Split(';').Where(tag => !string.IsNullOrWhiteSpace(tag)))
        {
            int equals = tag.IndexOf('=');
            if (equals <= 0)
            {
                throw Invalid();
            }

            tags[tag.Substring(0, equals).Trim()] = tag.Substring(equals + 1).Trim();
        }

        return tags;
    }

    private static ArgumentTransformationMetadataException Invalid()
        => new("Tags are a table, @{ name = 'value' }, or the text name=value;name=value.");
}

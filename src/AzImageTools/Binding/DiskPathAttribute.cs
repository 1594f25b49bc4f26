using System.Collections;
using System.Management.Automation;
using System.Text;

namespace AzImageTools.Binding;

/// <summary>
/// A parameter that takes patterns of paths, and objects that have a path: files, what the cmdlets of this module emit,
/// Hyper-V's disks, rows of a table. The path of an object is that path: nothing in it is a wildcard. Any other object is not
/// bound here, and never by its text, so that its properties still can be.
/// Rows are bound here and not by the property LiteralPath, because PowerShell settles for the default parameter set as soon as any
/// parameter of that set is bound.
/// </summary>
/// <param name="others">
/// Properties of rows that belong to parameter sets other than the default: a row with one of them is left to be bound by its properties.
/// </param>
internal sealed class DiskPathAttribute(params string[] others) : ArgumentTransformationAttribute
{
    /// <summary>Where objects have their path, the surest first.</summary>
    private static readonly string[] PathProperties = ["LiteralPath", "FullName", "PSPath", "Path"];

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
        => CellAttribute.Unwrap(inputData) is IEnumerable list and not (string or IDictionary)
            ? list.Cast<object?>().SelectMany(ReadPaths).ToArray()
            : ReadPaths(inputData);

    private string[] ReadPaths(object? value)
    {
        if (CellAttribute.Unwrap(value) is null or string)
        {
            return [CellAttribute.Unwrap(value) as string ?? string.Empty];
        }

        PSObject input = PSObject.AsPSObject(value);
        bool isOfOthers = Array.Exists(others, property => input.Properties[property] is not null);
        foreach (string property in isOfOthers ? [] : PathProperties)
        {
            string[] paths = Texts(input.Properties[property]?.Value);
            if (paths.Length > 0)
            {
                return [.. paths.Select(Escape)];
            }
        }

        // PowerShell goes on with other ways to bind a piped object where the cause is a cast.
        throw new ArgumentTransformationMetadataException(
            $"A {input.BaseObject.GetType().Name} has no path: give a path, a file, or an object with a property {string.Join(", ", PathProperties)}.", new PSInvalidCastException());
    }

    private static string[] Texts(object? value) => CellAttribute.Unwrap(value) switch
    {
        string text => text.Length == 0 ? [] : [text],
        IEnumerable list and not IDictionary => [.. list.Cast<object?>().SelectMany(Texts)],
        _ => [],
    };

    /// <summary>The pattern that only this path matches. WildcardPattern.Escape leaves backticks alone before PowerShell 7.6.</summary>
    private static string Escape(string path)
    {
        StringBuilder pattern = new(path.Length);
        foreach (char character in path)
        {
            if (character is '*' or '?' or '[' or ']' or '`')
            {
                pattern.Append('`');
            }

            pattern.Append(character);
        }

        return pattern.ToString();
    }
}

using System.Collections;
using System.Globalization;
using System.Management.Automation;
using AzImageTools.Disks;

namespace AzImageTools.Binding;

/// <summary>
/// A parameter that the row of a table may hold: it takes text and what is written as text (numbers, enumerations, versions,
/// addresses), and never the name of an object's type. An empty cell is as if it were not there; an argument that is empty is
/// an error (<see cref="EmptyArguments"/>).
/// </summary>
/// <param name="choices">
/// The enumeration that the texts are names of, or the type of number that they are; null for any text. PowerShell itself would leave out of a row what it can't convert,
/// and refuse the null of an empty cell where a parameter has a ValidateSet.
/// </param>
internal sealed class CellAttribute(Type? choices = null) : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? cell = Read(inputData);
        return (choices is null ? cell : cell is object?[] names ? Array.ConvertAll(names, Choose) : Choose(cell))!;
    }

    /// <summary>What a cell holds: text or a list of texts; null for nothing.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">It is no text.</exception>
    internal static object? Read(object? value) => Unwrap(value) switch
    {
        null or "" => null,
        string text => text,
        FileSystemInfo item => item.FullName,
        PathInfo place => place.Path,
        IDictionary dictionary => throw NoText(dictionary),
        IEnumerable list => ReadAll(list),
        bool truth => truth,
        SwitchParameter truth => truth.ToBool(),
        Uri address => address.OriginalString,
        Version version => version.ToString(),
        IFormattable written => written.ToString(null, CultureInfo.InvariantCulture),
        { } other => throw NoText(other),
    };

    /// <summary>The object itself.</summary>
    internal static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    private object? Choose(object? name)
    {
        if (name is null)
        {
            return null;
        }

        try
        {
            return LanguagePrimitives.ConvertTo(name, choices, CultureInfo.InvariantCulture);
        }
        catch (PSInvalidCastException exception)
        {
            throw new ArgumentTransformationMetadataException($"'{PrintableText.OfOptional(name.ToString())}' is {(choices!.IsEnum ? $"none of {string.Join(", ", Enum.GetNames(choices))}" : "no number")}.", exception);
        }
    }

    private static object? ReadAll(IEnumerable list)
    {
        object?[] texts = [.. list.Cast<object?>().Select(Read)];
        return texts.Length == 0 || Array.Exists(texts, text => text is null) ? null : texts;
    }

    // PowerShell goes on with other ways to bind a piped object where the cause is a cast: a finding is bound by its Id.
    private static ArgumentTransformationMetadataException NoText(object value)
        => new($"A {value.GetType().Name} is no text: give the name or id that is meant.", new PSInvalidCastException());
}

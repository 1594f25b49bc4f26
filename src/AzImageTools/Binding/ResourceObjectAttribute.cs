using System.Management.Automation;

namespace AzImageTools.Binding;

/// <summary>
/// A parameter that takes an object standing for something in Azure, as Az cmdlets and ours emit them: it is told by one of its
/// properties, by name and never by type, so that any version of Az will do. Any other piped object is bound by its properties.
/// </summary>
/// <param name="what">What it is, such as <c>a virtual machine</c>.</param>
/// <param name="source">Where one comes from.</param>
/// <param name="properties">The properties of which it has at least one.</param>
internal sealed class ResourceObjectAttribute(string what, string source, params string[] properties) : ArgumentTransformationAttribute
{
    /// <summary>
    /// What names it in the row of a table, where it has all of them. Bound by its properties a row would be one of the default parameter
    /// set, whatever else it has (see <see cref="DiskPathAttribute"/>).
    /// </summary>
    public string[] Names { get; set; } = [];

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        PSObject? input = inputData is null ? null : PSObject.AsPSObject(inputData);
        bool isNamed = Names.Length > 0 && Array.TrueForAll(Names, name => ParameterReader.ReadText(input, name) is not null);

        // PowerShell goes on with other ways to bind a piped object where the cause is a cast.
        return isNamed || ParameterReader.ReadText(input, properties) is not null
            ? input!
            : throw new ArgumentTransformationMetadataException($"The object is not {what}: it has no {string.Join(" or ", properties)}. Give what {source} emits.", new PSInvalidCastException());
    }
}

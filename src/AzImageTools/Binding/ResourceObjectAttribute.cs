using System.Management.Automation;

namespace AzImageTools.Binding;

/// <summary>
/// A parameter that takes an object standing for something in Azure, as Az cmdlets and ours emit them: it is told by one of its
/// properties, by name and never by type, so that any version of Az will do. Any other piped object, a row of a table, is bound by
/// its properties.
/// </summary>
/// <param name="what">What it is, such as <c>a virtual machine</c>.</param>
/// <param name="source">Where one comes from.</param>
/// <param name="properties">The properties of which it has at least one.</param>
internal sealed class ResourceObjectAttribute(string what, string source, params string[] properties) : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        PSObject? input = inputData is null ? null : PSObject.AsPSObject(inputData);

        // PowerShell goes on with other ways to bind a piped object where the cause is a cast.
        return ParameterReader.ReadText(input, properties) is null
            ? throw new ArgumentTransformationMetadataException($"The object is not {what}: it has no {string.Join(" or ", properties)}. Give what {source} emits.", new PSInvalidCastException())
            : input!;
    }
}

using System.Management.Automation;

namespace AzImageTools.Binding;

/// <summary>A switch that the row of a table may hold: true or false, yes or no, 1 or 0; an empty cell is no.</summary>
internal sealed class YesNoAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => CellAttribute.Unwrap(inputData) switch
    {
        null or "" => false,
        bool truth => truth,
        SwitchParameter truth => truth.ToBool(),
        { } value => value.ToString()!.Trim().ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "1" => true,
            "FALSE" or "NO" or "0" => false,
            _ => throw new ArgumentTransformationMetadataException("A switch in a row is true or false, yes or no, 1 or 0."),
        },
    };
}

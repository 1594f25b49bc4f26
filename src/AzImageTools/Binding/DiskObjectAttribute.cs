using System.Management.Automation;

namespace AzImageTools.Binding;

/// <summary>
/// A parameter that takes an object standing for a disk in Azure: one with a resource id, or the address of a blob, whatever emitted it. Other
/// objects have ids too (a process, a virtual machine of Hyper-V): those are left to be bound otherwise.
/// </summary>
internal sealed class DiskObjectAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        PSObject? input = inputData is null ? null : PSObject.AsPSObject(inputData);

        // PowerShell goes on with other ways to bind a piped object where the cause is a cast.
        return ReadResourceId(input) is not null || ReadBlobUri(input) is not null
            ? input!
            : throw new ArgumentTransformationMetadataException(
                "The object is no disk in Azure: it has no resource id, and no blob's address. Give what Get-AzVM, Get-AzDisk, Get-AzSnapshot or Send-AzVhd emits.", new PSInvalidCastException());
    }

    /// <summary>The resource id of an object; null for none.</summary>
    public static string? ReadResourceId(PSObject? input)
        => new[] { "ResourceId", "Id" }.Select(property => ParameterReader.ReadText(input, property)).FirstOrDefault(id => id?.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>The address of the blob that an object stands for; null for none.</summary>
    public static Uri? ReadBlobUri(PSObject? input)
        => Uri.TryCreate(ParameterReader.ReadText(input, "BlobUri", "Uri"), UriKind.Absolute, out Uri? address) && address.Scheme.StartsWith("http", StringComparison.Ordinal) ? address : null;
}

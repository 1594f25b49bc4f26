using System.Management.Automation;
using AzImageTools.Binding;

namespace AzImageTools.Commands.Provision;

/// <summary>Reads of a piped object what a machine is to be made of.</summary>
internal static class PipedSource
{
    /// <summary>What one of these is called by in Azure.</summary>
    public const string Words = "an image, an image version or a managed disk";

    /// <summary>What emits them.</summary>
    public const string Emitters = "Get-AzImageSource, New-AzCapturedImage, New-AzVhdImage, Send-AzVhd or Get-AzGalleryImageVersion";

    /// <summary>A resource id, or a URN; null where it has neither.</summary>
    public static string? Read(PSObject? input)
        => ParameterReader.ReadText(input, "Id", "ResourceId", "Urn") is { Length: > 0 } id && !id.Contains("/Publishers/") ? id : ReadUrn(input);

    /// <summary>As Get-AzVMImage tells one.</summary>
    private static string? ReadUrn(PSObject? input)
        => ParameterReader.ReadText(input, "PublisherName", "Publisher") is { } publisher
            && ParameterReader.ReadText(input, "Offer") is { } offer
            && ParameterReader.ReadText(input, "Skus", "Sku") is { } sku
            && ParameterReader.ReadText(input, "Version") is { } version
                ? string.Join(":", publisher, offer, sku, version)
                : null;
}

using System.Management.Automation;
using AzImageTools.Services.Session;

namespace AzImageTools.Session;

/// <summary>
/// A parameter that takes the context of a connection. One that came from another process, as Start-Job's and Import-Clixml's
/// do, is read too, so that the work's error tells what it lacks.
/// </summary>
internal sealed class ImageContextAttribute : ArgumentTransformationAttribute
{
    private static readonly string DeserializedType = $"Deserialized.{typeof(ImageContext).FullName}";

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
        => inputData is PSObject { BaseObject: not ImageContext } read && read.TypeNames.Contains(DeserializedType) ? Read(read) : inputData;

    private static ImageContext Read(PSObject from) => new()
    {
        Account = Text(from, nameof(ImageContext.Account)),
        TenantId = Text(from, nameof(ImageContext.TenantId)),
        SubscriptionId = Text(from, nameof(ImageContext.SubscriptionId)),
        SubscriptionName = Text(from, nameof(ImageContext.SubscriptionName)),
        Environment = Text(from, nameof(ImageContext.Environment)),
        CredentialKind = default,
    };

    private static string Text(PSObject from, string property) => from.Properties[property]?.Value?.ToString() ?? string.Empty;
}

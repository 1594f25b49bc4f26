using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;

namespace AzImageTools.Services.Capture;

/// <summary>What a capture makes: a managed image or a gallery image version.</summary>
internal interface ICaptureDestination
{
    /// <summary>The image in words.</summary>
    string Description { get; }

    /// <summary>Steps that can go before the machine is changed; undone on failure.</summary>
    IReadOnlyList<Step> Preparations { get; }

    /// <summary>The step that makes the image.</summary>
    Step Create { get; }

    /// <summary>Reads the image when it is made.</summary>
    Task<CapturedImage> ReadAsync(IReadOnlyList<string> snapshotIds, OperationContext context);
}

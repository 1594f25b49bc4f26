namespace AzImageTools.Services.Images;

/// <summary>What sort of resource an image is.</summary>
public enum ImageKind
{
    /// <summary>A managed image: one region, no Trusted Launch, no Arm64.</summary>
    ManagedImage,

    /// <summary>A version of an image definition in an Azure Compute Gallery.</summary>
    GalleryImageVersion,
}

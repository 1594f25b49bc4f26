namespace AzImageTools.Services.Sources;

/// <summary>Where an image comes from.</summary>
public enum ImageSourceKind
{
    /// <summary>The Azure Marketplace, Microsoft's own images among it.</summary>
    Marketplace,

    /// <summary>A gallery that its owner shows to everybody.</summary>
    CommunityGallery,

    /// <summary>A gallery that its owner shares with this subscription or tenant.</summary>
    SharedGallery,

    /// <summary>A gallery in the subscription.</summary>
    Gallery,

    /// <summary>A managed image in the subscription.</summary>
    ManagedImage,
}

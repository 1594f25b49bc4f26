using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Galleries;

/// <summary>The ids of what is in galleries.</summary>
internal static class GalleryIds
{
    /// <summary>A version in words.</summary>
    public static string Describe(ResourceIdentifier version) => $"version {version.Name} of image definition '{version.Parent!.Name}' in gallery '{version.Parent.Parent!.Name}'";

    /// <summary>A version's id.</summary>
    /// <exception cref="ImageServiceException">It is none (ResourceIdInvalid).</exception>
    public static ResourceIdentifier ParseVersion(string id) => ResourceNames.RequireId(id, GalleryImageVersionResource.ResourceType, "gallery image version");
}

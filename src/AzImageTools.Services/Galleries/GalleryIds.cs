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

    /// <summary>A version's id, or that of the version that is named.</summary>
    /// <param name="session">In the subscription of one that is named.</param>
    /// <param name="id">The id; null where it is named.</param>
    /// <param name="resourceGroup">The gallery's resource group.</param>
    /// <param name="gallery">The gallery.</param>
    /// <param name="definition">The image definition.</param>
    /// <param name="number">The version's number.</param>
    /// <exception cref="ImageServiceException">The id is none of a version, or a name is missing or can't be one.</exception>
    public static ResourceIdentifier VersionOf(ImageSession session, string? id, string? resourceGroup, string? gallery, string? definition, string? number)
        => id is not null ? ParseVersion(id) : GalleryImageVersionResource.CreateResourceIdentifier(
            session.Context.SubscriptionId,
            ResourceNames.Require(resourceGroup, "resource group"),
            ResourceNames.Require(gallery, "gallery"),
            ResourceNames.Require(definition, "image definition"),
            ResourceNames.Require(number, "image version"));
}

using AzImageTools.Disks;

namespace AzImageTools.Services.Images;

/// <summary>What a managed image can't hold and a gallery can.</summary>
internal static class ManagedImageLimits
{
    /// <summary>Refuses Trusted Launch, Confidential and Arm64.</summary>
    /// <param name="source">The VM or disk, in words.</param>
    /// <param name="target">The VM or disk, for the error.</param>
    /// <param name="securityType">Its security type; null or <c>Standard</c> for none.</param>
    /// <param name="architecture">Its architecture; null when not told.</param>
    /// <param name="instead">What to use: a parameter or a cmdlet, <c>-GalleryName</c>.</param>
    public static void Check(string source, string target, string? securityType, string? architecture, string instead)
    {
        if (SecurityTypes.IsSecured(securityType))
        {
            throw new ImageServiceException(
                "SecurityTypeNeedsGallery",
                ErrorKind.NotSupported,
                $"{source} is of security type {securityType}, which a managed image can't hold.",
                $"Put it into a gallery: use {instead}.",
                target);
        }

        if (string.Equals(architecture, "Arm64", StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "ArchitectureNeedsGallery",
                ErrorKind.NotSupported,
                $"{source} is Arm64, which a managed image can't hold.",
                $"Put it into a gallery: use {instead}.",
                target);
        }
    }
}

namespace AzImageTools.Sandbox.Arm.Catalogue;

/// <summary>An image in a gallery of someone else's.</summary>
/// <param name="Gallery">The gallery's public or unique name.</param>
/// <param name="Name">The image's name.</param>
/// <param name="Version">Its one version.</param>
internal sealed record PublicImage(string Gallery, string Name, string Version)
{
    public required string OsType { get; init; }

    public string Generation { get; init; } = "V2";

    /// <summary>In GiB.</summary>
    public int DiskSize { get; init; } = 30;
}

namespace AzImageTools.Services.Images;

/// <summary>What an image holds.</summary>
public enum ImageType
{
    /// <summary>A whole virtual machine: its OS disk and all its data disks.</summary>
    VmImage,

    /// <summary>An OS disk only.</summary>
    OsImage,
}

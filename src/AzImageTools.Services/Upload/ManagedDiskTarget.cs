namespace AzImageTools.Services.Upload;

/// <summary>A new managed disk.</summary>
/// <param name="ResourceGroupName">A resource group that is there.</param>
/// <param name="DiskName">The disk's name; an error if there is one of that name.</param>
public sealed record ManagedDiskTarget(string ResourceGroupName, string DiskName) : UploadTarget
{
    /// <summary>The region; null for the resource group's.</summary>
    public string? Location { get; init; }
}

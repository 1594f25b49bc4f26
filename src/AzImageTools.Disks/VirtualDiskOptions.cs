namespace AzImageTools.Disks;

/// <summary>How to open a disk image.</summary>
public sealed record VirtualDiskOptions
{
    /// <summary>
    /// The container to read the file as, whatever its extension; null to go by the extension. The content must agree,
    /// except that <see cref="DiskFormat.Raw"/> takes any content and never looks at it.
    /// </summary>
    public DiskFormat? Format { get; init; }
}

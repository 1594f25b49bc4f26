namespace AzImageTools.Disks.Containers;

/// <summary>How to open a disk image.</summary>
public sealed record VirtualDiskOptions
{
    /// <summary>
    /// The container to read the file as, whatever its extension; null to go by the extension. The content must agree,
    /// except that <see cref="DiskFormat.Raw"/> takes any content and never looks at it.
    /// </summary>
    public DiskFormat? Format { get; init; }

    /// <summary>
    /// Where the disk is that a differencing one goes back to (or another file that the image needs), if not beside it:
    /// the folder, which then also serves that disk's own parents, or the file itself. Null to look only beside the image.
    /// </summary>
    /// <remarks>
    /// The paths that an image itself gives are never followed: only the file name in them is looked for, in this folder and
    /// in the image's own.
    /// </remarks>
    public string? ParentPath { get; init; }

    /// <summary>Whether all that the disk holds is going to be read, in large pieces and several at once, as to convert or send it.</summary>
    public bool ReadsAll { get; init; }

    /// <summary>
    /// Whether the changes that are kept beside the disk (<c>NAME.azrepair</c>) are read with it, as one. Unasked they never are:
    /// whoever can write beside a disk could change it so.
    /// </summary>
    public bool UsesRepair { get; init; }
}

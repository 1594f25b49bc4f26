using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes;

/// <summary>Where a piece of a file's content lies on its volume.</summary>
/// <param name="FileOffset">The piece's first byte in the file.</param>
/// <param name="VolumeOffset">Its first byte on the volume; <see cref="Hole"/> where nothing is stored and the content is zero.</param>
/// <param name="Length">The piece's bytes.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileRun(long FileOffset, long VolumeOffset, long Length)
{
    public const long Hole = -1;

    public long FileEnd => FileOffset + Length;
}

/// <summary>A run of a file's blocks that lie together on the volume.</summary>
/// <param name="First">The first one's number in the file.</param>
/// <param name="Count">How many.</param>
/// <param name="Place">Where the first one lies on the volume; <see cref="Hole"/> where nothing is stored.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BlockRun(long First, long Count, long Place)
{
    public const long Hole = -1;
}

using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes;

/// <summary>A run of a file's blocks that lie together on the volume.</summary>
/// <param name="First">The first one's number in the file.</param>
/// <param name="Count">How many.</param>
/// <param name="Place">Where the first one lies on the volume; <see cref="Hole"/> where nothing is stored.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BlockRun(long First, long Count, long Place)
{
    public const long Hole = -1;
}

using System.Runtime.InteropServices;

namespace AzImageTools.Disks;

/// <summary>A range of bytes.</summary>
/// <param name="Offset">The first byte's position.</param>
/// <param name="Length">How many bytes.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DiskExtent(long Offset, long Length)
{
    /// <summary>The position behind the last byte.</summary>
    public long End => Offset + Length;
}

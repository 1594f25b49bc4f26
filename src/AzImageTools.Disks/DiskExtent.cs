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

    /// <summary>Whether all of it lies within the first bytes of something.</summary>
    /// <param name="length">How many bytes that has.</param>
    internal bool LiesWithin(long length) => Offset >= 0 && Length >= 0 && Offset <= length - Length;
}

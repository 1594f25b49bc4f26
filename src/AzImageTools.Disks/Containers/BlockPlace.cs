using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Containers;

/// <summary>Where a block is.</summary>
/// <param name="Source">Where its content is.</param>
/// <param name="FileOffset">Where the part in the file begins, as if all sectors were there; 0 where there is none.</param>
/// <param name="BitmapOffset">Where the bits of a mixed block's sectors begin in the file; else 0.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BlockPlace(BlockSource Source, long FileOffset = 0, long BitmapOffset = 0)
{
    /// <summary>Where the content goes on after a number of bytes.</summary>
    public BlockPlace Skip(long bytes) => Source == BlockSource.File ? this with { FileOffset = FileOffset + bytes } : this;
}

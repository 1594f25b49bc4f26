using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>A range of a disk that its image keeps in one way. Where it begins is known to who asked for it.</summary>
/// <param name="Kind">How it is kept.</param>
/// <param name="Length">How many of the disk's bytes it has. A packed run never reaches beyond its cluster.</param>
/// <param name="FileOffset">Where its bytes are in the file; for a packed run, where the cluster's compressed data is.</param>
/// <param name="PackedLength">For a packed run, how many bytes of the file may belong to the compressed data.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DiskRun(RunKind Kind, long Length, long FileOffset = 0, int PackedLength = 0)
{
    /// <summary>Whether a run that follows this one is kept in the same way, and in the file follows it too.</summary>
    public bool IsContinuedBy(DiskRun next)
        => next.Kind == Kind && Kind != RunKind.Packed && (Kind != RunKind.Stored || next.FileOffset == FileOffset + Length);
}

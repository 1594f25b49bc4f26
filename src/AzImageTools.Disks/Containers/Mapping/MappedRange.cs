using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>A range of a disk that its image keeps in one way. Where it begins is known to who asked for it.</summary>
/// <param name="Kind">How it is kept.</param>
/// <param name="Length">How many of the disk's bytes it has. A compressed range never reaches beyond its cluster.</param>
/// <param name="FileOffset">Where its bytes are in the file; for a compressed range, where the cluster's compressed data is.</param>
/// <param name="CompressedLength">For a compressed range, how many bytes of the file may belong to the compressed data.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MappedRange(RangeKind Kind, long Length, long FileOffset = 0, int CompressedLength = 0)
{
    /// <summary>Whether a range that follows this one is kept in the same way, and in the file follows it too.</summary>
    public bool IsContinuedBy(MappedRange next)
        => next.Kind == Kind && Kind != RangeKind.Compressed && (Kind != RangeKind.Stored || next.FileOffset == FileOffset + Length);

    /// <summary>The range without its first bytes; not for a compressed one.</summary>
    public MappedRange Skip(long bytes) => new(Kind, Length - bytes, Kind == RangeKind.Stored ? FileOffset + bytes : 0);
}

/// <summary>How an image keeps a range of its disk.</summary>
internal enum RangeKind
{
    /// <summary>Not at all: it is the parent's (the backing file's), or zero where there is none.</summary>
    Absent,

    /// <summary>Not at all, and it is zero whatever a parent holds.</summary>
    Zero,

    /// <summary>Byte for byte.</summary>
    Stored,

    /// <summary>As part of a cluster that is compressed.</summary>
    Compressed,
}

namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>How an image keeps a range of its disk.</summary>
internal enum RunKind
{
    /// <summary>Not at all: it is the backing file's, or zero where there is none.</summary>
    Absent,

    /// <summary>Not at all, and it is zero whatever a backing file holds.</summary>
    Zero,

    /// <summary>Byte for byte.</summary>
    Stored,

    /// <summary>As part of a cluster that is compressed.</summary>
    Packed,
}

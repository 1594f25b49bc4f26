namespace AzImageTools.Disks.Volumes;

/// <summary>A file system that tells of the state it was left in.</summary>
internal interface IVolumeCondition
{
    /// <summary>Why the volume needs repair, or its journal's replay, as part of a sentence; null where it does not, or does not tell.</summary>
    string? DirtyReason { get; }

    /// <summary>Why it must be taken for a volume of a hibernated system, as part of a sentence; null where it need not.</summary>
    /// <exception cref="DiskFormatException">The file system is damaged.</exception>
    string? HibernationReason { get; }

    /// <summary>
    /// Why what <see cref="IFileSystem.GetFreeExtents"/> gives may still hold something, as part of a sentence; null where it does not.
    /// </summary>
    /// <exception cref="DiskFormatException">The file system is damaged.</exception>
    string? FreeSpaceDoubt { get; }
}

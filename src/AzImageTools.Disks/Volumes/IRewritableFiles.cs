namespace AzImageTools.Disks.Volumes;

/// <summary>A file system on an overlay, whose files' bytes can be rewritten where they lie: nothing is allocated, and no file gets another length.</summary>
internal interface IRewritableFiles
{
    /// <summary>Opens a file to be rewritten. What was read of the file system before is not read anew: open it again afterwards.</summary>
    /// <param name="path">A path from the root; a link at its end is followed.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskRepairException">The volume is in a state in which it must not be written, or the file stored in a way that can't be rewritten.</exception>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    IRewritableFile OpenRewritable(string path);
}

/// <summary>A file whose bytes can be rewritten where they lie.</summary>
internal interface IRewritableFile
{
    /// <summary>The file's length in bytes, which it keeps.</summary>
    long Length { get; }

    /// <summary>Rewrites bytes; the range lies within the file.</summary>
    /// <param name="position">Where in the file.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    void Write(long position, ReadOnlySpan<byte> bytes);
}

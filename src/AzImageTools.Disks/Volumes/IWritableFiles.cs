namespace AzImageTools.Disks.Volumes;

/// <summary>
/// A file system on an overlay, whose files can be given another content, deleted and made. Each call is whole or refused, and what is
/// refused has changed nothing. What was read of the file system before is not read anew: open it again afterwards.
/// </summary>
internal interface IWritableFiles
{
    /// <summary>Gives a file another content.</summary>
    /// <param name="path">A path from the root; a link at its end is followed.</param>
    /// <param name="content">All of its content.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskRepairException">The volume is in a state in which it must not be written, or this can't be done there safely.</exception>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    void Rewrite(string path, ReadOnlySpan<byte> content);

    /// <summary>Deletes a file, a link or an empty folder.</summary>
    /// <param name="path">A path from the root; a link at its end is not followed.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskRepairException">The volume is in a state in which it must not be written, or this can't be done there safely.</exception>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    void Delete(string path);

    /// <summary>Makes a file.</summary>
    /// <param name="path">A path from the root, where nothing is yet; its folder is there.</param>
    /// <param name="content">Its content.</param>
    /// <exception cref="FileNotFoundException">There is no such folder.</exception>
    /// <exception cref="DiskRepairException">The volume is in a state in which it must not be written, or this can't be done there safely.</exception>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    void Create(string path, ReadOnlySpan<byte> content);
}

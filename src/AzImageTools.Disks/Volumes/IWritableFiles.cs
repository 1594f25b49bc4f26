namespace AzImageTools.Disks.Volumes;

/// <summary>
/// A file system on an overlay whose files can be changed. Each change is made whole or not at all: what is refused has changed
/// nothing. The file system shows it afterwards; streams that were opened before are no longer valid. Not thread-safe while it writes.
/// Paths are from the root. Everything may throw: <see cref="InvalidOperationException"/> where the volume is no overlay;
/// <see cref="DiskRepairException"/> where the volume is in a state in which it must not be written, or the file stored in a way in
/// which it can't be changed safely, or there is no room; <see cref="DiskFormatException"/> where the file system is damaged.
/// </summary>
internal interface IWritableFiles
{
    /// <summary>Gives a file another content, of any length that it can have: longer than what it occupies only where the file system can allocate.</summary>
    /// <param name="path">The file; a link at its end is followed.</param>
    /// <param name="content">The content.</param>
    /// <param name="now">When it is changed, as the file tells afterwards.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    void Rewrite(string path, ReadOnlyMemory<byte> content, DateTimeOffset now);

    /// <summary>Removes a file, a link (never what it leads to), or a folder with all that is in it.</summary>
    /// <param name="path">What is removed; a link at its end is not followed.</param>
    /// <param name="now">When, as the folder that held it tells afterwards.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path.</exception>
    void Delete(string path, DateTimeOffset now);

    /// <summary>Makes a file in a folder that is there; refused by file systems that can't allocate.</summary>
    /// <param name="path">The file; nothing is there yet, and the folder is.</param>
    /// <param name="content">Its content.</param>
    /// <param name="file">What else it is given.</param>
    /// <param name="now">When it is made.</param>
    /// <exception cref="FileNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">Something is at the path already.</exception>
    void Create(string path, ReadOnlyMemory<byte> content, NewFile file, DateTimeOffset now);
}

/// <summary>What a file that is made is given beside its content.</summary>
internal sealed record NewFile
{
    /// <summary>Who may do what with it (inode(7), the lower bits of st_mode).</summary>
    public int Permissions { get; init; } = 0x1A4;

    /// <summary>Its owner's number.</summary>
    public int Owner { get; init; }

    /// <summary>Its group's number.</summary>
    public int Group { get; init; }

    /// <summary>A file or folder of the volume whose SELinux label it gets, where that one has any; a link at the path's end is not followed. Null for none.</summary>
    public string? LabelOf { get; init; }

    /// <summary>The SELinux label itself, as the attribute security.selinux holds it, instead of another file's; null for none.</summary>
    public ReadOnlyMemory<byte>? Label { get; init; }
}

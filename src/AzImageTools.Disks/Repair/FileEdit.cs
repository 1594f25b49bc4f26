namespace AzImageTools.Disks.Repair;

/// <summary>What a file is to be. Where it is so already, nothing is changed.</summary>
public sealed record FileEdit : DiskEdit
{
    private FileEdit(string file, FileAction action, Func<string, string?> change)
    {
        File = file ?? throw new ArgumentNullException(nameof(file));
        Action = action;
        Change = change;
    }

    /// <summary>
    /// The file, by its path from the root of the guest's operating system, with '\' or '/' between names; a Linux' other volumes are mounted
    /// into it as its /etc/fstab says (boot/grub/grub.cfg).
    /// </summary>
    public string File { get; }

    /// <summary>What is done with it.</summary>
    public FileAction Action { get; }

    /// <summary>Of a file that is made on a Linux' file system: who may do what with it (inode(7), the lower bits of st_mode).</summary>
    public int Permissions { get; init; } = 0x1A4;

    /// <summary>Of a file that is made on a Linux' file system: its owner's number.</summary>
    public int Owner { get; init; }

    /// <summary>Of a file that is made on a Linux' file system: its group's number.</summary>
    public int Group { get; init; }

    /// <summary>Of a file that is made on a Linux' file system: a file or folder of the same volume whose SELinux label it gets, where that has one; null for none.</summary>
    public string? LabelOf { get; init; }

    /// <summary>The text that it is to have, made of the one that it has; null for the same.</summary>
    public Func<string, string?> Change { get; }

    /// <summary>Gives a text file another text. A file that is not there is not made.</summary>
    /// <param name="file">The file.</param>
    /// <param name="change">
    /// Makes the new text of the old one; null or the same text leaves the file as it is. The text is as it is stored, its line ends too: as
    /// UTF-8, or, where it is not that, each byte as a character. It may be asked more than once.
    /// </param>
    public static FileEdit Rewrite(string file, Func<string, string?> change) => new(file, FileAction.Rewrite, change ?? throw new ArgumentNullException(nameof(change)));

    /// <summary>Deletes a file, a link, or a folder with all that is in it; what is not there is left so.</summary>
    /// <param name="file">The file; a link itself, not what it leads to.</param>
    public static FileEdit Delete(string file) => new(file, FileAction.Delete, static _ => null);

    /// <summary>Makes a file; one that is there gets the text.</summary>
    /// <param name="file">The file; its folder must be there.</param>
    /// <param name="text">Its text, stored as UTF-8.</param>
    public static FileEdit Create(string file, string text) => new(file, FileAction.Create, _ => text);
}

/// <summary>What is done with a file.</summary>
public enum FileAction
{
    /// <summary>Its text is changed, if it is there.</summary>
    Rewrite,

    /// <summary>It is deleted, if it is there.</summary>
    Delete,

    /// <summary>It is made; or gets the text, if it is there.</summary>
    Create,
}

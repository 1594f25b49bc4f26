namespace AzImageTools.Disks.Items;

/// <summary>What files of Linux are (inode(7), the type in st_mode).</summary>
internal static class ItemKinds
{
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;
    private const int SymbolicLink = 0xA000;

    /// <summary>Whether it is a device, a pipe or a socket: something without content.</summary>
    public static bool IsSpecial(int mode) => (mode & TypeMask) is not (RegularFile or Folder or SymbolicLink);

    /// <summary>Whether it is a symbolic link itself, and not what one leads to.</summary>
    public static bool IsLink(int mode) => (mode & TypeMask) == SymbolicLink;

    /// <summary>The letter that ls shows.</summary>
    public static char LetterOf(int mode) => (mode & TypeMask) switch
    {
        0x1000 => 'p',
        0x2000 => 'c',
        Folder => 'd',
        0x6000 => 'b',
        RegularFile => '-',
        SymbolicLink => 'l',
        0xC000 => 's',
        _ => '?',
    };
}

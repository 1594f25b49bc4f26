using System.Globalization;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>What reparse points are for, by their tags ([MS-FSCC] 2.1.2.1).</summary>
internal static class ReparseTags
{
    /// <summary>The content is compressed by the Windows Overlay Filter.</summary>
    public const uint Wof = 0x8000_0017;

    /// <summary>A junction, or a volume mounted at a folder.</summary>
    public const uint MountPoint = 0xA000_0003;

    public const uint SymbolicLink = 0xA000_000C;

    /// <summary>A symbolic link of the Windows Subsystem for Linux.</summary>
    public const uint LinuxSymbolicLink = 0xA000_001D;

    private const uint NameSurrogateFlag = 0x2000_0000;

    /// <summary>Whether the file stands for another place: a junction, a symbolic link.</summary>
    public static bool IsLink(uint? tag) => tag is uint value && (value & NameSurrogateFlag) != 0;

    /// <summary>How the content of a file with such a reparse point is stored, for the message that refuses it.</summary>
    public static string Describe(uint tag) => tag switch
    {
        0x8000_0013 => "is stored by data deduplication, which is not supported",
        _ => string.Format(CultureInfo.InvariantCulture, "is a reparse point with tag 0x{0:X8}, whose content is not in the file itself", tag),
    };
}

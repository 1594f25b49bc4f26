using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// Where a junction or symbolic link leads ([MS-FSCC] 2.1.2.4, 2.1.2.5; for links of the Windows Subsystem for Linux, their
/// target as UTF-8 behind a version).
/// </summary>
/// <param name="IsAbsolute">Whether the names count from the volume's root, not from the link's folder.</param>
/// <param name="Names">The names, '.' and '..' among them.</param>
internal sealed record LinkTarget(bool IsAbsolute, IReadOnlyList<string> Names)
{
    /// <summary>The most bytes a reparse point has.</summary>
    public const int MaximumSize = 16 * 1024;

    private const int HeaderSize = 8;
    private const int NamesSize = 8;
    private const int FlagsSize = 4;
    private const int RelativeFlag = 1;
    private const string DevicePrefix = @"\??\";

    /// <summary>
    /// Reads a reparse point; null where it is damaged, is no link, or leads to another place than this volume: to a share, or to a
    /// volume by its number. A drive's letter is the guest's matter: it is taken for this volume's, as ntfs-3g does too.
    /// </summary>
    public static LinkTarget? TryParse(ReadOnlySpan<byte> point)
    {
        if (point.Length < HeaderSize)
        {
            return null;
        }

        ReadOnlySpan<byte> data = point.Slice(HeaderSize);
        switch (BinaryPrimitives.ReadUInt32LittleEndian(point))
        {
            case ReparseTags.MountPoint:
                return ReadSubstituteName(data, NamesSize) is { } folder ? FromAbsolute(folder) : null;
            case ReparseTags.SymbolicLink:
                bool isRelative = data.Length >= NamesSize + FlagsSize && (data[NamesSize] & RelativeFlag) != 0;
                return ReadSubstituteName(data, NamesSize + FlagsSize) is not { } target ? null
                    : isRelative ? FromRelative(target)
                    : FromAbsolute(target);
            case ReparseTags.LinuxSymbolicLink:
                const int VersionSize = 4;
                string path = data.Length > VersionSize ? Encoding.UTF8.GetString(data.Slice(VersionSize).ToArray()) : string.Empty;
                return path.Length == 0 || path[0] == '/' ? null : new LinkTarget(IsAbsolute: false, VolumePath.SplitLinux(path));
            default:
                return null;
        }
    }

    // A link that is relative may still begin with '\': at the root of its volume.
    private static LinkTarget FromRelative(string target)
        => new(target.StartsWith("\\", StringComparison.Ordinal), VolumePath.Split(target));

    private static LinkTarget? FromAbsolute(string target)
    {
        string path = target.StartsWith(DevicePrefix, StringComparison.Ordinal) ? target.Substring(DevicePrefix.Length) : target;
        bool hasDrive = path.Length >= 2 && path[1] == ':' && (path.Length == 2 || path[2] == '\\');
        return hasDrive ? new LinkTarget(IsAbsolute: true, VolumePath.Split(path.Substring(2))) : null;
    }

    // Two names, each as the place in what follows and the length; the first one is what Windows goes by.
    private static string? ReadSubstituteName(ReadOnlySpan<byte> data, int headerSize)
    {
        if (data.Length < headerSize)
        {
            return null;
        }

        int offset = headerSize + BinaryPrimitives.ReadUInt16LittleEndian(data);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(data.Slice(2));
        return offset <= data.Length - length ? StoredText.FromUtf16(data.Slice(offset, length)) : null;
    }
}

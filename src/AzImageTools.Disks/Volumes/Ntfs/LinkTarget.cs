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
    private const int SubstituteName = 0;
    private const int PrintName = 4;
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
                return ReadName(data, NamesSize, SubstituteName) is { } folder ? FromAbsolute(folder) : null;
            case ReparseTags.SymbolicLink:
                bool isRelative = data.Length >= NamesSize + FlagsSize && (data[NamesSize] & RelativeFlag) != 0;
                return ReadName(data, NamesSize + FlagsSize, SubstituteName) is not { } target ? null
                    : isRelative ? FromRelative(target)
                    : FromAbsolute(target);
            case ReparseTags.LinuxSymbolicLink:
                string path = ReadLinuxPath(data);
                return path.Length == 0 || path[0] == '/' ? null : new LinkTarget(IsAbsolute: false, VolumePath.SplitLinux(path));
            default:
                return null;
        }
    }

    /// <summary>Where a link leads, as Explorer shows it; null where it is damaged, or none.</summary>
    public static string? ReadText(ReadOnlySpan<byte> point)
    {
        if (point.Length < HeaderSize)
        {
            return null;
        }

        ReadOnlySpan<byte> data = point.Slice(HeaderSize);
        return BinaryPrimitives.ReadUInt32LittleEndian(point) switch
        {
            ReparseTags.MountPoint => ReadShownName(data, NamesSize),
            ReparseTags.SymbolicLink => ReadShownName(data, NamesSize + FlagsSize),
            ReparseTags.LinuxSymbolicLink => ReadLinuxPath(data),
            _ => null,
        };
    }

    // The name to print; where there is none, that to follow.
    private static string? ReadShownName(ReadOnlySpan<byte> data, int headerSize)
        => ReadName(data, headerSize, PrintName) is { Length: > 0 } printed ? printed
            : ReadName(data, headerSize, SubstituteName) is { } followed ? WithoutPrefix(followed)
            : null;

    private static string ReadLinuxPath(ReadOnlySpan<byte> data)
    {
        const int VersionSize = 4;
        return data.Length > VersionSize ? Encoding.UTF8.GetString(data.Slice(VersionSize).ToArray()) : string.Empty;
    }

    private static string WithoutPrefix(string target)
        => target.StartsWith(DevicePrefix, StringComparison.Ordinal) ? target.Substring(DevicePrefix.Length) : target;

    // A link that is relative may still begin with '\': at the root of its volume.
    private static LinkTarget FromRelative(string target)
        => new(target.StartsWith("\\", StringComparison.Ordinal), VolumePath.Split(target));

    private static LinkTarget? FromAbsolute(string target)
    {
        string path = WithoutPrefix(target);
        bool hasDrive = path.Length >= 2 && path[1] == ':' && (path.Length == 2 || path[2] == '\\');
        return hasDrive ? new LinkTarget(IsAbsolute: true, VolumePath.Split(path.Substring(2))) : null;
    }

    // Two names, each as the place in what follows and the length: the one that Windows goes by, and the one to print.
    private static string? ReadName(ReadOnlySpan<byte> data, int headerSize, int name)
    {
        if (data.Length < headerSize)
        {
            return null;
        }

        int offset = headerSize + BinaryPrimitives.ReadUInt16LittleEndian(data.Slice(name));
        int length = BinaryPrimitives.ReadUInt16LittleEndian(data.Slice(name + sizeof(ushort)));
        return offset <= data.Length - length ? StoredText.FromUtf16(data.Slice(offset, length)) : null;
    }
}

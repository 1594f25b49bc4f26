using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Initramfs;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests;

/// <summary>
/// One view of a machine for all rules, wherever the evidence comes from. What is not there is null or empty; what
/// can't be looked at throws <see cref="EvidenceUnavailableException"/> (or, from a damaged image,
/// <see cref="DiskFormatException"/>), so that the two are never mistaken for each other.
/// </summary>
public abstract class Guest
{
    /// <summary>The most bytes of a text file that are read.</summary>
    protected const int MaxTextBytes = 1 << 20;

    /// <summary>The disk image's path or the machine's name.</summary>
    public abstract string Target { get; }

    /// <summary>The operating system; null where none was recognised.</summary>
    public abstract GuestIdentity? Identity { get; }

    /// <summary>The disk image; null for a machine that is not looked at through one.</summary>
    public abstract DiskInfo? Disk { get; }

    /// <summary>What the running machine told; null where it is not running.</summary>
    public abstract LiveFacts? Live { get; }

    /// <summary>Whether the evidence comes from a running machine.</summary>
    public bool IsLive => Live is not null;

    /// <summary>The volumes.</summary>
    public abstract IReadOnlyList<GuestVolume> Volumes { get; }

    /// <summary>The volumes that a Linux' /etc/fstab mounts and that are not on its disk; null where the disk is not known.</summary>
    public virtual IReadOnlyList<FstabEntry>? AbsentMounts => null;

    /// <summary>Whether what a Linux names as a device (UUID=…, /dev/…) is on its disk; null where the disk is not known.</summary>
    /// <param name="source">What it names.</param>
    public virtual VolumePresence? FindVolume(string source) => null;

    /// <summary>What a volume of the disk is called by its UUID, as UUID=…; null where that can't be told.</summary>
    /// <param name="source">What a Linux names it by else, such as /dev/sda1; null for the root.</param>
    internal virtual string? FindUuid(string? source) => null;

    /// <summary>Whether anything is at a path from the root of any volume of the disk; null where that can't be told, as not all are known and read.</summary>
    /// <param name="path">The path, without a leading '/'.</param>
    /// <exception cref="DiskFormatException">A volume is damaged there.</exception>
    internal virtual bool? IsOnAnyVolume(string path) => null;

    /// <summary>What makes the evidence doubtful, a sentence each: a hive whose last changes are not in it yet, for one.</summary>
    public virtual IReadOnlyList<string> Problems => [];

    /// <summary>How many bytes of a disk image were read so far; 0 where there is none.</summary>
    public virtual long BytesRead => 0;

    /// <summary>The programs that firmware starts from the disk's EFI system partitions; null where they were not looked at.</summary>
    internal virtual IReadOnlyList<EfiProgram>? EfiPrograms => null;

    /// <summary>Whether a registry key exists.</summary>
    /// <param name="key">A path below HKLM, such as <c>SYSTEM\CurrentControlSet\Services\cdrom</c>.</param>
    /// <exception cref="EvidenceUnavailableException">The hive can't be read.</exception>
    public abstract bool KeyExists(string key);

    /// <summary>
    /// A registry value's data: <see cref="uint"/> for REG_DWORD, <see cref="ulong"/> for REG_QWORD,
    /// <see cref="string"/> for REG_SZ and REG_EXPAND_SZ (not expanded), an array of strings for REG_MULTI_SZ, an array
    /// of bytes for everything else; null where there is no such value.
    /// </summary>
    /// <param name="key">A path below HKLM.</param>
    /// <param name="name">The value's name; empty for the default value.</param>
    /// <exception cref="EvidenceUnavailableException">The hive can't be read.</exception>
    public abstract object? GetValue(string key, string name);

    /// <summary>The names of the values of a registry key; none where there is no such key.</summary>
    /// <param name="key">A path below HKLM.</param>
    /// <exception cref="EvidenceUnavailableException">The hive can't be read.</exception>
    public abstract IReadOnlyList<string> GetValueNames(string key);

    /// <summary>The names of the keys below a registry key; none where there is no such key.</summary>
    /// <param name="key">A path below HKLM.</param>
    /// <exception cref="EvidenceUnavailableException">The hive can't be read.</exception>
    public abstract IReadOnlyList<string> GetSubkeyNames(string key);

    /// <summary>The keys below a registry key, each with the data of values as <see cref="GetValue"/> gives them, lazily; none where there is no such key.</summary>
    /// <param name="key">A path below HKLM.</param>
    /// <param name="names">The names of values; empty for the default value.</param>
    /// <exception cref="EvidenceUnavailableException">The hive can't be read.</exception>
    public virtual IEnumerable<(string Subkey, IReadOnlyList<object?> Data)> GetSubkeyValues(string key, params string[] names)
        => GetSubkeyNames(key).Select(subkey => (subkey, (IReadOnlyList<object?>)[.. names.Select(name => GetValue($@"{key}\{subkey}", name))]));

    /// <summary>A file or folder; null where there is none.</summary>
    /// <param name="path">A path from the root of the volume that holds the operating system.</param>
    /// <exception cref="EvidenceUnavailableException">The volume can't be read.</exception>
    public abstract FileSystemEntry? GetFile(string path);

    /// <summary>
    /// What a folder holds, lazily; nothing for a path that is not a folder. Lengths and times may be those that the folder repeats:
    /// <see cref="GetFile"/> tells the file's own.
    /// </summary>
    /// <param name="path">A path from the root of the volume that holds the operating system; empty for the root itself.</param>
    /// <exception cref="EvidenceUnavailableException">The volume can't be read.</exception>
    public abstract IEnumerable<FileSystemEntry> Enumerate(string path);

    /// <summary>The table of all files of the volume with the operating system; null where there is none, or the guest is not seen through a disk.</summary>
    internal virtual IFileTable? FileTable => null;

    /// <summary>Whether a file or folder has an extended attribute, such as security.selinux; null where that can't be told, or there is no such file.</summary>
    /// <param name="path">A path from the root of the volume that holds the operating system.</param>
    /// <param name="name">The attribute's name with its namespace.</param>
    /// <exception cref="EvidenceUnavailableException">The volume can't be read.</exception>
    public virtual bool? HasAttribute(string path, string name) => null;

    /// <summary>A file's content, read-only.</summary>
    /// <param name="path">A path from the root of the volume that holds the operating system.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="EvidenceUnavailableException">The volume or the file can't be read.</exception>
    public abstract Stream OpenFile(string path);

    /// <summary>The version of a program's file; null where it is no program or tells none.</summary>
    /// <param name="path">A path from the root of the volume that holds the operating system.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="EvidenceUnavailableException">The volume or the file can't be read.</exception>
    public virtual Version? ReadFileVersion(string path)
    {
        using Stream file = OpenFile(path);
        return PortableExecutable.ReadFileVersion(file);
    }

    /// <summary>The names of the files in an initramfs, lazily.</summary>
    /// <param name="path">A path from the root of the volume that holds the operating system.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="EvidenceUnavailableException">The volume or the file can't be read.</exception>
    /// <exception cref="DiskFormatException">The archive is damaged, or packed in a way that is not read.</exception>
    public virtual IEnumerable<string> EnumerateArchive(string path)
    {
        using Stream content = OpenFile(path);
        foreach (string name in InitramfsArchive.EnumerateNames(content, "/" + path))
        {
            yield return name;
        }
    }

    /// <summary>
    /// The first MiB of a text file, decoded as its byte order mark or its first bytes say, else as UTF-8; null where there is none, or only
    /// a link that leads to nothing.
    /// </summary>
    /// <param name="path">A path from the root of the volume that holds the operating system.</param>
    /// <exception cref="EvidenceUnavailableException">The volume or the file can't be read.</exception>
    public string? ReadText(string path)
    {
        if (GetFile(path) is not { IsDirectory: false } file || file is { IsLink: true, Length: 0 })
        {
            return null;
        }

        using Stream? content = TryOpen(path);
        return content is null ? null : GuestText.Decode(Read(content, 0));
    }

    /// <summary>
    /// The last MiB of a text file, from its first whole line on, decoded as its byte order mark or its first bytes say, else as
    /// UTF-8; null where there is no such file.
    /// </summary>
    /// <param name="path">A path from the root of the volume that holds the operating system.</param>
    /// <exception cref="EvidenceUnavailableException">The volume or the file can't be read.</exception>
    public string? ReadTextEnd(string path)
    {
        if (GetFile(path) is not { IsDirectory: false })
        {
            return null;
        }

        using Stream? content = TryOpen(path);
        if (content is null or { Length: <= MaxTextBytes })
        {
            return content is null ? null : GuestText.Decode(Read(content, 0));
        }

        // Characters of two bytes stay whole.
        string text = GuestText.Decode(Read(content, (content.Length - MaxTextBytes) & ~1L));
        return text.Substring(text.IndexOf('\n') + 1);
    }

    /// <summary>A file's content; null where a running machine deleted it meanwhile.</summary>
    private Stream? TryOpen(string path)
    {
        try
        {
            return OpenFile(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static byte[] Read(Stream content, long offset)
    {
        if (offset > 0)
        {
            content.Position = offset;
        }

        byte[] bytes = new byte[(int)Math.Min(Math.Max(0, content.Length - offset), MaxTextBytes)];
        int length = 0;
        int count;
        while (length < bytes.Length && (count = content.Read(bytes, length, bytes.Length - length)) > 0)
        {
            length += count;
        }

        return length == bytes.Length ? bytes : bytes.AsSpan(0, length).ToArray();
    }
}

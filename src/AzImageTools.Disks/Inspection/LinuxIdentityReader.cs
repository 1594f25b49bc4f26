using System.Buffers.Binary;
using System.Text;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>Tells from the files of a root volume which Linux it belongs to.</summary>
internal static class LinuxIdentityReader
{
    private const int LargestText = 64 * 1024;
    private const int LongestText = 256;
    private const int MaximumKernels = 64;
    private const int MaximumCandidates = 4096;

    // os-release(5): the first one counts.
    private static readonly string[] OsReleases = ["etc/os-release", "usr/lib/os-release"];
    private static readonly string[] Programs = ["bin/sh", "usr/bin/sh", "sbin/init"];
    private static readonly string[] ModuleFolders = ["lib/modules", "usr/lib/modules"];
    private static readonly string[] KernelNames = ["vmlinuz-", "vmlinux-", "Image-", "initrd.img-"];

    /// <summary>Whether a volume is the root of a Linux.</summary>
    public static bool IsRoot(IFileSystem volume) => Array.Exists(OsReleases, path => volume.GetEntry(path) is { IsDirectory: false });

    /// <summary>What Linux is on a volume; null where it is not the root of one.</summary>
    public static GuestIdentity? Read(IFileSystem volume)
    {
        if (!IsRoot(volume))
        {
            return null;
        }

        Dictionary<string, string> release = ParseAssignments(OsReleases.Select(path => ReadText(volume, path)).FirstOrDefault(static text => text is not null));
        IReadOnlyList<string> kernels = FindKernels(volume);
        return new GuestIdentity
        {
            Family = GuestFamily.Linux,
            Product = Get(release, "PRETTY_NAME") ?? Get(release, "NAME"),
            Distribution = Get(release, "ID"),
            Version = Get(release, "VERSION_ID"),
            HostName = ReadHostName(volume),
            Architecture = Programs.Select(path => ReadArchitecture(volume, path)).FirstOrDefault(static found => found is not null)
                ?? kernels.Select(ArchitectureOf).FirstOrDefault(static found => found is not null),
            KernelVersions = kernels,
        };
    }

    /// <summary>The assignments of a file in the language of os-release(5): a shell's, without anything but quotes and escapes.</summary>
    public static Dictionary<string, string> ParseAssignments(string? text)
    {
        Dictionary<string, string> assignments = new(StringComparer.Ordinal);
        foreach (string line in (text ?? string.Empty).Split('\n'))
        {
            string assignment = line.Trim();
            int equals = assignment.IndexOf('=');
            if (equals > 0 && assignment[0] != '#')
            {
                assignments[assignment.Substring(0, equals)] = Unquote(assignment.Substring(equals + 1));
            }
        }

        return assignments;
    }

    private static string Unquote(string value)
    {
        bool isQuoted = value.Length >= 2 && value[0] is '"' or '\'' && value[value.Length - 1] == value[0];
        string inner = isQuoted ? value.Substring(1, value.Length - 2) : value;
        if (isQuoted && value[0] == '\'')
        {
            return inner;
        }

        StringBuilder text = new(inner.Length);
        for (int i = 0; i < inner.Length; i++)
        {
            i += inner[i] == '\\' && i + 1 < inner.Length ? 1 : 0;
            text.Append(inner[i]);
        }

        return text.ToString();
    }

    private static string? Get(Dictionary<string, string> assignments, string name)
        => assignments.TryGetValue(name, out string? value) && value.Length is > 0 and <= LongestText ? value : null;

    // hostname(5): one line; "localhost" and the like stand for none, but are what the machine is called.
    private static string? ReadHostName(IFileSystem volume)
        => ReadText(volume, "etc/hostname")?.Split('\n')
            .Select(static line => line.Trim())
            .FirstOrDefault(static line => line.Length is > 0 and <= LongestText && line[0] != '#');

    /// <summary>Kernels by their modules; where a volume has none of those, by their files in /boot.</summary>
    private static List<string> FindKernels(IFileSystem volume)
    {
        IEnumerable<string> modules = ModuleFolders
            .SelectMany(folder => volume.Enumerate(folder).Take(MaximumCandidates))
            .Where(static entry => entry.IsDirectory)
            .Select(static entry => entry.Name);
        IEnumerable<string> files = volume.Enumerate("boot").Take(MaximumCandidates)
            .Where(static entry => !entry.IsDirectory)
            .Select(static entry => Array.Find(KernelNames, name => entry.Name.StartsWith(name, StringComparison.Ordinal)) is { } prefix
                ? entry.Name.Substring(prefix.Length)
                : string.Empty);
        return [.. modules.Concat(files)
            .Where(static version => version.Length is > 0 and <= LongestText && version[0] is >= '0' and <= '9')
            .Distinct(StringComparer.Ordinal)
            .OrderByDescending(static version => version, KernelVersionComparer.Instance)
            .Take(MaximumKernels)];
    }

    /// <summary>The architecture that a program is made for (ELF-64 Object File Format, e_machine); null where it is none.</summary>
    private static string? ReadArchitecture(IFileSystem volume, string path)
    {
        const int MachineOffset = 18;
        byte[]? header = Read(volume, path, MachineOffset + sizeof(ushort));
        if (header is not { Length: MachineOffset + sizeof(ushort) } || !header.AsSpan().StartsWith("\u007fELF"u8))
        {
            return null;
        }

        const int BigEndian = 2;
        ReadOnlySpan<byte> machine = header.AsSpan(MachineOffset);
        return (header[5] == BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(machine) : BinaryPrimitives.ReadUInt16LittleEndian(machine)) switch
        {
            3 => "x86",
            21 => "ppc64",
            22 => "s390x",
            40 => "arm",
            62 => "x64",
            183 => "arm64",
            243 => "riscv64",
            _ => null,
        };
    }

    private static string? ArchitectureOf(string kernel)
        => EndsWith(kernel, "amd64") || EndsWith(kernel, "x86_64") ? "x64"
            : EndsWith(kernel, "arm64") || EndsWith(kernel, "aarch64") ? "arm64"
            : EndsWith(kernel, "i686") || EndsWith(kernel, "686-pae") ? "x86"
            : null;

    private static bool EndsWith(string text, string end) => text.EndsWith(end, StringComparison.Ordinal);

    private static string? ReadText(IFileSystem volume, string path) => Read(volume, path, LargestText) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>A file's first bytes; null where there is no such file.</summary>
    private static byte[]? Read(IFileSystem volume, string path, int maximum)
    {
        if (volume.GetEntry(path) is not { IsDirectory: false, Length: > 0 })
        {
            return null;
        }

        using Stream content = volume.OpenFile(path);
        byte[] bytes = new byte[Math.Min(maximum, content.Length)];
        int count = 0;
        while (count < bytes.Length && content.Read(bytes, count, bytes.Length - count) is int read and > 0)
        {
            count += read;
        }

        return bytes;
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>
/// What a collector gathered. Its form is in docs/evidence.md. What it names and holds is null: it was looked for, and is not
/// there. What it does not name was not looked at.
/// </summary>
internal sealed class EvidenceDocument
{
    private const int MaxDepth = 8;
    private const int MaxNameLength = 64;
    private const int MaxPatternLength = 128;

    private EvidenceDocument(EvidenceNode root)
    {
        Family = root.Get("system")?.ToText() switch
        {
            "windows" => GuestFamily.Windows,
            "linux" => GuestFamily.Linux,
            _ => throw EvidenceText.Damaged("'system' is neither windows nor linux."),
        };
        Machine = GuestText.Clean(root.Get("machine")?.ToText() ?? string.Empty, MaxNameLength);
        Time = root.Get("time")?.ToTime();
        StringComparer names = Family == GuestFamily.Windows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        Files = new GatheredFiles(
            ReadMap(root.Get("files"), names, GatheredFiles.Normalize, static (path, node) => node.IsNull ? null : ReadFile(path, node)),
            ReadMap(root.Get("folders"), names, GatheredFiles.Normalize, static (path, node) => node.IsNull ? null : ReadFolder(path, node)),
            names);
        Registry = new GatheredRegistry(ReadMap(root.Get("registry"), StringComparer.OrdinalIgnoreCase, static key => key, static (_, node) => node.IsNull ? null : ReadKey(node)));
        Facts = root.Get("facts") is { } facts ? ReadFacts(facts) : new LiveFacts();
        Volumes = root.Get("volumes") is { } volumes ? [.. volumes.Items().Select(ReadVolume)] : [];
    }

    /// <summary>What the machine runs.</summary>
    public GuestFamily Family { get; }

    /// <summary>The machine's name.</summary>
    public string Machine { get; }

    /// <summary>When it was gathered, by the machine's clock; null where that is not told.</summary>
    public DateTimeOffset? Time { get; }

    /// <summary>The files.</summary>
    public GatheredFiles Files { get; }

    /// <summary>The registry; empty for Linux.</summary>
    public GatheredRegistry Registry { get; }

    /// <summary>What the machine told.</summary>
    public LiveFacts Facts { get; }

    /// <summary>Its volumes.</summary>
    public IReadOnlyList<GuestVolume> Volumes { get; }

    /// <summary>Reads evidence.</summary>
    /// <param name="json">The JSON, in UTF-8.</param>
    /// <exception cref="EvidenceException">It is no evidence.</exception>
    public static EvidenceDocument Parse(byte[] json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return new EvidenceDocument(new EvidenceNode(document.RootElement, "evidence"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second for names with half characters in them.
            throw EvidenceText.Damaged("The evidence is not JSON.", exception);
        }
    }

    private static Dictionary<string, T> ReadMap<T>(EvidenceNode? node, StringComparer comparer, Func<string, string> normalize, Func<string, EvidenceNode, T> read)
    {
        Dictionary<string, T> map = new(comparer);
        foreach ((string name, EvidenceNode value) in node?.Properties() ?? [])
        {
            string key = normalize(name);
            map[key] = read(key, value);
        }

        return map;
    }

    private static GatheredFile ReadFile(string path, EvidenceNode node)
    {
        long length = node.Get("length")?.ToNumber() ?? 0;
        return new GatheredFile
        {
            Entry = new FileSystemEntry
            {
                Name = path.Substring(path.LastIndexOf('\\') + 1),
                Path = path,
                IsDirectory = node.Get("folder")?.ToBoolean() ?? false,
                IsLink = node.Get("link")?.ToBoolean() ?? false,
                Length = length >= 0 ? length : throw node.Wrong(),
                LastWriteTime = node.Get("time")?.ToTime(),
            },
            Unreadable = node.Get("unreadable")?.ToText(),
            Content = node.Get("lines") is { } lines ? Encoding.UTF8.GetBytes(string.Join("\n", lines.ToTexts())) : node.Get("bytes")?.ToBytes(),
            ArchiveNames = node.Get("archive")?.ToTexts(),
            HasVersion = node.Get("version") is not null,
            Version = node.Get("version") is { IsNull: false } version ? System.Version.TryParse(version.ToText(), out Version? told) ? told : throw version.Wrong() : null,
        };
    }

    /// <summary>A folder of which an entry could not be told is not known.</summary>
    private static GatheredFolder ReadFolder(string path, EvidenceNode node)
    {
        GatheredFile[] entries = [.. (node.Get("entries")?.Items() ?? []).Select(entry
            => ReadFile($"{path}\\{(entry.Get("name") ?? throw entry.Wrong()).ToText().Replace('\\', '\uFFFD')}".TrimStart('\\'), entry))];
        return new GatheredFolder(
            ReadFile(path, node),
            ReadPattern(node.Get("names")) ?? string.Empty,
            entries,
            node.Get("unreadable")?.ToText() ?? entries.Select(static entry => entry.Unreadable).FirstOrDefault(static reason => reason is not null));
    }

    /// <summary>Matching a name takes the product of both lengths.</summary>
    private static string? ReadPattern(EvidenceNode? node)
        => node?.ToText() is not { } pattern ? null : pattern.Length <= MaxPatternLength ? pattern : throw node.Value.Wrong();

    private static GatheredKey ReadKey(EvidenceNode node) => new()
    {
        Unreadable = node.Get("unreadable")?.ToText(),
        Values = ReadMap(node.Get("values"), StringComparer.OrdinalIgnoreCase, static name => name, static (_, value) => ReadData(value)),
        ValueNames = ReadPattern(node.Get("names")),
        Keys = node.Get("keys")?.ToTexts(),
        KeyNames = ReadPattern(node.Get("keyNames")),
    };

    /// <summary>A value's data, as <see cref="Guest.GetValue"/> gives it.</summary>
    private static object? ReadData(EvidenceNode node) => node.Kind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number => node.ToNumber() is >= 0 and <= uint.MaxValue and var number ? (uint)number : throw node.Wrong(),
        JsonValueKind.String => node.ToText().Split('\0')[0],
        JsonValueKind.Array => node.ToTexts().ToArray(),
        _ => node.Get("qword") is not { } wide ? (node.Get("binary") ?? throw node.Wrong()).ToBytes()
            : ulong.TryParse(wide.ToText(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong data) ? data
            : throw wide.Wrong(),
    };

    private static LiveFacts ReadFacts(EvidenceNode node) => new()
    {
        RemainingRearmCount = node.Get("rearmCount")?.ToNumber() is { } count ? (int)Math.Max(int.MinValue, Math.Min(int.MaxValue, count)) : null,
        IsDomainJoined = node.Get("domainJoined")?.ToBoolean(),
        IsAdministratorEnabled = node.Get("administratorEnabled")?.ToBoolean(),
        UserOnlyAppPackages = node.Get("userOnlyAppPackages")?.ToTexts(),
        SwapDevices = node.Get("swapDevices")?.ToTexts(),
        EncryptedFiles = node.Get("encryptedFiles") is { } search ? ReadSearch(search) : null,
    };

    private static EncryptedFileSearch ReadSearch(EvidenceNode node) => new()
    {
        EntriesSeen = (node.Get("seen") ?? throw node.Wrong()).ToNumber() is >= 0 and <= int.MaxValue and var seen ? (int)seen : throw node.Wrong(),
        IsComplete = (node.Get("complete") ?? throw node.Wrong()).ToBoolean(),
        Found = [.. (node.Get("found") ?? throw node.Wrong()).Items().Select(static item
            => EncryptedFileSearch.See((item.Get("path") ?? throw item.Wrong()).ToText(), item.Get("folder")?.ToBoolean() ?? false))],
    };

    private static GuestVolume ReadVolume(EvidenceNode node) => new()
    {
        Name = (node.Get("name") ?? throw node.Wrong()).ToText(),
        FileSystem = node.Get("fileSystem")?.ToText() switch
        {
            "NTFS" => FileSystemKind.Ntfs,
            "FAT32" => FileSystemKind.Fat32,
            "ReFS" => FileSystemKind.ReFS,
            _ => FileSystemKind.Unknown,
        },
        HoldsOperatingSystem = node.Get("system")?.ToBoolean() ?? false,
        IsDirty = node.Get("dirty")?.ToBoolean(),
        IsUnlocked = node.Get("bitLocker")?.ToBoolean(),
    };
}

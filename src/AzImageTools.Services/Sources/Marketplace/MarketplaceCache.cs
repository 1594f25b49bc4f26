using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Sources.Marketplace;

/// <summary>
/// What was read of the Marketplace of a region in a subscription (private offers differ by subscription), in memory and, where the session has a folder for it, in two files there, a line an answer: the last line
/// of a key counts. A line that can't be read is passed over, and a file that can't be written is none. Thread-safe.
/// </summary>
internal sealed class MarketplaceCache
{
    /// <summary>How long names of publishers, offers and SKUs hold: new ones come by the week.</summary>
    public static readonly TimeSpan NamesAge = TimeSpan.FromDays(7);

    /// <summary>How long lists of versions hold: publishers bring new ones out by the month.</summary>
    public static readonly TimeSpan VersionsAge = TimeSpan.FromHours(12);

    private const long LongestFile = 256L << 20;
    private const int LinesAtOnce = 500;

    private static readonly ConditionalWeakTable<ImageSession, Dictionary<string, MarketplaceCache>> Caches = new();

    private readonly object _gate = new();
    private readonly Dictionary<string, Kept> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Kept> _pending = [];
    private readonly string? _file;
    private bool _hasNames;
    private bool _hasVersions;

    private MarketplaceCache(string? file)
    {
        _file = file;
    }

    /// <summary>The cache of a session for a region.</summary>
    public static MarketplaceCache Of(ImageSession session, string location)
    {
        Dictionary<string, MarketplaceCache> own = Caches.GetValue(session, static _ => new Dictionary<string, MarketplaceCache>(StringComparer.OrdinalIgnoreCase));
        lock (own)
        {
            if (!own.TryGetValue(location, out MarketplaceCache? cache))
            {
                string? file = session.CacheFolder is { } folder ? Path.Combine(folder, $"{session.Context.Environment}.{session.Context.SubscriptionId}.{location}") : null;
                cache = own[location] = new MarketplaceCache(file);
            }

            return cache;
        }
    }

    /// <summary>Names below a place that are not too old; null for none.</summary>
    /// <param name="key">The place: empty for publishers, else names between slashes.</param>
    /// <param name="now">The time.</param>
    public string[]? FindNames(string key, DateTimeOffset now) => Find(key, now, NamesAge, isOfVersions: false)?.Names;

    /// <summary>Versions of a SKU that are not too old; null for none.</summary>
    public MarketplaceVersion[]? FindVersions(string key, DateTimeOffset now) => Find(key, now, VersionsAge, isOfVersions: true)?.Versions;

    /// <summary>All SKUs whose names are kept, whatever their age.</summary>
    public IReadOnlyList<string> KnownSkus()
    {
        lock (_gate)
        {
            Load(isOfVersions: false);
            return [.. _entries.Where(static entry => entry.Value.Names is not null && entry.Key.IndexOf('/') >= 0).SelectMany(static entry => entry.Value.Names!)
                .Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(static name => name, StringComparer.OrdinalIgnoreCase)];
        }
    }

    /// <summary>Keeps what was read.</summary>
    public void Keep(string key, DateTimeOffset now, string[] names) => Keep(new Kept { Key = key, Time = now.ToUnixTimeSeconds(), Names = names });

    /// <summary>Keeps what was read.</summary>
    public void Keep(string key, DateTimeOffset now, MarketplaceVersion[] versions) => Keep(new Kept { Key = key, Time = now.ToUnixTimeSeconds(), Versions = versions });

    /// <summary>Writes what was kept since the last time. It never fails: the next search reads it again.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            foreach (IGrouping<bool, Kept> group in _pending.GroupBy(static kept => kept.Versions is not null))
            {
                Append(FileOf(group.Key), group);
            }

            _pending.Clear();
        }
    }

    private static void Append(string? file, IEnumerable<Kept> entries)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            StringBuilder lines = new();
            foreach (Kept entry in entries)
            {
                lines.Append(JsonSerializer.Serialize(entry)).Append('\n');
            }

            // One write at the end: lines of two processes don't mix.
            using FileStream stream = new(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            byte[] bytes = Encoding.UTF8.GetBytes(lines.ToString());
            stream.Write(bytes, 0, bytes.Length);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // A cache that can't be written is none.
        }
    }

    private Kept? Find(string key, DateTimeOffset now, TimeSpan age, bool isOfVersions)
    {
        lock (_gate)
        {
            Load(isOfVersions);
            return _entries.TryGetValue(key, out Kept? kept) && now - DateTimeOffset.FromUnixTimeSeconds(kept.Time) is { } old && old < age && old > -age ? kept : null;
        }
    }

    private void Keep(Kept kept)
    {
        lock (_gate)
        {
            _entries[kept.Key] = kept;
            if (_file is not null)
            {
                _pending.Add(kept);
            }
        }

        if (_pending.Count >= LinesAtOnce)
        {
            Flush();
        }
    }

    private string? FileOf(bool isOfVersions) => _file is null ? null : _file + (isOfVersions ? ".versions" : ".names");

    private void Load(bool isOfVersions)
    {
        ref bool isLoaded = ref (isOfVersions ? ref _hasVersions : ref _hasNames);
        if (isLoaded || FileOf(isOfVersions) is not { } file)
        {
            return;
        }

        isLoaded = true;
        try
        {
            if (!File.Exists(file) || new FileInfo(file).Length > LongestFile)
            {
                return;
            }

            int lines = 0;
            int before = _entries.Count;
            using (StreamReader reader = new(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)))
            {
                while (reader.ReadLine() is { } line)
                {
                    lines++;
                    if (Read(line) is { } kept && (kept.Versions is not null) == isOfVersions && (kept.Names ?? (object?)kept.Versions) is not null
                        && (!_entries.TryGetValue(kept.Key, out Kept? newer) || newer.Time <= kept.Time))
                    {
                        _entries[kept.Key] = kept;
                    }
                }
            }

            if (lines > LinesAtOnce + (2 * (_entries.Count - before)))
            {
                Rewrite(file, isOfVersions);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // As one that is not there.
        }
    }

    private void Rewrite(string file, bool isOfVersions)
    {
        string fresh = $"{file}.{Guid.NewGuid():N}";
        Append(fresh, _entries.Values.Where(kept => kept.Versions is not null == isOfVersions));
        if (File.Exists(fresh))
        {
            File.Delete(file);
            File.Move(fresh, file);
        }
    }

    private static Kept? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Kept>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A line.</summary>
    private sealed record Kept
    {
        [JsonPropertyName("k")]
        public required string Key { get; init; }

        /// <summary>When it was read, in seconds since 1970.</summary>
        [JsonPropertyName("t")]
        public long Time { get; init; }

        [JsonPropertyName("n")]
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string[]? Names { get; init; }

        [JsonPropertyName("v")]
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public MarketplaceVersion[]? Versions { get; init; }
    }
}

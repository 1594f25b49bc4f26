namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>A section of LVM2's metadata: values and sections by their names.</summary>
/// <param name="source">What to call the metadata in messages.</param>
/// <param name="name">The section's name.</param>
internal sealed class MetadataSection(string source, string name)
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);

    public string Name => name;

    /// <summary>The sections in it, in the text's order.</summary>
    public List<MetadataSection> Sections { get; } = [];

    /// <summary>Adds a value: a text, a number (long), a list of such, or a section. A name that is there already is refused.</summary>
    public void Add(string key, object value)
    {
        if (_values.ContainsKey(key))
        {
            throw Damaged($"has two values '{key}'");
        }

        _values.Add(key, value);
        if (value is MetadataSection section)
        {
            Sections.Add(section);
        }
    }

    public string GetText(string key) => Get<string>(key);

    /// <summary>A number of 0 to a maximum.</summary>
    public long GetNumber(string key, long maximum = uint.MaxValue)
        => Get<long>(key) is var number && number >= 0 && number <= maximum ? number : throw Damaged($"has the number {number} for '{key}'");

    /// <summary>A list; a single value is one of itself.</summary>
    public IReadOnlyList<object> GetList(string key)
        => Get<object>(key) switch
        {
            IReadOnlyList<object> list => list,
            MetadataSection => throw Damaged($"has a section '{key}' where values are expected"),
            object single => [single],
        };

    public MetadataSection GetSection(string key) => Get<MetadataSection>(key);

    /// <summary>A section; null where there is none, as where it would be empty.</summary>
    public MetadataSection? FindSection(string key) => _values.ContainsKey(key) ? GetSection(key) : null;

    /// <summary>Whether a text is in a list; false where there is no such list.</summary>
    public bool Lists(string key, string text) => _values.ContainsKey(key) && GetList(key).Contains(text);

    /// <summary>A text; null where there is none.</summary>
    public string? FindText(string key) => _values.TryGetValue(key, out object? value) ? value as string : null;

    public DiskFormatException Damaged(string problem) => new(source, null, $"The section '{name}' of the LVM2 metadata {problem}.", "lvm2, lib/format_text");

    private T Get<T>(string key)
        => _values.TryGetValue(key, out object? value) && value is T found ? found : throw Damaged($"has no '{key}' of the expected kind");
}

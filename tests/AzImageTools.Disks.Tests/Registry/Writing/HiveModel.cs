using AzImageTools.Disks.Registry;

namespace AzImageTools.Disks.Tests.Registry.Writing;

/// <summary>What a hive should hold: keys by their upper-cased paths, each with its values by their upper-cased names.</summary>
internal sealed class HiveModel
{
    private readonly SortedDictionary<string, Dictionary<string, (string Name, RegistryValueType Type, byte[] Data)>> _keys = new(StringComparer.Ordinal);

    public HiveModel(RegistryHive hive) => Read(hive.Root);

    private HiveModel(HiveModel other)
    {
        foreach ((string path, Dictionary<string, (string, RegistryValueType, byte[])> values) in other._keys)
        {
            _keys.Add(path, new(values, StringComparer.Ordinal));
        }
    }

    public IEnumerable<string> Lines => _keys.SelectMany(static key => key.Value.Values.Order().Select(value => $"{key.Key}|{value.Name}|{value.Type}|{Convert.ToHexString(value.Data)}").Order(StringComparer.Ordinal).Prepend(key.Key));

    public HiveModel Copy() => new(this);

    public void Set(string key, string name, RegistryValueType type, byte[] data)
    {
        string path = string.Empty;
        foreach (string part in key.Split('\\', StringSplitOptions.RemoveEmptyEntries))
        {
            path += "\\" + part.ToUpperInvariant();
            _keys.TryAdd(path, []);
        }

        string stored = _keys[path].TryGetValue(name.ToUpperInvariant(), out (string Name, RegistryValueType Type, byte[] Data) before) ? before.Name : name;
        _keys[path][name.ToUpperInvariant()] = (stored, type, data);
    }

    public bool Remove(string key, string name) => _keys.TryGetValue(PathOf(key), out var values) && values.Remove(name.ToUpperInvariant());

    public bool RemoveKey(string key)
    {
        string path = PathOf(key);
        List<string> gone = [.. _keys.Keys.Where(other => other == path || other.StartsWith(path + "\\", StringComparison.Ordinal))];
        gone.ForEach(other => _keys.Remove(other));
        return gone.Count > 0;
    }

    private static string PathOf(string key) => "\\" + key.ToUpperInvariant();

    private void Read(RegistryKey key)
    {
        _keys.Add(key.Path.Length == 0 ? string.Empty : PathOf(key.Path), key.GetValues().ToDictionary(static value => value.Name.ToUpperInvariant(), static value => (value.Name, value.Type, value.Data.ToArray()), StringComparer.Ordinal));
        foreach (RegistryKey below in key.GetSubKeys())
        {
            Read(below);
        }
    }
}

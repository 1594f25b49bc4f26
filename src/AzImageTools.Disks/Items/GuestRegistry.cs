using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Items;

/// <summary>
/// The registry of a Windows on a disk image, by the paths of a running one: HKLM with SYSTEM (CurrentControlSet too),
/// SOFTWARE, SAM, SECURITY, COMPONENTS, DRIVERS, DEFAULT and BCD00000000, HKU, HKCR. Changes that Windows had not wholly
/// written are read from the hives' logs.
/// </summary>
public sealed class GuestRegistry : IDisposable
{
    /// <summary>What the default value of a key is called.</summary>
    internal const string DefaultValue = "(default)";

    private const string CurrentControlSet = "CurrentControlSet";

    private readonly DiskItems _items;
    private readonly WindowsHives? _hives;
    private readonly Lazy<RegistryHive?> _bootStore;
    private readonly HashSet<RegistryHive> _told = [];

    private GuestRegistry(DiskItems items, string? volume)
    {
        _items = items;
        IReadOnlyList<DiskVolume> volumes = volume is null ? [.. items.Volumes.Readable] : items.Volumes.Select(volume);
        _hives = volumes.Select(static candidate => Salvage.Try(() => WindowsHives.Open(candidate.FileSystem!), out _)).FirstOrDefault(static hives => hives is not null);
        _bootStore = new Lazy<RegistryHive?>(() => BootConfiguration.Open(BootConfiguration.OrderVolumes(items.Volumes.Readable)));
    }

    /// <summary>Told what to know of what is read, as a sentence; null for nobody.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Opens the registry of a disk image's Windows.</summary>
    /// <param name="image">The image; it is closed with the registry, or here where that can't be opened.</param>
    /// <param name="volume">The volume with Windows, by its number or label; null for the first one that has one.</param>
    /// <param name="warn">Told what to know of what is read, as a sentence; null for nobody.</param>
    /// <exception cref="DiskItemException">There is no such volume.</exception>
    /// <exception cref="DiskFormatException">A file system is damaged on the way to the hives.</exception>
    public static GuestRegistry Open(OpenedImage image, string? volume = null, Action<string>? warn = null)
    {
        DiskItems items = new(image);
        try
        {
            return new GuestRegistry(items, volume) { Warn = warn };
        }
        catch
        {
            items.Dispose();
            throw;
        }
    }

    /// <summary>The values of keys, lazily.</summary>
    /// <param name="key">A key's path from HKLM, HKU or HKCR, with wildcards in any name; case does not matter.</param>
    /// <param name="name">The value's name, with wildcards; empty or "(default)" for the default value; null for all.</param>
    /// <param name="recurse">Whether the values of all keys below are read too.</param>
    /// <exception cref="DiskItemException">There is no such hive or key; or, for a path without wildcards, no such value.</exception>
    public IEnumerable<Found<GuestRegistryValue>> Find(string key, string? name = null, bool recurse = false)
    {
        if (key is null)
        {
            throw new ArgumentNullException(nameof(key));
        }

        return Search(key, name, recurse);
    }

    /// <summary>
    /// The keys right below a key or a root, lazily, each by its whole path in the words of the one given: for completing what a user
    /// types. What can't be read is left out.
    /// </summary>
    /// <param name="key">A key's path from HKLM, HKU or HKCR; case does not matter.</param>
    /// <exception cref="DiskItemException">The path begins otherwise, or there is no such hive.</exception>
    public IEnumerable<string> FindKeysBelow(string key)
    {
        string above = (key ?? throw new ArgumentNullException(nameof(key))).TrimEnd('\\');
        string[] names = RegistryRoot.Normalize(above).Split(['\\'], StringSplitOptions.RemoveEmptyEntries);
        return (names.Length == 1 ? HiveNames(names[0]) : SubkeyNames(names)).Select(name => $@"{above}\{Wildcard.Escape(name)}");
    }

    /// <summary>Where the hive of a key lies.</summary>
    /// <param name="key">A key's path from HKLM, HKU or HKCR, without wildcards; the key itself need not be there.</param>
    /// <exception cref="DiskItemException">The path begins otherwise, or there is no such hive.</exception>
    internal (IFileSystem Volume, string Path, string Key) Locate(string key)
    {
        string[] names = RegistryRoot.Normalize(key).Split(['\\'], StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 1)
        {
            throw new DiskItemException(DiskItemProblem.RegistryKeyNotFound, key, $@"{names[0]} has no values itself: give a key, such as HKLM\SOFTWARE\Contoso.");
        }

        (IFileSystem volume, string path) = LocateHive(names[0], names[1]) ?? throw NoHive(names[0], names[1]);
        List<string> rest = [.. names.Skip(2)];
        if (rest.Count > 0 && string.Equals(names[1], "SYSTEM", StringComparison.OrdinalIgnoreCase) && string.Equals(rest[0], CurrentControlSet, StringComparison.OrdinalIgnoreCase))
        {
            rest[0] = ControlSetName();
        }

        return (volume, path, string.Join("\\", rest));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hives?.Dispose();
        if (_bootStore.IsValueCreated)
        {
            _bootStore.Value?.Dispose();
        }

        _items.Dispose();
    }

    private IEnumerable<Found<GuestRegistryValue>> Search(string path, string? name, bool recurse)
    {
        Wildcard[] names = [.. RegistryRoot.Normalize(path).Split(['\\'], StringSplitOptions.RemoveEmptyEntries).Select(static part => new Wildcard(part, ignoresCase: true))];
        bool isLiteral = Array.TrueForAll(names, static part => part.IsLiteral);
        Wildcard? value = name is null ? null : new Wildcard(name.Length == 0 ? DefaultValue : name, ignoresCase: true);
        bool hasKey = false;
        bool hasValue = false;
        foreach (Found<FoundKey> found in FindHives(names).SelectMany(hive => Descend(hive, names.Skip(2))).SelectMany(match => recurse ? Below(match) : [match]))
        {
            hasKey = true;
            foreach (Found<GuestRegistryValue> read in found.Value is { } at ? ReadValues(at, value) : [Found<GuestRegistryValue>.Failed(found.Problem!)])
            {
                hasValue = true;
                yield return read;
                if (read.Problem is ReadLimitException)
                {
                    yield break;
                }
            }
        }

        if (isLiteral && !hasKey)
        {
            throw new DiskItemException(DiskItemProblem.RegistryKeyNotFound, path, $"There is no key {path} in the registry on {_items.DiskPath}.");
        }

        if (isLiteral && !hasValue && !recurse && value is { IsLiteral: true })
        {
            throw new DiskItemException(DiskItemProblem.RegistryValueNotFound, name!, $"The key {path} in the registry on {_items.DiskPath} has no value '{value.Literal}'.");
        }
    }

    /// <summary>The hives that the first two names of a path mean.</summary>
    private IEnumerable<Found<FoundKey>> FindHives(Wildcard[] names)
    {
        string root = names[0].Literal;
        if (names.Length == 1)
        {
            throw new DiskItemException(DiskItemProblem.RegistryKeyNotFound, root, $@"{root} has no values itself: give a hive, such as HKLM\SOFTWARE.");
        }

        bool isMachine = root == RegistryRoot.LocalMachine;
        IEnumerable<string> candidates = names[1].IsLiteral ? [names[1].Literal] : HiveNames(root).Where(names[1].Matches);
        foreach (string name in candidates)
        {
            RegistryHive? hive = Salvage.Try(() => isMachine ? FindMachineHive(name) : FindUserHive(name), out Exception? problem);
            if (hive is not null)
            {
                Tell(hive);
                yield return Found<FoundKey>.Of(new FoundKey($@"{root}\{name}", hive, hive.Root, new SearchedValues(hive)));
            }
            else if (problem is not null)
            {
                yield return Found<FoundKey>.Failed(problem);
            }
            else if (names[1].IsLiteral)
            {
                throw NoHive(root, name);
            }
        }
    }

    private IEnumerable<string> HiveNames(string root)
        => root == RegistryRoot.LocalMachine ? [.. WindowsHives.MachineHives, BootConfiguration.HiveName] : _hives?.EnumerateUsers() ?? [];

    private IEnumerable<string> SubkeyNames(string[] names)
    {
        Wildcard[] patterns = [.. names.Select(static name => new Wildcard(name, ignoresCase: true))];
        IEnumerable<string> below = FindHives(patterns)
            .SelectMany(hive => Descend(hive, patterns.Skip(2)))
            .Where(static found => found.Value is not null)
            .SelectMany(static found => Salvage.Enumerate(() => found.Value!.Key.GetSubKeys()))
            .Where(static found => found.Value is not null)
            .Select(static found => found.Value!.Name);
        return names.Length == 2 && string.Equals(names[1], "SYSTEM", StringComparison.OrdinalIgnoreCase) && _hives?.ControlSetName is not null ? below.Prepend(CurrentControlSet) : below;
    }

    private DiskItemException NoHive(string root, string name)
        => new(DiskItemProblem.RegistryHiveNotFound, name, $@"{_items.DiskPath} holds no hive {root}\{name}{(_hives is null ? ": no Windows was found on it" : string.Empty)}. {_items.Volumes.DescribeAll()}");

    private (IFileSystem Volume, string Path)? LocateHive(string root, string name)
    {
        if (root == RegistryRoot.LocalMachine && string.Equals(name, BootConfiguration.HiveName, StringComparison.OrdinalIgnoreCase))
        {
            return BootConfiguration.FindAll(BootConfiguration.OrderVolumes(_items.Volumes.Readable)).Select(static found => ((IFileSystem, string)?)found).FirstOrDefault();
        }

        string? path = root == RegistryRoot.LocalMachine ? WindowsHives.FindFile(name)
            : IsDefaultUser(name) ? WindowsHives.FindFile("DEFAULT")
            : _hives?.FindUserFile(name);
        return _hives is { } hives && path is not null && hives.Volume.GetEntry(path) is { IsDirectory: false } ? (hives.Volume, path) : null;
    }

    private static bool IsDefaultUser(string name) => name.ToUpperInvariant() is ".DEFAULT" or "S-1-5-18";

    private RegistryHive? FindMachineHive(string name)
        => string.Equals(name, BootConfiguration.HiveName, StringComparison.OrdinalIgnoreCase) ? _bootStore.Value : _hives?.Find(name);

    private RegistryHive? FindUserHive(string name)
        => IsDefaultUser(name) ? _hives?.Find("DEFAULT") : _hives?.FindUser(name);

    /// <summary>The keys below a hive's root that the further names mean.</summary>
    private IEnumerable<Found<FoundKey>> Descend(Found<FoundKey> hive, IEnumerable<Wildcard> names)
        => names.Aggregate((IEnumerable<Found<FoundKey>>)[hive], (keys, name) => keys.SelectMany(key => Match(key, name)));

    private IEnumerable<Found<FoundKey>> Match(Found<FoundKey> found, Wildcard name)
    {
        if (found.Value is not { } parent)
        {
            return [found];
        }

        if (!name.IsLiteral)
        {
            return Salvage.Enumerate(() => parent.Key.GetSubKeys().Where(key => name.Matches(key.Name)).Select(parent.Below));
        }

        bool isCurrent = parent.Key.Path.Length == 0 && parent.Hive == _hives?.System && string.Equals(name.Literal, CurrentControlSet, StringComparison.OrdinalIgnoreCase);
        return Salvage.Enumerate<FoundKey>(() => parent.Key.OpenSubKey(isCurrent ? ControlSetName() : name.Literal) is { } key
            ? [isCurrent ? parent.Below(key) with { Path = $@"{parent.Path}\{CurrentControlSet}" } : parent.Below(key)]
            : []);
    }

    private string ControlSetName()
        => _hives!.ControlSetName
            ?? throw new DiskItemException(DiskItemProblem.RegistryKeyNotFound, CurrentControlSet, @"HKLM\SYSTEM\Select\Current does not say which control set is the current one.");

    /// <summary>A key and all that are below it, each before those below it.</summary>
    private static IEnumerable<Found<FoundKey>> Below(Found<FoundKey> top)
    {
        Stack<IEnumerator<Found<FoundKey>>> path = new();
        IEnumerable<Found<FoundKey>> first = [top];
        path.Push(first.GetEnumerator());
        while (path.Count > 0)
        {
            if (!path.Peek().MoveNext())
            {
                path.Pop().Dispose();
                continue;
            }

            Found<FoundKey> found = path.Peek().Current;
            yield return found;
            if (found.Value is { } key)
            {
                path.Push(Salvage.Enumerate(() => key.Key.GetSubKeys().Select(key.Below)).GetEnumerator());
            }
        }
    }

    private IEnumerable<Found<GuestRegistryValue>> ReadValues(FoundKey at, Wildcard? name)
        => Salvage.Enumerate(() => at.Key.GetValues(stored => name is null || name.Matches(NameOf(stored)), at.Searched)
            .Select(value => new GuestRegistryValue
            {
                Name = NameOf(value.Name),
                Type = value.Type,
                Data = value.Value,
                Key = at.Path,
                KeyLastWriteTime = at.Key.LastWriteTime,
                HiveState = at.Hive.State,
                DiskPath = _items.DiskPath,
            }));

    private static string NameOf(string stored) => stored.Length == 0 ? DefaultValue : stored;

    private void Tell(RegistryHive hive)
    {
        if (hive.State == HiveState.Dirty && _told.Add(hive))
        {
            Warn?.Invoke(string.Join(" ", hive.LogProblems.Prepend($"Windows had not finished writing the last changes to the hive {hive.Name}, and no log beside it holds them.")));
        }
    }

    private sealed record FoundKey(string Path, RegistryHive Hive, RegistryKey Key, SearchedValues Searched)
    {
        private const int ShortPath = 256;

        public FoundKey Below(RegistryKey key)
        {
            string path = $@"{Path}\{key.Name}";
            if (path.Length > ShortPath)
            {
                Hive.Allocate(path.Length * sizeof(char), "the path of a key");
            }

            return this with { Path = path, Key = key };
        }
    }
}

using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Items;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Registry.Writing;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Repair;

/// <summary>
/// Changes the registry and the files of a guest on a disk image that nobody starts. The disk is never written: what is changed is kept
/// beside it as one change, when <see cref="Keep"/> is called; what is refused leaves nothing to keep. Not thread-safe.
/// </summary>
public sealed class GuestRepair : IDisposable
{
    private readonly RepairSession _session;
    private readonly Lazy<GuestRegistry> _registry;
    private readonly DateTimeOffset _now;
    private readonly Dictionary<(IFileSystem Volume, string Path), HiveEditor> _hives = [];
    private readonly List<DiskChange> _changes = [];

    private GuestRepair(RepairSession session, string? volume, DateTimeOffset now)
    {
        _session = session;
        _now = now;
        _registry = new Lazy<GuestRegistry>(() => GuestRegistry.Open(session.Image, volume));
    }

    /// <summary>Opens a disk image, with the changes that are kept beside it.</summary>
    /// <param name="path">The image file.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <param name="volume">The volume with the Windows whose registry is changed, by its number or label; null for the first one that has one.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="cancellation">Stops all reading.</param>
    /// <exception cref="DiskItemException">There is no such volume.</exception>
    /// <exception cref="DiskRepairException">The changes that are kept are damaged, or were made for another disk.</exception>
    /// <exception cref="DiskFormatException">The file is no disk image that can be read, or damaged.</exception>
    /// <exception cref="IOException">A file is not there, or can't be read.</exception>
    public static GuestRepair Open(string path, VirtualDiskOptions? options = null, string? volume = null, TimeProvider? time = null, CancellationToken cancellation = default)
        => new(RepairSession.Open(path, options, cancellation), volume, (time ?? TimeProvider.System).GetUtcNow());

    /// <summary>Makes a change in memory.</summary>
    /// <param name="edit">What is to be changed.</param>
    /// <returns>What it was and is; null where the edit wants a key that is not there.</returns>
    /// <exception cref="DiskItemException">There is no such hive.</exception>
    /// <exception cref="DiskRepairException">It can't be changed safely.</exception>
    /// <exception cref="DiskFormatException">The disk is damaged there.</exception>
    public DiskChange? Apply(DiskEdit edit) => edit switch
    {
        RegistryEdit value => Apply(value),
        FileEdit file => Apply(file),
        _ => throw new ArgumentNullException(nameof(edit)),
    };

    /// <summary>Makes a change in memory: keys on the way to a value are made where they are missing.</summary>
    /// <param name="edit">What is to be changed.</param>
    /// <returns>What it was and is; null where the edit wants a key that is not there.</returns>
    /// <exception cref="DiskItemException">There is no such hive.</exception>
    /// <exception cref="DiskRepairException">It can't be changed safely.</exception>
    /// <exception cref="DiskFormatException">The disk is damaged there.</exception>
    public RegistryChange? Apply(RegistryEdit edit)
    {
        (IFileSystem volume, string path, string key) = _registry.Value.Locate((edit ?? throw new ArgumentNullException(nameof(edit))).Key);
        string name = string.Equals(edit.Name, GuestRegistry.DefaultValue, StringComparison.OrdinalIgnoreCase) ? string.Empty : edit.Name;
        HiveEditor editor = FindHive(volume, path);
        RegistryKey? found = editor.Hive.OpenKey(key);
        if (found is null && edit.RequiresKey)
        {
            return null;
        }

        RegistryValue? before = found?.GetValue(name);
        byte[]? bytes = edit is { Type: { } wanted, Data: { } data } ? RegistryData.Encode(wanted, data) : null;
        bool isChanged = bytes is null ? before is not null : before is null || before.Type != edit.Type || !before.Data.Span.SequenceEqual(bytes);
        if (isChanged && bytes is not null)
        {
            editor.SetValue(key, name, edit.Type!.Value, bytes);
        }
        else if (isChanged)
        {
            editor.RemoveValue(key, name);
        }

        RegistryChange change = new()
        {
            Key = RegistryRoot.Normalize(edit.Key).TrimEnd('\\'),
            Name = name.Length == 0 ? GuestRegistry.DefaultValue : name,
            TypeBefore = before?.Type,
            DataBefore = edit.HidesContent ? null : before?.Value,
            Type = bytes is null ? null : edit.Type,
            Data = bytes is null || edit.HidesContent ? null : new RegistryValue(name, edit.Type!.Value, bytes).Value,
            IsHidden = edit.HidesContent,
            IsChanged = isChanged,
            Path = _session.Image.Name,
            RepairPath = _session.Path,
        };
        if (isChanged)
        {
            _changes.Add(change);
        }

        return change;
    }

    /// <summary>Makes a change of a file in memory.</summary>
    /// <param name="edit">What is to be changed.</param>
    /// <returns>What it was and is.</returns>
    /// <exception cref="DiskRepairException">It can't be changed safely.</exception>
    /// <exception cref="DiskFormatException">The disk is damaged there.</exception>
    public FileChange Apply(FileEdit edit)
    {
        FileChange change = new FileRepair(_session.OpenGuestFiles(), _now).Apply(edit ?? throw new ArgumentNullException(nameof(edit)), _session.Image.Name, _session.Path);
        if (change.IsChanged)
        {
            _changes.Add(change);
        }

        return change;
    }

    /// <summary>Adds what was changed to what is kept beside the disk, as one change. Where nothing is different, nothing is written.</summary>
    /// <param name="reason">What it is for, such as a rule's id; null where the values tell.</param>
    /// <exception cref="DiskRepairException">It is more than is kept beside a disk, or can't be written, or somebody else changed the file meanwhile.</exception>
    /// <exception cref="DiskFormatException">The disk is damaged there.</exception>
    public void Keep(string? reason = null)
    {
        if (_changes.Count == 0)
        {
            return;
        }

        foreach (HiveEditor editor in _hives.Values)
        {
            editor.Save();
        }

        string description = string.Join("; ", _changes);
        _session.Keep(reason is null ? description : $"{reason}: {description}", _now);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (HiveEditor editor in _hives.Values)
        {
            editor.Dispose();
        }

        if (_registry.IsValueCreated)
        {
            _registry.Value.Dispose();
        }

        _session.Dispose();
    }

    private HiveEditor FindHive(IFileSystem volume, string path)
    {
        if (!_hives.TryGetValue((volume, path.ToUpperInvariant()), out HiveEditor? editor))
        {
            editor = HiveEditor.Open(volume, path, _now);
            _hives.Add((volume, path.ToUpperInvariant()), editor);
        }

        return editor;
    }
}

using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Items;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Registry.Writing;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Repair;

/// <summary>
/// Changes the registry of a Windows on a disk image that nobody starts. The disk is never written: the change is kept beside
/// it, when <see cref="Keep"/> is called.
/// </summary>
public sealed class RegistryRepair : IDisposable
{
    private readonly RepairSession _session;
    private readonly DateTimeOffset _now;
    private RegistryChange? _change;

    private RegistryRepair(RepairSession session, DateTimeOffset now)
    {
        _session = session;
        _now = now;
    }

    /// <summary>Opens a disk image, with the changes that are kept beside it.</summary>
    /// <param name="path">The image file.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="cancellation">Stops all reading.</param>
    /// <exception cref="DiskRepairException">The changes that are kept are damaged, or were made for another disk.</exception>
    /// <exception cref="DiskFormatException">The file is no disk image that can be read.</exception>
    /// <exception cref="IOException">A file is not there, or can't be read.</exception>
    public static RegistryRepair Open(string path, VirtualDiskOptions? options = null, TimeProvider? time = null, CancellationToken cancellation = default)
        => new(RepairSession.Open(path, options, cancellation), (time ?? TimeProvider.System).GetUtcNow());

    /// <summary>Makes the change in memory: a value gets type and data; it, and keys on the way, are made where they are missing.</summary>
    /// <param name="key">A key's path from HKLM, HKU or HKCR, without wildcards; CurrentControlSet is the one that Windows starts with.</param>
    /// <param name="name">The value's name; empty or "(default)" for the key's default value.</param>
    /// <param name="type">The type.</param>
    /// <param name="data">The data, as <see cref="RegistryData.Encode(RegistryValueType, object)"/> takes it.</param>
    /// <param name="volume">The volume with Windows, by its number or label; null for the first one that has one.</param>
    /// <exception cref="DiskItemException">There is no such hive or volume.</exception>
    /// <exception cref="DiskRepairException">It can't be changed safely.</exception>
    /// <exception cref="DiskFormatException">The disk is damaged there.</exception>
    public RegistryChange Set(string key, string name, RegistryValueType type, object data, string? volume = null)
    {
        if (_change is not null)
        {
            throw new InvalidOperationException("One change is made at a time.");
        }

        using GuestRegistry registry = GuestRegistry.Open(_session.Image, volume);
        (IFileSystem files, string path, string keyInHive) = registry.Locate(key ?? throw new ArgumentNullException(nameof(key)));
        string stored = string.Equals(name, GuestRegistry.DefaultValue, StringComparison.OrdinalIgnoreCase) ? string.Empty : name ?? throw new ArgumentNullException(nameof(name));
        using HiveEditor editor = HiveEditor.Open(files, path, _now);
        RegistryValue? before = editor.Hive.OpenKey(keyInHive)?.GetValue(stored);
        byte[] bytes = RegistryData.Encode(type, data);
        bool isChanged = before is null || before.Type != type || !before.Data.Span.SequenceEqual(bytes);
        if (isChanged)
        {
            editor.SetValue(keyInHive, stored, type, bytes);
            editor.Save();
        }

        return _change = new RegistryChange
        {
            Key = RegistryRoot.Normalize(key).TrimEnd('\\'),
            Name = stored.Length == 0 ? GuestRegistry.DefaultValue : stored,
            TypeBefore = before?.Type,
            DataBefore = before?.Value,
            Type = type,
            Data = new RegistryValue(stored, type, bytes).Value,
            IsChanged = isChanged,
            Path = _session.Image.Name,
            RepairPath = _session.Path,
        };
    }

    /// <summary>Adds the change to those that are kept beside the disk. Where nothing is different, nothing is written.</summary>
    /// <exception cref="DiskRepairException">It is more than is kept beside a disk, or can't be written, or somebody else changed the file meanwhile.</exception>
    /// <exception cref="DiskFormatException">The disk is damaged there.</exception>
    public void Keep()
    {
        if (_change is { IsChanged: true } change)
        {
            _session.Keep(change.ToString(), _now);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}

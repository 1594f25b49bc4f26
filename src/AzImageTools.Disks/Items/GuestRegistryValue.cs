using AzImageTools.Disks.Registry;

namespace AzImageTools.Disks.Items;

/// <summary>A registry value of a Windows on a disk image. Names and data are the guest's.</summary>
public sealed record GuestRegistryValue
{
    /// <summary>The value's name; "(default)" for the key's default value.</summary>
    public required string Name { get; init; }

    /// <summary>The type as stored; it may be a number that has no name.</summary>
    public required RegistryValueType Type { get; init; }

    /// <summary>
    /// The data: a string (String, ExpandString with its variables as they are, Link), a string[] (MultiString), a uint
    /// (DWord, DWordBigEndian), a ulong (QWord), else a byte[].
    /// </summary>
    public required object Data { get; init; }

    /// <summary>The key's path, such as HKLM\SYSTEM\CurrentControlSet\Services\cdrom.</summary>
    public required string Key { get; init; }

    /// <summary>When a value of the key was last changed, UTC; null where the time makes no sense.</summary>
    public required DateTimeOffset? KeyLastWriteTime { get; init; }

    /// <summary>Whether the guest had wholly written its last changes to the hive, or else whether a log holds them.</summary>
    public required HiveState HiveState { get; init; }

    /// <summary>The full path of the disk image.</summary>
    public required string DiskPath { get; init; }

    /// <inheritdoc/>
    public override string ToString() => PrintableText.Of($@"{Key}\{Name}");
}

using AzImageTools.Disks.Registry;

namespace AzImageTools.Disks.Repair;

/// <summary>A change of a registry value within a disk image. Names and data are the guest's.</summary>
public sealed record RegistryChange
{
    /// <summary>The value's name; "(default)" for the key's default value.</summary>
    public required string Name { get; init; }

    /// <summary>The key's path, such as HKLM\SYSTEM\CurrentControlSet\Services\cdrom.</summary>
    public required string Key { get; init; }

    /// <summary>The type before; null where there was no such value.</summary>
    public RegistryValueType? TypeBefore { get; init; }

    /// <summary>The data before, as <see cref="RegistryValue.Value"/> gives it; null where there was no such value.</summary>
    public object? DataBefore { get; init; }

    /// <summary>The type; null where the value is removed.</summary>
    public RegistryValueType? Type { get; init; }

    /// <summary>The data, as <see cref="RegistryValue.Value"/> gives it; null where the value is removed.</summary>
    public object? Data { get; init; }

    /// <summary>Whether anything is different from before.</summary>
    public required bool IsChanged { get; init; }

    /// <summary>The full path of the disk image, which is as it was.</summary>
    public required string Path { get; init; }

    /// <summary>The file beside it that the change is kept in.</summary>
    public required string RepairPath { get; init; }

    /// <inheritdoc/>
    public override string ToString() => PrintableText.Of($@"{Key}\{Name}: {Describe(TypeBefore, DataBefore)} -> {Describe(Type, Data)}");

    private static string Describe(RegistryValueType? type, object? data) => data is null ? "not there" : $"{type} {PrintableText.OfData(data)}";
}

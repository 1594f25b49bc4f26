using AzImageTools.Disks.Registry;

namespace AzImageTools.Disks.Repair;

/// <summary>A change of a registry value within a disk image. Names and data are the guest's.</summary>
public sealed record RegistryChange : DiskChange
{
    /// <summary>The value's name; "(default)" for the key's default value.</summary>
    public required string Name { get; init; }

    /// <summary>The key's path, such as HKLM\SYSTEM\CurrentControlSet\Services\cdrom.</summary>
    public required string Key { get; init; }

    /// <summary>The type before; null where there was no such value.</summary>
    public RegistryValueType? TypeBefore { get; init; }

    /// <summary>The data before, as <see cref="RegistryValue.Value"/> gives it; null where there was no such value, or it is not shown.</summary>
    public object? DataBefore { get; init; }

    /// <summary>The type; null where the value is removed.</summary>
    public RegistryValueType? Type { get; init; }

    /// <summary>The data, as <see cref="RegistryValue.Value"/> gives it; null where the value is removed, or it is not shown.</summary>
    public object? Data { get; init; }

    /// <summary>Whether its data is told to nobody: then neither is here.</summary>
    public bool IsHidden { get; init; }

    /// <inheritdoc/>
    public override string Subject => PrintableText.Of($@"{Key}\{Name}");

    /// <inheritdoc/>
    public override string Before => Describe(TypeBefore, DataBefore, IsHidden);

    /// <inheritdoc/>
    public override string After => Describe(Type, Data, IsHidden);

    private static string Describe(RegistryValueType? type, object? data, bool isHidden)
        => type is null ? "not there" : $"{type} {(isHidden || data is null ? "not shown" : PrintableText.OfData(data))}";
}

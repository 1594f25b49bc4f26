using AzImageTools.Disks.Registry;

namespace AzImageTools.Disks.Repair;

/// <summary>What a registry value is to be.</summary>
/// <param name="Key">The key's path from HKLM, HKU or HKCR, without wildcards; CurrentControlSet is the one that Windows starts with.</param>
/// <param name="Name">The value's name; empty or "(default)" for the key's default value.</param>
/// <param name="Type">The type; null to remove the value.</param>
/// <param name="Data">The data, as <see cref="RegistryData.Encode(RegistryValueType, object)"/> takes it; null to remove the value.</param>
public sealed record RegistryEdit(string Key, string Name, RegistryValueType? Type, object? Data) : DiskEdit
{
    /// <summary>Whether the key must be there: a driver or service that is not installed is not made by a value.</summary>
    public bool RequiresKey { get; init; }
}

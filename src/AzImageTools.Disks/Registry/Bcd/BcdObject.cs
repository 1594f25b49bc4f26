namespace AzImageTools.Disks.Registry.Bcd;

/// <summary>An object of the boot configuration: a program to start, settings that others inherit, or a device's options.</summary>
public sealed class BcdObject
{
    private readonly RegistryKey _key;

    internal BcdObject(Guid id, RegistryKey key)
    {
        Id = id;
        _key = key;
        Type = key.OpenSubKey("Description")?.GetValue("Type")?.AsDWord();
    }

    /// <summary>Its identifier.</summary>
    public Guid Id { get; }

    /// <summary>What it is: a number such as 0x10200003, a loader of Windows; null where the store does not tell.</summary>
    public uint? Type { get; }

    /// <summary>Its elements, lazily. Those with names that are no types are left out.</summary>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public IEnumerable<BcdElement> Elements
        => _key.OpenSubKey("Elements")?.GetSubKeys().Select(Read).OfType<BcdElement>() ?? [];

    /// <summary>The element of a type; null where it has none.</summary>
    /// <param name="type">The type, such as 0x11000001.</param>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public BcdElement? GetElement(uint type)
        => _key.OpenSubKey(FormattableString.Invariant($@"Elements\{type:x8}")) is { } key ? Read(key) : null;

    /// <inheritdoc/>
    public override string ToString() => Id.ToString("B");

    private static BcdElement? Read(RegistryKey key) => BcdElement.TryCreate(key.Name, key.GetValue("Element")?.Value);
}

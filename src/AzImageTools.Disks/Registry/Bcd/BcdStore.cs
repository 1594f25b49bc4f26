namespace AzImageTools.Disks.Registry.Bcd;

/// <summary>The boot configuration data of Windows: a hive of objects, each with elements.</summary>
public sealed class BcdStore
{
    /// <summary>The boot manager's own object.</summary>
    public static readonly Guid BootManager = new("9DEA862C-5CDD-4E70-ACC1-F32B344D4795");

    private const uint DefaultObject = 0x2300_0003;

    private readonly RegistryKey? _objects;

    /// <summary>Creates the view of a hive.</summary>
    /// <param name="hive">The hive; stays open as long as the store is read.</param>
    /// <exception cref="DiskFormatException">The hive is damaged.</exception>
    public BcdStore(RegistryHive hive)
        => _objects = (hive ?? throw new ArgumentNullException(nameof(hive))).Root.OpenSubKey("Objects");

    /// <summary>The objects, lazily. Keys with names that are no identifiers are left out.</summary>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public IEnumerable<BcdObject> Objects => _objects?.GetSubKeys().Select(TryCreate).OfType<BcdObject>() ?? [];

    /// <summary>The loader that the boot manager starts unless another is chosen; null where it names none that is there.</summary>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public BcdObject? DefaultLoader => GetObject(BootManager)?.GetElement(DefaultObject)?.Value is Guid id ? GetObject(id) : null;

    /// <summary>The object of an identifier; null where there is none.</summary>
    /// <param name="id">The identifier.</param>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public BcdObject? GetObject(Guid id) => _objects?.OpenSubKey(id.ToString("B")) is { } key ? new BcdObject(id, key) : null;

    private static BcdObject? TryCreate(RegistryKey key) => Guid.TryParseExact(key.Name, "B", out Guid id) ? new BcdObject(id, key) : null;
}

using System.Buffers.Binary;
using System.Globalization;

namespace AzImageTools.Disks.Registry.Bcd;

/// <summary>A setting of an object of the boot configuration (Microsoft Learn, "BcdElementType structure").</summary>
public sealed class BcdElement
{
    private const int FormatShift = 24;
    private const uint FormatMask = 0xF;

    private BcdElement(uint type, object? value)
    {
        Type = type;
        Value = value;
    }

    /// <summary>What it sets: a number such as 0x11000001, the device of a program.</summary>
    public uint Type { get; }

    /// <summary>What it holds.</summary>
    public BcdElementFormat Format => FormatOf(Type);

    /// <summary>
    /// Its value: a <see cref="BcdDevice"/>, a string, a <see cref="Guid"/> (Object), a <see cref="Guid"/>[] (ObjectList),
    /// a ulong (Integer), a bool, a ulong[] (IntegerList); null where the data does not fit the format.
    /// </summary>
    public object? Value { get; }

    /// <summary>An element from what the registry has of it.</summary>
    /// <param name="name">The name of its key: its type, in hexadecimal.</param>
    /// <param name="data">The key's value "Element", as <see cref="RegistryValue.Value"/> gives it.</param>
    /// <returns>The element; null where the name is none of an element.</returns>
    public static BcdElement? TryCreate(string name, object? data)
        => uint.TryParse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint type)
            ? new BcdElement(type, Decode(FormatOf(type), data))
            : null;

    /// <inheritdoc/>
    public override string ToString() => string.Format(CultureInfo.InvariantCulture, "{0:X8} {1}", Type, Value);

    private static BcdElementFormat FormatOf(uint type) => (BcdElementFormat)((type >> FormatShift) & FormatMask);

    private static object? Decode(BcdElementFormat format, object? data) => (format, data) switch
    {
        (BcdElementFormat.Device, byte[] bytes) => BcdDevice.TryParse(bytes),
        (BcdElementFormat.String, string text) => text,
        (BcdElementFormat.Object, string text) => ParseId(text),
        (BcdElementFormat.ObjectList, string[] texts) => ParseIds(texts),
        (BcdElementFormat.Integer, byte[] bytes) => ReadNumber(bytes),
        (BcdElementFormat.Boolean, byte[] { Length: > 0 } bytes) => bytes[0] != 0,
        (BcdElementFormat.IntegerList, byte[] bytes) => ReadNumbers(bytes),
        _ => null,
    };

    /// <summary>Windows stores eight bytes; setup and other programs store as few as the number needs.</summary>
    private static object? ReadNumber(byte[] bytes)
    {
        if (bytes.Length is 0 or > sizeof(ulong))
        {
            return null;
        }

        ulong number = 0;
        for (int index = bytes.Length - 1; index >= 0; index--)
        {
            number = (number << 8) | bytes[index];
        }

        return number;
    }

    private static ulong[]? ReadNumbers(byte[] bytes)
        => bytes.Length % sizeof(ulong) == 0
            ? [.. Enumerable.Range(0, bytes.Length / sizeof(ulong)).Select(i => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong))))]
            : null;

    private static object? ParseId(string text) => Guid.TryParseExact(text, "B", out Guid id) ? id : null;

    private static Guid[]? ParseIds(string[] texts)
    {
        Guid[] ids = [.. texts.Select(ParseId).OfType<Guid>()];
        return ids.Length == texts.Length ? ids : null;
    }
}

using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry;

/// <summary>
/// A value of a registry key, with its data. Guests store what they like under any type: the typed getters give null
/// where the data is too short for the type, and read no more of it than the type needs where it is longer.
/// </summary>
public sealed class RegistryValue
{
    private readonly byte[] _data;

    /// <summary>Creates a value as a registry stores it.</summary>
    /// <param name="name">The name; empty for the key's default value.</param>
    /// <param name="type">The type; it may be a number that the enumeration does not name.</param>
    /// <param name="data">The data; not copied.</param>
    public RegistryValue(string name, RegistryValueType type, byte[] data)
    {
        Name = name ?? throw new ArgumentNullException(nameof(name));
        Type = type;
        _data = data ?? throw new ArgumentNullException(nameof(data));
    }

    /// <summary>The name; empty for the key's default value.</summary>
    public string Name { get; }

    /// <summary>The type as stored; it may be a number that the enumeration does not name.</summary>
    public RegistryValueType Type { get; }

    /// <summary>The data as stored.</summary>
    public ReadOnlyMemory<byte> Data => _data;

    /// <summary>
    /// The data by its type: a string (String, ExpandString, Link), a string[] (MultiString), a uint (DWord,
    /// DWordBigEndian), a ulong (QWord), else and where the data is too short, a byte[].
    /// </summary>
    public object Value => AsString() ?? AsMultiString() ?? AsDWord() ?? (object?)AsQWord() ?? _data.Clone();

    /// <summary>The text of a String, ExpandString or Link, up to its first NUL; null for other types.</summary>
    public string? AsString()
    {
        if (Type is not (RegistryValueType.String or RegistryValueType.ExpandString or RegistryValueType.Link))
        {
            return null;
        }

        string text = StoredText.FromUtf16(_data);
        int end = text.IndexOf('\0');
        return end < 0 ? text : text.Substring(0, end);
    }

    /// <summary>
    /// The texts of a MultiString; null for other types. Empty texts between others are kept, as
    /// PendingFileRenameOperations has them; those at the end are not.
    /// </summary>
    public string[]? AsMultiString()
    {
        if (Type != RegistryValueType.MultiString)
        {
            return null;
        }

        string text = StoredText.FromUtf16(_data).TrimEnd('\0');
        return text.Length == 0 ? [] : text.Split('\0');
    }

    /// <summary>The number of a DWord or DWordBigEndian; null for other types and for less than four bytes.</summary>
    public uint? AsDWord() => Type switch
    {
        RegistryValueType.DWord when _data.Length >= sizeof(uint) => BinaryPrimitives.ReadUInt32LittleEndian(_data),
        RegistryValueType.DWordBigEndian when _data.Length >= sizeof(uint) => BinaryPrimitives.ReadUInt32BigEndian(_data),
        _ => null,
    };

    /// <summary>The number of a QWord; null for other types and for less than eight bytes.</summary>
    public ulong? AsQWord()
        => Type == RegistryValueType.QWord && _data.Length >= sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(_data) : null;

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Type}, {_data.Length} bytes)";
}

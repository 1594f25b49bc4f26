using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry.Writing;

/// <summary>Where a key's cell holds what (regf specification, "Key node").</summary>
internal static class KeyCell
{
    public const int HeaderSize = 76;
    public const int Flags = 2;
    public const int LastWritten = 4;
    public const int Parent = 16;
    public const int SubKeyCount = 20;
    public const int SubKeyList = 28;
    public const int ValueCount = 36;
    public const int ValueList = 40;
    public const int Security = 44;
    public const int Class = 48;

    /// <summary>Two bytes; the other two of the field hold flags since Windows Vista.</summary>
    public const int LongestSubKeyName = 52;
    public const int LongestValueName = 60;
    public const int LongestValueData = 64;
    public const int NameLength = 72;
    public const int ClassLength = 74;

    /// <summary>A byte of the name is a character.</summary>
    public const int CompressedName = 0x20;

    /// <summary>The number of values is something else.</summary>
    public const int PredefinedHandle = 0x40;

    /// <summary>A key without subkeys and values.</summary>
    /// <param name="name">Its name, of ASCII characters.</param>
    /// <param name="parent">The cell of the key above.</param>
    /// <param name="security">The cell of its security descriptor.</param>
    /// <param name="written">When it was made.</param>
    public static byte[] Make(string name, uint parent, uint security, DateTimeOffset written)
    {
        byte[] key = new byte[HeaderSize + name.Length];
        Span<byte> bytes = key;
        "nk"u8.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.Slice(Flags), CompressedName);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.Slice(LastWritten), written.ToFileTime());
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.Slice(Parent), parent);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.Slice(SubKeyList), RegistryHive.NoCell);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.Slice(SubKeyList + sizeof(uint)), RegistryHive.NoCell);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.Slice(ValueList), RegistryHive.NoCell);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.Slice(Security), security);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.Slice(Class), RegistryHive.NoCell);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.Slice(NameLength), (ushort)name.Length);
        for (int i = 0; i < name.Length; i++)
        {
            key[HeaderSize + i] = (byte)name[i];
        }

        return key;
    }

    /// <summary>The name of a key.</summary>
    public static string ReadName(HiveCells cells, uint key)
    {
        DiskExtent place = cells.Hive.LocateCell(key);
        byte[] header = cells.Read(key, 0, HeaderSize);
        return header[0] == 'n' && header[1] == 'k'
            ? cells.Hive.ReadName(place, HeaderSize, BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(NameLength)), (header[Flags] & CompressedName) != 0, 255, "A key's name")
            : throw cells.Hive.Damaged(place.Offset, "A key's cell does not begin with 'nk'.", "regf, Key node");
    }
}

using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Registry;

/// <summary>A registry value's data, as Windows stores it.</summary>
public static class RegistryData
{
    /// <summary>The bytes of data: texts in UTF-16 with their ends marked by NUL, numbers of 32 or 64 bits.</summary>
    /// <param name="type">The type that it is to have.</param>
    /// <param name="data">As <see cref="RegistryValue.Value"/> gives it: a string, a string[], a uint, a ulong or a byte[], which every type takes.</param>
    /// <exception cref="ArgumentException">The type does not hold such data.</exception>
    public static byte[] Encode(RegistryValueType type, object data) => (type, data) switch
    {
        (_, byte[] bytes) => bytes,
        (RegistryValueType.String or RegistryValueType.ExpandString or RegistryValueType.Link, string text) => Encoding.Unicode.GetBytes(type == RegistryValueType.Link ? text : text + '\0'),
        (RegistryValueType.MultiString, string[] texts) => Encoding.Unicode.GetBytes(string.Concat(texts.Select(static text => text + '\0')) + '\0'),
        (RegistryValueType.DWord or RegistryValueType.DWordBigEndian, uint number) => Encode(number, type == RegistryValueType.DWordBigEndian),
        (RegistryValueType.QWord, ulong number) => Encode(number),
        _ => throw new ArgumentException($"{type} does not hold a {data?.GetType().Name}.", nameof(data)),
    };

    private static byte[] Encode(uint number, bool isBigEndian)
    {
        byte[] bytes = new byte[sizeof(uint)];
        if (isBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        }

        return bytes;
    }

    private static byte[] Encode(ulong number)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        return bytes;
    }
}

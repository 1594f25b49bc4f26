using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Registry;

/// <summary>
/// The hash of log entries (regf specification, "Log entries", notes 1 to 3), over data that is a multiple of four
/// bytes long, as all that is hashed there is.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct Marvin32
{
    private const ulong Seed = 0x82EF_4D88_7A4E_55C5;

    private uint _low = unchecked((uint)Seed);
    private uint _high = (uint)(Seed >> 32);

    public Marvin32()
    {
    }

    public static ulong Hash(ReadOnlySpan<byte> data)
    {
        Marvin32 hash = new();
        hash.Append(data);
        return hash.Complete();
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        for (; !data.IsEmpty; data = data.Slice(sizeof(uint)))
        {
            Mix(BinaryPrimitives.ReadUInt32LittleEndian(data));
        }
    }

    public ulong Complete()
    {
        Mix(0x80);
        Mix(0);
        return ((ulong)_high << 32) | _low;
    }

    private static uint RotateLeft(uint value, int count) => (value << count) | (value >> (32 - count));

    private void Mix(uint value)
    {
        unchecked
        {
            _low += value;
            _high ^= _low;
            _low = RotateLeft(_low, 20) + _high;
            _high = RotateLeft(_high, 9) ^ _low;
            _low = RotateLeft(_low, 27) + _high;
            _high = RotateLeft(_high, 19);
        }
    }
}

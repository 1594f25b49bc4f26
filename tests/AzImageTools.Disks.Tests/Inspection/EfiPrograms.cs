using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Tests.Inspection;

/// <summary>Makes programs for UEFI firmware: headers, and what a test wants behind them.</summary>
internal static class EfiPrograms
{
    private const int HeaderOffset = 64;
    private const int Size = 512;

    public static byte[] Make(ushort machine, int sections = 1, string text = "")
    {
        byte[] program = new byte[Size];
        "MZ"u8.CopyTo(program);
        program[60] = HeaderOffset;
        "PE\0\0"u8.CopyTo(program.AsSpan(HeaderOffset));
        BinaryPrimitives.WriteUInt16LittleEndian(program.AsSpan(HeaderOffset + 4), machine);
        BinaryPrimitives.WriteUInt16LittleEndian(program.AsSpan(HeaderOffset + 6), (ushort)sections);
        return [.. program, .. Encoding.Unicode.GetBytes(text)];
    }
}

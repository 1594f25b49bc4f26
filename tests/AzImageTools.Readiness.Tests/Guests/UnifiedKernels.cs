using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Readiness.Tests.Guests;

/// <summary>Makes unified kernel images: a program's headers, and the sections that matter.</summary>
internal static class UnifiedKernels
{
    private const int HeaderOffset = 64;
    private const int SectionSize = 40;
    private const int Start = 512;

    public static byte[] Make(string commandLine, byte[] archive, string version = "")
    {
        (string Name, byte[] Content)[] sections =
            [(".linux", "kernel"u8.ToArray()), (".cmdline", Encoding.UTF8.GetBytes(commandLine + "\n\0")), (".uname", Encoding.UTF8.GetBytes(version)), (".initrd", archive)];
        byte[] program = new byte[Start + sections.Sum(static section => section.Content.Length)];
        "MZ"u8.CopyTo(program);
        program[60] = HeaderOffset;
        "PE\0\0"u8.CopyTo(program.AsSpan(HeaderOffset));
        program[HeaderOffset + 6] = (byte)sections.Length;
        int offset = Start;
        for (int index = 0; index < sections.Length; index++)
        {
            Span<byte> header = program.AsSpan(HeaderOffset + 24 + (index * SectionSize));
            Encoding.ASCII.GetBytes(sections[index].Name).CopyTo(header);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], sections[index].Content.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[16..], sections[index].Content.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[20..], offset);
            sections[index].Content.CopyTo(program.AsSpan(offset));
            offset += sections[index].Content.Length;
        }

        return program;
    }
}

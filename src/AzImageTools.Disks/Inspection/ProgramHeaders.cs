using System.Buffers.Binary;

namespace AzImageTools.Disks.Inspection;

/// <summary>What the headers of a program's file tell (Microsoft, "PE Format": the MS-DOS stub, the signature, the COFF file header).</summary>
/// <param name="Machine">The processor that it is made for (IMAGE_FILE_MACHINE_…).</param>
/// <param name="Sections">How many sections it has: without any there is nothing to run.</param>
/// <param name="OptionalHeader">Where its optional header begins in the file, in bytes.</param>
/// <param name="OptionalHeaderSize">The optional header's bytes; the section table follows.</param>
public sealed record ProgramHeaders(ushort Machine, int Sections, long OptionalHeader, int OptionalHeaderSize)
{
    /// <summary>IMAGE_FILE_MACHINE_AMD64.</summary>
    internal const ushort X64 = 0x8664;

    /// <summary>IMAGE_FILE_MACHINE_ARM64.</summary>
    internal const ushort Arm64 = 0xAA64;

    private const int DosHeaderSize = 64;
    private const int PeHeaderSize = 24;

    /// <summary>Where the section table begins in the file, in bytes.</summary>
    public long SectionTable => OptionalHeader + OptionalHeaderSize;

    /// <summary>Reads a program's headers; null where the file is no program.</summary>
    /// <param name="file">The file; it must be seekable.</param>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static ProgramHeaders? Read(Stream file)
    {
        if (ReadAt(file, 0, DosHeaderSize) is not { } dos || !dos.AsSpan().StartsWith("MZ"u8))
        {
            return null;
        }

        long header = BinaryPrimitives.ReadUInt32LittleEndian(dos.AsSpan(60));
        return ReadAt(file, header, PeHeaderSize) is { } pe && pe.AsSpan().StartsWith("PE\0\0"u8)
            ? new ProgramHeaders(
                BinaryPrimitives.ReadUInt16LittleEndian(pe.AsSpan(4)),
                BinaryPrimitives.ReadUInt16LittleEndian(pe.AsSpan(6)),
                header + PeHeaderSize,
                BinaryPrimitives.ReadUInt16LittleEndian(pe.AsSpan(20)))
            : null;
    }

    /// <summary>What a data directory tells: zeros where the program has none of that number, null where its optional header is of no kind that has any.</summary>
    /// <param name="file">The file; it must be seekable.</param>
    /// <param name="number">Which one (IMAGE_DIRECTORY_ENTRY_…).</param>
    /// <exception cref="IOException">The file can't be read.</exception>
    public (uint Address, uint Size)? FindDirectory(Stream file, int number)
    {
        const int startIn32 = 96;
        const int startIn64 = 112;
        const int size = 8;
        if (ReadAt(file, OptionalHeader, OptionalHeaderSize) is not { Length: > sizeof(ushort) } optional)
        {
            return null;
        }

        int? start = BinaryPrimitives.ReadUInt16LittleEndian(optional) switch { 0x10B => startIn32, 0x20B => startIn64, _ => null };
        int place = start + (number * size) ?? 0;

        // How many there are stands before the first.
        return start is null ? null
            : place + size > optional.Length || BinaryPrimitives.ReadUInt32LittleEndian(optional.AsSpan(start.Value - sizeof(uint))) <= number ? (0, 0)
            : (BinaryPrimitives.ReadUInt32LittleEndian(optional.AsSpan(place)), BinaryPrimitives.ReadUInt32LittleEndian(optional.AsSpan(place + sizeof(uint))));
    }

    /// <summary>Bytes of a file; null where it does not have them all, or none are asked for.</summary>
    /// <param name="file">The file; it must be seekable.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static byte[]? ReadAt(Stream file, long offset, int count)
    {
        if (file is null)
        {
            throw new ArgumentNullException(nameof(file));
        }

        if (count <= 0 || offset > file.Length - count)
        {
            return null;
        }

        file.Position = offset;
        byte[] bytes = new byte[count];
        int length = 0;
        int read;
        while (length < count && (read = file.Read(bytes, length, count - length)) > 0)
        {
            length += read;
        }

        return length == count ? bytes : null;
    }
}

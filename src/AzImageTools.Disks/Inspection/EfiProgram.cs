using System.Buffers.Binary;
using System.Text;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>What the headers of a program for UEFI firmware tell (Microsoft, "PE Format").</summary>
/// <param name="Machine">The processor that it is made for (IMAGE_FILE_MACHINE_…).</param>
/// <param name="Sections">How many sections it has: without any there is nothing to run.</param>
internal sealed record EfiProgram(ushort Machine, int Sections)
{
    /// <summary>IMAGE_FILE_MACHINE_AMD64.</summary>
    public const ushort X64 = 0x8664;

    /// <summary>IMAGE_FILE_MACHINE_ARM64.</summary>
    public const ushort Arm64 = 0xAA64;

    private const int DosHeaderSize = 64;
    private const int PeHeaderSize = 24;
    private const int LargestShim = 4 << 20;

    /// <summary>Reads a program's headers; null where the file is no program.</summary>
    /// <exception cref="DiskFormatException">The file can't be read.</exception>
    public static EfiProgram? Read(IFileSystem files, string path)
    {
        using Stream file = files.OpenFile(path);
        if (Read(file, 0, DosHeaderSize) is not { } dos || !dos.AsSpan().StartsWith("MZ"u8))
        {
            return null;
        }

        long header = BinaryPrimitives.ReadUInt32LittleEndian(dos.AsSpan(60));
        return Read(file, header, PeHeaderSize) is { } pe && pe.AsSpan().StartsWith("PE\0\0"u8)
            ? new EfiProgram(BinaryPrimitives.ReadUInt16LittleEndian(pe.AsSpan(4)), BinaryPrimitives.ReadUInt16LittleEndian(pe.AsSpan(6)))
            : null;
    }

    /// <summary>Whether a program is a shim, which starts another one: it holds that one's name (rhboot/shim, DEFAULT_LOADER).</summary>
    /// <param name="files">The volume.</param>
    /// <param name="path">The program's path.</param>
    /// <param name="second">The name of what a shim starts.</param>
    /// <exception cref="DiskFormatException">The file can't be read.</exception>
    public static bool IsShim(IFileSystem files, string path, string second)
    {
        using Stream file = files.OpenFile(path);
        return file.Length <= LargestShim && Read(file, 0, (int)file.Length) is { } bytes && bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes("\\" + second)) >= 0;
    }

    private static byte[]? Read(Stream file, long offset, int count)
    {
        if (count == 0 || offset > file.Length - count)
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

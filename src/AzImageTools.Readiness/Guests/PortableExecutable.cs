using System.Buffers.Binary;
using System.Text;
using AzImageTools.Disks.Inspection;

namespace AzImageTools.Readiness.Guests;

/// <summary>
/// Reads the version of a program's file (Microsoft, "PE Format": headers, section table, the .rsrc section; VS_FIXEDFILEINFO).
/// A few short reads, wherever the numbers in the file lead; a file that leads nowhere has no version.
/// </summary>
internal sealed class PortableExecutable
{
    private const int SectionSize = 40;
    private const int SectionNameSize = 8;
    private const int MaxSections = 96;
    private const int MaxDirectoryEntries = 4096;
    private const int ResourceDirectory = 2;
    private const int VersionResource = 16;
    private const uint SubdirectoryFlag = 0x8000_0000;
    private const int MaxVersionBytes = 4096;
    private const uint FixedInfoSignature = 0xFEEF_04BD;

    private readonly Stream _file;
    private readonly List<(uint Address, uint Size, uint Offset)> _sections = [];

    private PortableExecutable(Stream file)
    {
        _file = file;
    }

    /// <summary>The file version; null where the file is no program or tells none.</summary>
    /// <param name="file">The file; it must be seekable.</param>
    public static Version? ReadFileVersion(Stream file) => new PortableExecutable(file).Read();

    /// <summary>Where a section of a program lies in its file, in bytes; null where there is none. Of what is said to lie beyond the file nothing is there.</summary>
    /// <param name="file">The file; it must be seekable.</param>
    /// <param name="name">The section's name, such as ".initrd".</param>
    public static (long Offset, long Length)? FindSection(Stream file, string name)
    {
        if (ProgramHeaders.Read(file) is not { Sections: > 0 and <= MaxSections } headers
            || ProgramHeaders.ReadAt(file, headers.SectionTable, headers.Sections * SectionSize) is not { } table)
        {
            return null;
        }

        byte[] padded = new byte[SectionNameSize];
        Encoding.ASCII.GetBytes(name, 0, Math.Min(name.Length, SectionNameSize), padded, 0);
        for (int index = 0; index < headers.Sections; index++)
        {
            ReadOnlySpan<byte> section = table.AsSpan(index * SectionSize, SectionSize);
            if (section.StartsWith(padded))
            {
                // The size in memory is the content's; the one in the file is rounded up.
                uint size = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(section.Slice(8)), BinaryPrimitives.ReadUInt32LittleEndian(section.Slice(16)));
                uint offset = BinaryPrimitives.ReadUInt32LittleEndian(section.Slice(20));
                return offset <= file.Length ? (offset, Math.Min(size, file.Length - offset)) : null;
            }
        }

        return null;
    }

    private Version? Read()
    {
        if (ProgramHeaders.Read(_file) is not { } headers)
        {
            return null;
        }

        uint root = headers.FindDirectory(_file, ResourceDirectory)?.Address ?? 0;
        if (root == 0 || headers.Sections is 0 or > MaxSections || ProgramHeaders.ReadAt(_file, headers.SectionTable, headers.Sections * SectionSize) is not { } table)
        {
            return null;
        }

        for (int index = 0; index < headers.Sections; index++)
        {
            ReadOnlySpan<byte> section = table.AsSpan(index * SectionSize, SectionSize);
            _sections.Add((
                BinaryPrimitives.ReadUInt32LittleEndian(section.Slice(12)),
                BinaryPrimitives.ReadUInt32LittleEndian(section.Slice(16)),
                BinaryPrimitives.ReadUInt32LittleEndian(section.Slice(20))));
        }

        // Three levels: the kind of resource, its name, its language. Any name and language will do.
        return FindEntry(root, 0, VersionResource) is { } names && (names & SubdirectoryFlag) != 0
            && FindEntry(root, names, null) is { } languages && (languages & SubdirectoryFlag) != 0
            && FindEntry(root, languages, null) is { } data && (data & SubdirectoryFlag) == 0
            ? ReadVersion(root, data)
            : null;
    }

    /// <summary>What a resource directory's entry leads to: the one of a number, or the first.</summary>
    private uint? FindEntry(uint root, uint directory, uint? id)
    {
        const int headerSize = 16;
        const int entrySize = 8;
        uint place = directory & ~SubdirectoryFlag;
        if (ReadAt(root, place, headerSize) is not { } header)
        {
            return null;
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(12)) + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(14));
        if (count is 0 or > MaxDirectoryEntries || ReadAt(root, place + headerSize, count * entrySize) is not { } entries)
        {
            return null;
        }

        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> entry = entries.AsSpan(index * entrySize, entrySize);
            if (id is null || BinaryPrimitives.ReadUInt32LittleEndian(entry) == id)
            {
                return BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(sizeof(uint)));
            }
        }

        return null;
    }

    private Version? ReadVersion(uint root, uint entry)
    {
        if (ReadAt(root, entry, 8) is not { } place)
        {
            return null;
        }

        int size = (int)Math.Min(MaxVersionBytes, BinaryPrimitives.ReadUInt32LittleEndian(place.AsSpan(4)));
        byte[] signature = BitConverter.GetBytes(FixedInfoSignature);
        if (ReadAt(BinaryPrimitives.ReadUInt32LittleEndian(place), 0, size) is not { } info
            || info.AsSpan().IndexOf(signature) is var found && (found < 0 || found + 16 > info.Length))
        {
            return null;
        }

        uint high = BinaryPrimitives.ReadUInt32LittleEndian(info.AsSpan(found + 8));
        uint low = BinaryPrimitives.ReadUInt32LittleEndian(info.AsSpan(found + 12));
        return new Version((int)(high >> 16), (int)(high & 0xFFFF), (int)(low >> 16), (int)(low & 0xFFFF));
    }

    /// <summary>Reads at an address of the program in memory.</summary>
    private byte[]? ReadAt(uint address, uint offset, int count)
    {
        long place = (long)address + offset;
        foreach ((uint start, uint size, uint fileOffset) in _sections)
        {
            if (place >= start && place + count <= (long)start + size)
            {
                return ProgramHeaders.ReadAt(_file, fileOffset + place - start, count);
            }
        }

        return null;
    }
}

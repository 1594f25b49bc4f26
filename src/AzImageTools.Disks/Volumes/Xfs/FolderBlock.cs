using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>A block with entries of a folder ("Block Directories", "Leaf Directories").</summary>
internal sealed class FolderBlock
{
    private const int HeaderSize = 16;
    private const int HeaderSizeWithChecksum = 64;
    private const int TailSize = 8;
    private const int LeafEntrySize = 8;
    private const ushort FreeTag = 0xFFFF;
    private const int NameOffset = 9;
    private const int TagSize = 2;
    private const int Alignment = 8;

    private readonly byte[] _bytes;
    private readonly int _start;
    private readonly int _end;
    private readonly int _typeSize;

    private FolderBlock(byte[] bytes, int start, int end, int typeSize)
    {
        _bytes = bytes;
        _start = start;
        _end = end;
        _typeSize = typeSize;
    }

    /// <summary>Reads a block; null where it is none.</summary>
    public static FolderBlock? TryCreate(Superblock superblock, byte[] bytes)
    {
        ReadOnlySpan<byte> span = bytes;
        int start = superblock.HasChecksums ? HeaderSizeWithChecksum : HeaderSize;
        int end = bytes.Length;
        if (span.StartsWith(superblock.HasChecksums ? "XDB3"u8 : "XD2B"u8))
        {
            // The only block of its folder ends with the index, and that with the number of its entries.
            uint count = BinaryPrimitives.ReadUInt32BigEndian(span.Slice(bytes.Length - TailSize));
            if (count > (bytes.Length - TailSize - start) / LeafEntrySize)
            {
                return null;
            }

            end -= TailSize + ((int)count * LeafEntrySize);
        }
        else if (!span.StartsWith(superblock.HasChecksums ? "XDD3"u8 : "XD2D"u8))
        {
            return null;
        }

        return new FolderBlock(bytes, start, end, superblock.HasFileTypes ? 1 : 0);
    }

    /// <summary>All entries; null where one is damaged.</summary>
    public List<FolderEntry>? Parse()
    {
        List<FolderEntry> entries = [];
        ReadOnlySpan<byte> bytes = _bytes;
        for (int position = _start; position < _end;)
        {
            if (_end - position < Alignment)
            {
                return null;
            }

            if (BinaryPrimitives.ReadUInt16BigEndian(bytes.Slice(position)) == FreeTag)
            {
                int length = BinaryPrimitives.ReadUInt16BigEndian(bytes.Slice(position + 2));
                if (length == 0 || length % Alignment != 0 || length > _end - position)
                {
                    return null;
                }

                position += length;
                continue;
            }

            if (ReadEntry(position, out int size) is not { } entry)
            {
                return null;
            }

            entries.Add(entry);
            position += size;
        }

        return entries;
    }

    /// <summary>The entry at a position of the block; null where there is none.</summary>
    public FolderEntry? ReadEntry(int position) => position >= _start ? ReadEntry(position, out _) : null;

    /// <summary>An entry ends with its own position.</summary>
    private FolderEntry? ReadEntry(int position, out int size)
    {
        size = 0;
        if (position > _end - NameOffset)
        {
            return null;
        }

        ReadOnlySpan<byte> bytes = _bytes.AsSpan(position, _end - position);
        int nameLength = bytes[NameOffset - 1];
        size = (NameOffset + nameLength + _typeSize + TagSize + Alignment - 1) / Alignment * Alignment;
        return nameLength > 0 && size <= bytes.Length && BinaryPrimitives.ReadUInt16BigEndian(bytes.Slice(size - TagSize)) == position
            ? new FolderEntry(BinaryPrimitives.ReadUInt64BigEndian(bytes), bytes.Slice(NameOffset, nameLength).ToArray())
            : null;
    }
}

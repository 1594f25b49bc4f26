using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>A node of a folder's index while it is changed: the bytes that hold it, fixups applied (libfsntfs documentation, "The index").</summary>
/// <param name="bytes">The $INDEX_ROOT's value, or a record of $INDEX_ALLOCATION.</param>
/// <param name="header">Where in them the node's header is.</param>
/// <param name="number">The record's number; null for the root.</param>
internal sealed class IndexNode(byte[] bytes, int header, long? number)
{
    public const int EntryHeaderSize = 16;

    private const int HeaderSize = 16;
    private const int UsedOffset = 4;
    private const int AllocatedOffset = 8;
    private const int FlagsOffset = 12;
    private const int HasChildFlag = 1;
    private const int LastFlag = 2;

    public long? Number => number;

    /// <summary>The bytes, as far as they are kept: of the root, as many as are used.</summary>
    public byte[] Bytes { get; private set; } = bytes;

    /// <summary>Where the first entry is.</summary>
    public int First => header + BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(header));

    /// <summary>Where the entries end.</summary>
    public int End => header + BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(header + UsedOffset));

    /// <summary>Whether the node is what it says: its entries lie within it, one after the other, and the last of them is marked so.</summary>
    public bool IsSound
    {
        get
        {
            if (Bytes.Length < header + HeaderSize || First < header + HeaderSize || End > Bytes.Length || First > End)
            {
                return false;
            }

            for (int entry = First; End - entry >= EntryHeaderSize; entry += LengthOf(entry))
            {
                int least = EntryHeaderSize + (IsLast(entry) ? 0 : KeyLengthOf(entry)) + (HasChild(entry) ? sizeof(long) : 0);
                if (LengthOf(entry) < least || LengthOf(entry) % sizeof(long) != 0 || LengthOf(entry) > End - entry)
                {
                    return false;
                }

                if (IsLast(entry))
                {
                    return entry + LengthOf(entry) == End;
                }
            }

            return false;
        }
    }

    /// <summary>Whether it holds no name.</summary>
    public bool IsEmpty => IsLast(First);

    public int LengthOf(int entry) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(entry + 8));

    public bool IsLast(int entry) => (FlagsOf(entry) & LastFlag) != 0;

    public bool HasChild(int entry) => (FlagsOf(entry) & HasChildFlag) != 0;

    public long ChildOf(int entry) => BinaryPrimitives.ReadInt64LittleEndian(Bytes.AsSpan(entry + LengthOf(entry) - sizeof(long)));

    public FileReference FileOf(int entry) => FileReference.Parse(Bytes.AsSpan(entry));

    public FileName? NameOf(int entry) => FileName.TryParse(Bytes.AsMemory(entry + EntryHeaderSize, KeyLengthOf(entry)));

    /// <summary>An entry's bytes without its child.</summary>
    public byte[] Take(int entry)
    {
        byte[] taken = Bytes.AsSpan(entry, LengthOf(entry) - (HasChild(entry) ? sizeof(long) : 0)).ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(taken.AsSpan(8), (ushort)taken.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(taken.AsSpan(12), (ushort)(FlagsOf(entry) & ~HasChildFlag));
        return taken;
    }

    /// <summary>Takes an entry out.</summary>
    public void Remove(int entry) => Splice(entry, LengthOf(entry), []);

    /// <summary>Puts an entry in the place before another one; false where there is no room.</summary>
    /// <param name="before">The other one.</param>
    /// <param name="entry">The entry, without a child.</param>
    /// <param name="child">Its child; null for none.</param>
    public bool TryInsert(int before, byte[] entry, long? child = null)
    {
        byte[] inserted = entry;
        if (child is { } below)
        {
            inserted = [.. entry, .. BitConverter.GetBytes(below)];
            BinaryPrimitives.WriteUInt16LittleEndian(inserted.AsSpan(8), (ushort)inserted.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(inserted.AsSpan(12), (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(inserted.AsSpan(12)) | HasChildFlag));
        }

        if (number is not null && End + inserted.Length > Math.Min(Bytes.Length, header + BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(header + AllocatedOffset))))
        {
            return false;
        }

        Splice(before, 0, inserted);
        return true;
    }

    /// <summary>Gives an entry another child.</summary>
    public void SetChild(int entry, long child) => BinaryPrimitives.WriteInt64LittleEndian(Bytes.AsSpan(entry + LengthOf(entry) - sizeof(long)), child);

    /// <summary>Makes a node that only leads to others one without names and children.</summary>
    public void Clear()
    {
        byte[] last = new byte[EntryHeaderSize];
        BinaryPrimitives.WriteUInt16LittleEndian(last.AsSpan(8), EntryHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(last.AsSpan(12), LastFlag);
        Splice(First, End - First, last);
        Bytes[header + FlagsOffset] &= 0xFE;
    }

    private int FlagsOf(int entry) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(entry + 12));

    private int KeyLengthOf(int entry) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(entry + 10));

    private void Splice(int place, int removed, byte[] added)
    {
        int end = End;
        byte[] changed = [.. Bytes.AsSpan(0, place).ToArray(), .. added, .. Bytes.AsSpan(place + removed, end - place - removed).ToArray()];
        int used = changed.Length - header;
        if (number is not null)
        {
            Array.Resize(ref changed, Bytes.Length);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(header + AllocatedOffset), used);
        }

        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(header + UsedOffset), used);
        Bytes = changed;
    }
}

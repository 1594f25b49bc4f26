using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry;

/// <summary>A key's list of subkeys: an index leaf (li), fast leaf (lf), hash leaf (lh), or an index root (ri) of those.</summary>
internal static class SubKeyList
{
    private const int HeaderSize = 4;
    private const int HintSize = 4;

    // Two letters, as a number.
    private const int IndexLeaf = 'l' | ('i' << 8);
    private const int FastLeaf = 'l' | ('f' << 8);
    private const int HashLeaf = 'l' | ('h' << 8);
    private const int IndexRoot = 'r' | ('i' << 8);

    /// <summary>The cells of the subkeys; with a name, only those that may have it, as far as the list tells.</summary>
    public static IEnumerable<uint> Enumerate(RegistryHive hive, uint listCell, uint expectedCount, string? name)
    {
        // The name's characters beyond ASCII are upper-cased by tables of the guest's, so that its hash is not ours to know.
        uint? hash = name is not null && name.All(static character => character < 0x80) ? HashOf(name) : null;
        ListedCells listed = new(hive, BaseBlock.Size + (long)listCell, "subkey");
        uint total = 0;
        foreach (uint leaf in EnumerateLeaves(hive, listCell))
        {
            DiskExtent cell = hive.LocateCell(leaf);
            (int signature, int count) = ReadHeader(hive, cell);
            int elementSize = signature switch
            {
                IndexLeaf => 4,
                FastLeaf or HashLeaf => 8,
                _ => throw hive.Damaged(cell.Offset, $"A list of subkeys begins with neither li, lf, lh nor ri, or an index root lies within another.", "regf, Index root"),
            };
            byte[] elements = hive.ReadCell(cell, HeaderSize, (long)count * elementSize, $"A list of {count} subkeys");
            if (name is null)
            {
                hive.Prefetch(elements, elementSize);
            }

            for (int i = 0; i < count; i++)
            {
                uint key = BinaryPrimitives.ReadUInt32LittleEndian(elements.AsSpan(i * elementSize));
                listed.Add(key);
                if (++total > expectedCount)
                {
                    throw hive.Damaged(cell.Offset, $"A list names more than the key's {expectedCount} subkeys.", "regf, Key node");
                }

                if (name is null || signature == IndexLeaf || MayBeOf(name, hash, signature, elements.AsSpan((i * elementSize) + sizeof(uint), HintSize)))
                {
                    yield return key;
                }
            }
        }
    }

    /// <summary>Whether a key's hint leaves it open that this is its name: a hash leaf's hash of the name, a fast leaf's first letters.</summary>
    private static bool MayBeOf(string name, uint? hash, int signature, ReadOnlySpan<byte> hint)
    {
        if (signature == HashLeaf)
        {
            return hash is null || hash == BinaryPrimitives.ReadUInt32LittleEndian(hint);
        }

        // A zero stands for a name that the hint can't hold; upper case beyond ASCII is for the guest's tables to know.
        for (int i = 0; i < Math.Min(hint.Length, name.Length) && hint[i] != 0; i++)
        {
            if (hint[i] < 0x80 && char.ToUpperInvariant((char)hint[i]) != char.ToUpperInvariant(name[i]))
            {
                return false;
            }
        }

        return true;
    }

    // regf, Hash leaf.
    internal static uint HashOf(string name)
    {
        uint hash = 0;
        foreach (char character in name)
        {
            hash = unchecked((hash * 37) + char.ToUpperInvariant(character));
        }

        return hash;
    }

    private static IEnumerable<uint> EnumerateLeaves(RegistryHive hive, uint listCell)
    {
        DiskExtent cell = hive.LocateCell(listCell);
        (int signature, int count) = ReadHeader(hive, cell);
        if (signature != IndexRoot)
        {
            yield return listCell;
            yield break;
        }

        byte[] elements = hive.ReadCell(cell, HeaderSize, (long)count * sizeof(uint), $"A list of {count} lists of subkeys");
        for (int i = 0; i < count; i++)
        {
            yield return BinaryPrimitives.ReadUInt32LittleEndian(elements.AsSpan(i * sizeof(uint)));
        }
    }

    private static (int Signature, int Count) ReadHeader(RegistryHive hive, DiskExtent cell)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        hive.ReadCell(cell, 0, header, "A list of subkeys");
        return (BinaryPrimitives.ReadUInt16LittleEndian(header), BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(2)));
    }
}

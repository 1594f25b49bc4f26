using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry.Writing;

/// <summary>
/// The list of a key's subkeys while it is changed (regf specification, "Index leaf", "Fast leaf", "Hash leaf", "Index root"):
/// kept in the order of the upper-cased names, with the hints that each form has.
/// </summary>
/// <param name="cells">The hive's cells.</param>
/// <param name="key">The key's cell.</param>
internal sealed class SubKeyIndex(HiveCells cells, uint key)
{
    private const int HeaderSize = 4;

    // What Windows splits a leaf at: the most entries that fit into a bin of one page (CM_MAX_LEAF_SIZE, CM_MAX_FAST_INDEX).
    private const int MostHinted = 506;
    private const int MostPlain = 1012;

    private const ushort IndexLeaf = 'l' | ('i' << 8);
    private const ushort FastLeaf = 'l' | ('f' << 8);
    private const ushort HashLeaf = 'l' | ('h' << 8);
    private const ushort IndexRoot = 'r' | ('i' << 8);

    /// <summary>Adds a subkey, which the list does not have yet.</summary>
    public void Add(uint subKey, string name)
    {
        uint count = cells.ReadUInt32(key, KeyCell.SubKeyCount);
        uint list = cells.ReadUInt32(key, KeyCell.SubKeyList);
        if (count == 0 || list == RegistryHive.NoCell)
        {
            Leaf first = new(cells.Hive.Base.MinorVersion >= 5 ? HashLeaf : FastLeaf, [new Entry(subKey, name)]);
            cells.WriteUInt32(key, KeyCell.SubKeyList, WriteNew(first));
        }
        else
        {
            Insert(list, new Entry(subKey, name));
        }

        cells.WriteUInt32(key, KeyCell.SubKeyCount, count + 1);
        cells.WriteUInt16(key, KeyCell.LongestSubKeyName, (ushort)Math.Max(cells.ReadUInt16(key, KeyCell.LongestSubKeyName), name.Length * sizeof(char)));
    }

    /// <summary>Takes a subkey out of the list; refused where the list has not just one such.</summary>
    public void Remove(uint subKey)
    {
        uint list = cells.ReadUInt32(key, KeyCell.SubKeyList);
        List<uint> leaves = ReadLeaves(list, out bool isRoot);
        for (int i = 0; i < leaves.Count; i++)
        {
            (ushort form, List<(uint Cell, byte[] Entry)> entries) = ReadEntries(leaves[i]);
            int index = entries.FindIndex(entry => entry.Cell == subKey);
            if (index < 0)
            {
                continue;
            }

            entries.RemoveAt(index);
            if (entries.Count > 0)
            {
                cells.Write(leaves[i], 0, ToBytes(form, [.. entries.Select(static entry => entry.Entry)]));
            }
            else
            {
                cells.Free(leaves[i]);
                leaves.RemoveAt(i);
                if (isRoot && leaves.Count > 0)
                {
                    cells.Write(list, 0, ToBytes(IndexRoot, [.. leaves.Select(BitConverter.GetBytes)]));
                }
                else
                {
                    if (isRoot)
                    {
                        cells.Free(list);
                    }

                    cells.WriteUInt32(key, KeyCell.SubKeyList, RegistryHive.NoCell);
                }
            }

            cells.WriteUInt32(key, KeyCell.SubKeyCount, cells.ReadUInt32(key, KeyCell.SubKeyCount) - 1);
            return;
        }

        throw Damaged(list, "A list of subkeys does not name a key that names its key as its parent.");
    }

    /// <summary>Gives the list back, once its subkeys are gone.</summary>
    public void Free()
    {
        uint list = cells.ReadUInt32(key, KeyCell.SubKeyList);
        if (cells.ReadUInt32(key, KeyCell.SubKeyCount) > 0 && list != RegistryHive.NoCell)
        {
            foreach (uint leaf in ReadLeaves(list, out bool isRoot))
            {
                cells.Free(leaf);
                if (!isRoot)
                {
                    return;
                }
            }

            cells.Free(list);
        }
    }

    private static int Compare(string one, string other)
    {
        for (int i = 0; i < Math.Min(one.Length, other.Length); i++)
        {
            int difference = char.ToUpperInvariant(one[i]) - char.ToUpperInvariant(other[i]);
            if (difference != 0)
            {
                return difference;
            }
        }

        return one.Length - other.Length;
    }

    private void Insert(uint list, Entry added)
    {
        List<uint> leaves = ReadLeaves(list, out bool isRoot);

        // The first leaf whose last name is not before the new one, or else the last leaf.
        int which = 0;
        while (which < leaves.Count - 1 && Compare(LastName(leaves[which]), added.Name) < 0)
        {
            which++;
        }

        (ushort form, List<(uint Cell, byte[] Entry)> entries) = ReadEntries(leaves[which]);
        int place = Bisection.FindFirst(entries, entry => Compare(KeyCell.ReadName(cells, entry.Cell), added.Name) > 0);
        if (place > 0 && Compare(KeyCell.ReadName(cells, entries[place - 1].Cell), added.Name) == 0)
        {
            throw Damaged(leaves[which], $"A list of subkeys holds '{added.Name}' already, though it was not found by its hint.");
        }

        entries.Insert(place, (added.Cell, ToEntry(form, added)));
        List<byte[]> written = [.. entries.Select(static entry => entry.Entry)];
        if (written.Count <= (form == IndexLeaf ? MostPlain : MostHinted))
        {
            Replace(leaves, which, isRoot, list, WriteOver(leaves[which], ToBytes(form, written)));
            return;
        }

        int half = written.Count / 2;
        uint first = WriteOver(leaves[which], ToBytes(form, written.GetRange(0, half)));
        uint second = cells.Add(ToBytes(form, written.GetRange(half, written.Count - half)), first);
        leaves[which] = first;
        leaves.Insert(which + 1, second);
        byte[] root = ToBytes(IndexRoot, [.. leaves.Select(BitConverter.GetBytes)]);
        cells.WriteUInt32(key, KeyCell.SubKeyList, isRoot ? WriteOver(list, root) : cells.Add(root, first));
    }

    /// <summary>Puts a leaf in another's place, where it has another cell.</summary>
    private void Replace(List<uint> leaves, int which, bool isRoot, uint list, uint leaf)
    {
        if (leaves[which] == leaf)
        {
            return;
        }

        if (isRoot)
        {
            cells.WriteUInt32(list, HeaderSize + (which * sizeof(uint)), leaf);
        }
        else
        {
            cells.WriteUInt32(key, KeyCell.SubKeyList, leaf);
        }
    }

    /// <summary>Writes a list where another one is, or, where there is too little room, elsewhere.</summary>
    private uint WriteOver(uint cell, byte[] content)
    {
        if (cells.RoomOf(cell) >= content.Length)
        {
            cells.Write(cell, 0, content);
            return cell;
        }

        // Some more than is needed now, so that not each new key moves the list.
        uint other = cells.Allocate(content.Length + (content.Length / 8), cell);
        cells.Write(other, 0, content);
        cells.Free(cell);
        return other;
    }

    private uint WriteNew(Leaf leaf) => cells.Add(ToBytes(leaf.Form, [.. leaf.Entries.Select(entry => ToEntry(leaf.Form, entry))]), key);

    private string LastName(uint leaf)
    {
        List<(uint Cell, byte[] Entry)> entries = ReadEntries(leaf).Entries;
        return entries.Count == 0 ? throw Damaged(leaf, "A list of subkeys is empty.") : KeyCell.ReadName(cells, entries[entries.Count - 1].Cell);
    }

    private List<uint> ReadLeaves(uint list, out bool isRoot)
    {
        isRoot = cells.ReadUInt16(list, 0) == IndexRoot;
        if (!isRoot)
        {
            return [list];
        }

        byte[] elements = cells.Read(list, HeaderSize, cells.ReadUInt16(list, 2) * sizeof(uint));
        List<uint> leaves = [];
        for (int i = 0; i < elements.Length; i += sizeof(uint))
        {
            leaves.Add(BinaryPrimitives.ReadUInt32LittleEndian(elements.AsSpan(i)));
        }

        return leaves.Count > 0 ? leaves : throw Damaged(list, "An index root is empty.");
    }

    private (ushort Form, List<(uint Cell, byte[] Entry)> Entries) ReadEntries(uint leaf)
    {
        ushort form = cells.ReadUInt16(leaf, 0);
        int size = form switch
        {
            IndexLeaf => 4,
            FastLeaf or HashLeaf => 8,
            _ => throw Damaged(leaf, "A list of subkeys begins with neither li, lf nor lh."),
        };
        byte[] elements = cells.Read(leaf, HeaderSize, cells.ReadUInt16(leaf, 2) * size);
        List<(uint, byte[])> entries = [];
        for (int i = 0; i < elements.Length; i += size)
        {
            entries.Add((BinaryPrimitives.ReadUInt32LittleEndian(elements.AsSpan(i)), elements.AsSpan(i, size).ToArray()));
        }

        return (form, entries);
    }

    private static byte[] ToEntry(ushort form, Entry entry)
    {
        byte[] bytes = new byte[form == IndexLeaf ? 4 : 8];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, entry.Cell);
        if (form == HashLeaf)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Registry.SubKeyList.HashOf(entry.Name));
        }
        else if (form == FastLeaf)
        {
            for (int i = 0; i < Math.Min(4, entry.Name.Length); i++)
            {
                bytes[4 + i] = (byte)entry.Name[i];
            }
        }

        return bytes;
    }

    private static byte[] ToBytes(ushort form, List<byte[]> entries)
    {
        byte[] bytes = new byte[HeaderSize + entries.Sum(static entry => entry.Length)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, form);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)entries.Count);
        int offset = HeaderSize;
        foreach (byte[] entry in entries)
        {
            entry.CopyTo(bytes, offset);
            offset += entry.Length;
        }

        return bytes;
    }

    private DiskFormatException Damaged(uint cell, string problem) => cells.Hive.Damaged(BaseBlock.Size + (long)cell, problem, "regf, Index root");

    /// <summary>A subkey with its name, of ASCII characters: others' hashes are the guest's to know.</summary>
    private sealed record Entry(uint Cell, string Name);

    private sealed record Leaf(ushort Form, List<Entry> Entries);
}

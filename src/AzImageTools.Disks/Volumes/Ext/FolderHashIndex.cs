using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>The index of a large folder (ext4, "Hash Tree Directories"): finds the block that a name belongs to by the hash of the name.</summary>
/// <param name="editor">The volume.</param>
/// <param name="folder">The folder.</param>
/// <param name="read">Reads a block of the folder by its number there.</param>
internal sealed class FolderHashIndex(ExtEditor editor, InodeDraft folder, Func<long, byte[]> read)
{
    private const int RootOffset = 0x18;
    private const int RootHeaderSize = 8;
    private const int NodeOffset = 8;
    private const int EntrySize = 8;
    private const int MostLevels = 3;
    private const int SeedOffset = 0xEC;
    private const int FlagsOffset = 0x160;
    private const int UnsignedHash = 0x2;
    private const int HalfMd4 = 1;
    private const int HalfMd4Unsigned = 4;

    /// <summary>The number of the block that a name belongs to.</summary>
    /// <exception cref="DiskRepairException">The index hashes names in a way that is not supported.</exception>
    public long FindLeaf(byte[] name)
    {
        byte[] block = read(0);
        int version = block[RootOffset + 4];
        int levels = block[RootOffset + 6];
        if (version is not (HalfMd4 or HalfMd4Unsigned))
        {
            throw editor.Refuse(folder, "the folder's index hashes names in a way that is not supported");
        }

        if (levels > MostLevels || block[RootOffset + 5] != RootHeaderSize)
        {
            throw Damaged();
        }

        bool isUnsigned = version == HalfMd4Unsigned || (BinaryPrimitives.ReadUInt32LittleEndian(editor.SuperblockBytes.AsSpan(FlagsOffset)) & UnsignedHash) != 0;
        uint hash = HalfMd4Hash.Compute(name, editor.SuperblockBytes.AsSpan(SeedOffset, 16), isUnsigned);
        long number = Find(block, RootOffset + RootHeaderSize, hash);
        for (int level = 0; level < levels; level++)
        {
            number = Find(read(number), NodeOffset, hash);
        }

        return number;
    }

    /// <summary>The block of the last entry whose hash is not above one. The first entry has no hash: the count of all is in its place.</summary>
    private uint Find(byte[] block, int offset, uint hash)
    {
        int count = BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(offset + 2));
        if (count == 0 || count > (block.Length - offset) / EntrySize)
        {
            throw Damaged();
        }

        int found = 0;
        for (int i = 1; i < count && BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(offset + (i * EntrySize))) <= hash; i++)
        {
            found = i;
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(offset + (found * EntrySize) + 4)) & 0x0FFF_FFFF;
    }

    private DiskFormatException Damaged() => editor.Volume.Damaged($"The index of the folder of inode {folder.Number} is damaged.", "ext4, Hash Tree Directories");
}

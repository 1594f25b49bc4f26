using System.Buffers.Binary;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Layouts;

/// <summary>Where an ext2, ext3 or ext4 volume's superblock, descriptors, bitmaps, inodes, extent blocks and journal are.</summary>
internal static class ExtLayout
{
    private const int SuperblockOffset = 1024;
    private const int SuperblockSize = 1024;
    private const int LargestInodeTable = 128 * 1024;
    private const uint MetadataChecksums = 0x400;
    private const int JournalChecksum = 0xFC;
    private const uint JournalChecksumFeatures = 0x18;

    public static void Describe(MutableImage image, Layout layout)
    {
        byte[] superblock = image.Read(SuperblockOffset, SuperblockSize);
        int blockSize = 1024 << (int)BinaryPrimitives.ReadUInt32LittleEndian(superblock.AsSpan(0x18));
        layout.Add("superblock", SuperblockOffset, 0x180, 30);
        layout.AddChecksum(static damaged => UpdateSuperblock(damaged));
        long descriptors = SuperblockOffset < blockSize ? blockSize : SuperblockOffset + blockSize;
        layout.Add("group descriptors", descriptors, 256, 20);
        byte[] first = image.Read(descriptors, 12);
        long inodes = BinaryPrimitives.ReadUInt32LittleEndian(first.AsSpan(8)) * (long)blockSize;
        layout.Add("block bitmap", BinaryPrimitives.ReadUInt32LittleEndian(first) * (long)blockSize, blockSize, 2);
        layout.Add("first inodes", inodes, 4096, 60);
        layout.Add("inodes", inodes, LargestInodeTable, 60);
        foreach (long page in image.Pages)
        {
            byte[] bytes = image.Read(page * MutableImage.PageSize, MutableImage.PageSize);
            for (int i = 0; i < bytes.Length; i += 1024)
            {
                AddBlock(bytes.AsSpan(i), (page * MutableImage.PageSize) + i, blockSize, layout);
            }
        }
    }

    private static void AddBlock(ReadOnlySpan<byte> block, long offset, int blockSize, Layout layout)
    {
        if (block.StartsWith((ReadOnlySpan<byte>)[0xC0, 0x3B, 0x39, 0x98]))
        {
            layout.Add("journal block", offset, Math.Min(1024, blockSize), 20);
            if (block[7] is 3 or 4)
            {
                layout.AddChecksum(damaged => UpdateJournal(damaged, offset));
            }
        }
        else if (block.StartsWith((ReadOnlySpan<byte>)[0x0A, 0xF3]))
        {
            layout.Add("extent block", offset, 256, 10);
        }
        else if (block[6] is > 0 and < 16 && block[7] is 1 or 2 && BinaryPrimitives.ReadUInt16LittleEndian(block[4..]) is >= 12 and <= 4096)
        {
            // An entry of a folder: its length, that of its name, and what kind of thing it is.
            layout.Add("folder", offset, blockSize, 4);
        }
    }

    public static void UpdateSuperblock(MutableImage image)
    {
        byte[] superblock = image.Read(SuperblockOffset, SuperblockSize);
        if ((BinaryPrimitives.ReadUInt32LittleEndian(superblock.AsSpan(0x64)) & MetadataChecksums) != 0)
        {
            byte[] crc = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(crc, ~Checksum.ComputeCastagnoli(superblock.AsSpan(0, SuperblockSize - sizeof(uint))));
            image.Write(SuperblockOffset + SuperblockSize - sizeof(uint), crc);
        }
    }

    private static void UpdateJournal(MutableImage image, long offset)
    {
        byte[] superblock = image.Read(offset, 1024);
        if ((BinaryPrimitives.ReadUInt32BigEndian(superblock.AsSpan(0x28)) & JournalChecksumFeatures) != 0)
        {
            superblock.AsSpan(JournalChecksum, sizeof(uint)).Clear();
            byte[] crc = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(crc, ~Checksum.ComputeCastagnoli(superblock));
            image.Write(offset + JournalChecksum, crc);
        }
    }
}

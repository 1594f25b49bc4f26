using System.Buffers.Binary;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Layouts;

/// <summary>Where an XFS volume's superblock, group headers, inodes, trees, folders and log are, and the checksums of version 5.</summary>
internal static class XfsLayout
{
    private const int Sector = 512;
    private const ushort Version5 = 5;

    public static void Describe(MutableImage image, Layout layout)
    {
        byte[] superblock = image.Read(0, Sector);
        int blockSize = BinaryPrimitives.ReadInt32BigEndian(superblock.AsSpan(4));
        int inodeSize = BinaryPrimitives.ReadUInt16BigEndian(superblock.AsSpan(104));
        int sectorSize = BinaryPrimitives.ReadUInt16BigEndian(superblock.AsSpan(102));
        int folderBlockSize = blockSize << superblock[192];
        bool hasChecksums = (superblock[101] & 0xF) == Version5;
        layout.Add("superblock", 0, 272, 100);

        // The root folder's is the first of a group of inodes, and the number of one in the first allocation group is its place.
        layout.Add("first inodes", BinaryPrimitives.ReadInt64BigEndian(superblock.AsSpan(56)) * inodeSize, 64 * inodeSize, 600);
        List<(long Offset, int Length, int Field)> checksums = [(0, sectorSize, 224)];

        void Add(string name, long offset, int length, int weight, int checksum)
        {
            layout.Add(name, offset, length, weight);
            checksums.Add((offset, length, checksum));
        }

        if (hasChecksums)
        {
            layout.AddChecksum(damaged => Update(damaged, checksums));
        }

        foreach (long page in image.Pages)
        {
            byte[] bytes = image.Read(page * MutableImage.PageSize, MutableImage.PageSize);
            for (int i = 0; i < bytes.Length; i += inodeSize)
            {
                if (bytes.AsSpan(i).StartsWith("IN"u8))
                {
                    Add("inode", (page * MutableImage.PageSize) + i, inodeSize, 1, 100);
                }
            }

            for (int i = 0; i < bytes.Length; i += Sector)
            {
                AddBlock(bytes.AsSpan(i, Sector), (page * MutableImage.PageSize) + i);
            }
        }

        void AddBlock(ReadOnlySpan<byte> block, long offset)
        {
            if (block.StartsWith("XAGF"u8))
            {
                Add("group header", offset, sectorSize, 100, 216);
            }
            else if (block.StartsWith("ABTB"u8) || block.StartsWith("AB3B"u8))
            {
                Add("free space tree", offset, blockSize, 100, 52);
            }
            else if (block.StartsWith("BMAP"u8) || block.StartsWith("BMA3"u8))
            {
                Add("extent tree", offset, blockSize, 200, 64);
            }
            else if (block.StartsWith("XD2"u8) || block.StartsWith("XDB3"u8) || block.StartsWith("XDD3"u8))
            {
                Add("folder", offset, folderBlockSize, 20, 4);
            }
            else if (block.StartsWith("XSLM"u8))
            {
                Add("symbolic link", offset, blockSize, 100, 12);
            }
            else if (block[8] is 0xD2 or 0xFE or 0x3D or 0x3E && block[9] is 0xF1 or 0xFF or 0xBE)
            {
                Add("folder index", offset, folderBlockSize, 60, 12);
            }
            else if (block.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xED, 0xBA, 0xBE]))
            {
                layout.Add("log record", offset, 2 * Sector, 2);
            }
        }
    }
    /// <summary>There are thousands of structures: only those that were damaged are made right.</summary>
    private static void Update(MutableImage image, List<(long Offset, int Length, int Field)> checksums)
    {
        HashSet<long> changed = [.. image.ChangedPages];
        foreach ((long offset, int length, int field) in checksums)
        {
            bool isChanged = false;
            for (long page = offset / MutableImage.PageSize; page * MutableImage.PageSize < offset + length; page++)
            {
                isChanged |= changed.Contains(page);
            }

            if (isChanged && offset + length <= image.Length)
            {
                Checksum.UpdateCastagnoli(image, offset, length, field);
            }
        }
    }
}

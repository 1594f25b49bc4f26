namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>The blocks in use, a bit for each cluster of blocks, group by group (ext4, "Block and Inode Bitmaps").</summary>
internal static class BlockBitmaps
{
    // What a list of free pieces may take for each.
    private const int FreePieceSize = 256;

    /// <summary>The runs of blocks that nothing uses, lazily.</summary>
    public static IEnumerable<DiskExtent> EnumerateFree(ExtVolume volume)
    {
        Superblock superblock = volume.Superblock;
        byte[] bitmap = new byte[superblock.BlockSize];
        DiskExtent free = default;
        for (long group = 0; group < superblock.GroupCount; group++)
        {
            long first = volume.Groups.FirstBlockOf(group);
            long end = Math.Min(first + superblock.BlocksPerGroup, superblock.BlockCount);
            volume.Metadata.Budget.Work(bitmap.Length, "a bitmap of blocks, of group", group);
            ReadBitmap(volume, group, bitmap);
            long block = first;
            while (block < end)
            {
                long cluster = (block - first) / superblock.BlocksPerCluster;
                bool isFree = (bitmap[cluster / 8] & (1 << (int)(cluster % 8))) == 0;

                // Whole bytes at once, where all their bits agree.
                bool isUniform = cluster % 8 == 0 && bitmap[cluster / 8] is 0 or byte.MaxValue;
                long next = Math.Min(end, block + ((isUniform ? 8 : 1) * superblock.BlocksPerCluster));
                if (isFree)
                {
                    long offset = block * superblock.BlockSize;
                    long length = (next - block) * superblock.BlockSize;
                    if (free.Length > 0 && free.End == offset)
                    {
                        free = free with { Length = free.Length + length };
                    }
                    else
                    {
                        if (free.Length > 0)
                        {
                            yield return free;
                        }

                        volume.Metadata.Budget.Allocate(FreePieceSize, "free blocks", block);
                        free = new DiskExtent(offset, length);
                    }
                }

                block = next;
            }
        }

        if (free.Length > 0)
        {
            yield return free;
        }
    }

    private static void ReadBitmap(ExtVolume volume, long group, byte[] bitmap)
    {
        Superblock superblock = volume.Superblock;
        GroupDescriptor descriptor = volume.Groups[group];
        bool hasFlags = superblock.Has(ExtReadOnlyFeatures.DescriptorChecksums) || superblock.Has(ExtReadOnlyFeatures.MetadataChecksums);
        if (!hasFlags || !descriptor.IsBlockBitmapUninitialized)
        {
            volume.Metadata.Read(volume.OffsetOf(descriptor.BlockBitmap, "a group's bitmap of blocks"), bitmap);
            return;
        }

        // "Lazy Block Group Initialization": as Linux makes the bitmap when it first needs it (ext4_init_block_bitmap).
        bitmap.AsSpan().Clear();
        long first = volume.Groups.FirstBlockOf(group);
        long inodeTableBlocks = ((superblock.InodesPerGroup * superblock.InodeSize) + superblock.BlockSize - 1) / superblock.BlockSize;
        MarkUsed(superblock, bitmap, 0, volume.Groups.CountBaseBlocks(group));
        MarkUsed(superblock, bitmap, descriptor.BlockBitmap - first, 1);
        MarkUsed(superblock, bitmap, descriptor.InodeBitmap - first, 1);
        MarkUsed(superblock, bitmap, descriptor.InodeTable - first, inodeTableBlocks);
    }

    /// <summary>Marks those of some blocks that lie in the group.</summary>
    private static void MarkUsed(Superblock superblock, byte[] bitmap, long block, long count)
    {
        long end = Math.Min(block + count, superblock.BlocksPerGroup);
        for (long used = Math.Max(0, block); used < end; used++)
        {
            long cluster = used / superblock.BlocksPerCluster;
            bitmap[cluster / 8] |= (byte)(1 << (int)(cluster % 8));
        }
    }
}

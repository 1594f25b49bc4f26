using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>
/// Files that were open without a name, or being cut, when the machine stopped: a list that begins in the superblock (ext4, "The Super
/// Block", s_last_orphan) and a file of their inodes ("Orphan file"). What was deleted is given back, and what was cut is cut, as Linux
/// does when it mounts the volume.
/// </summary>
internal static class Orphans
{
    private const int FirstOffset = 0xE8;
    private const int FileOffset = 0x280;
    private const int ReadOnlyFeaturesOffset = 0x64;
    private const uint TailMagic = 0x0B10_CA04;
    private const int TailSize = 8;
    private const int MostOrphans = 100_000;

    public static void Remove(ExtEditor editor, DateTimeOffset now)
    {
        HashSet<ulong> seen = [];
        Span<byte> first = editor.SuperblockBytes.AsSpan(FirstOffset);
        for (uint next = BinaryPrimitives.ReadUInt32LittleEndian(first); next != 0;)
        {
            if (!seen.Add(next) || seen.Count > MostOrphans)
            {
                throw editor.Volume.Damaged($"Its list of orphans comes back to inode {next}.", "ext4, The Super Block");
            }

            InodeDraft inode = editor.ReadInode(next);
            next = inode.DeletionTime;
            Remove(editor, inode, now);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(first, 0);
        if (editor.Volume.Superblock.Has(ExtReadOnlyFeatures.Orphans))
        {
            EmptyFile(editor, seen, now);
        }
    }

    private static void Remove(ExtEditor editor, InodeDraft inode, DateTimeOffset now)
    {
        if (inode.Number < editor.FirstInode)
        {
            throw editor.Volume.Damaged($"Inode {inode.Number}, which is the volume's own, is listed as an orphan.", "ext4, The Super Block");
        }

        if (inode.Links == 0)
        {
            FileRemoval.FreeInode(editor, inode, now);
            return;
        }

        inode.DeletionTime = 0;
        if (inode.Read().IsFile && !inode.IsInline)
        {
            int blockSize = editor.Volume.Superblock.BlockSize;
            FileMap map = FileMap.Read(editor, inode);
            long end = (inode.Length + blockSize - 1) / blockSize;
            List<MappedRun> kept = [];
            foreach (MappedRun run in map.Runs)
            {
                long count = Math.Max(0, Math.Min(run.End, end) - run.First);
                if (count > 0)
                {
                    kept.Add(run with { Count = count });
                }

                if (count < run.Count)
                {
                    editor.Space.Free(run.Place + count, run.Count - count);
                }
            }

            FileMapWriter.Write(editor, inode, kept, map.Nodes);
        }

        editor.Write(inode);
    }

    private static void EmptyFile(ExtEditor editor, HashSet<ulong> seen, DateTimeOffset now)
    {
        InodeDraft file = editor.ReadInode(BinaryPrimitives.ReadUInt32LittleEndian(editor.SuperblockBytes.AsSpan(FileOffset)));
        byte[] block = new byte[editor.Volume.Superblock.BlockSize];
        uint seed = editor.Checksums.SeedOf(file.Number, file.Generation);
        int end = block.Length - TailSize;
        foreach (MappedRun run in FileMap.Read(editor, file).Runs)
        {
            for (long place = run.Place; place < run.Place + run.Count; place++)
            {
                long offset = editor.Volume.OffsetOf(place, "the file of orphans");
                editor.Volume.Metadata.Read(offset, block);
                if (BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(end)) != TailMagic
                    || (editor.Checksums.HasMetadata && BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(end + sizeof(uint))) != ExtChecksums.OfOrphans(seed, place, block.AsSpan(0, end))))
                {
                    throw editor.Volume.Damaged($"Block {place} of the file of orphans is damaged.", "ext4, Orphan file");
                }

                for (int entry = 0; entry < end; entry += sizeof(uint))
                {
                    if (BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(entry)) is uint number and not 0 && seen.Add(number))
                    {
                        Remove(editor, editor.ReadInode(number), now);
                    }
                }

                block.AsSpan(0, end).Clear();
                if (editor.Checksums.HasMetadata)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(end + sizeof(uint)), ExtChecksums.OfOrphans(seed, place, block.AsSpan(0, end)));
                }

                editor.Volume.Write(offset, block);
            }
        }

        Span<byte> features = editor.SuperblockBytes.AsSpan(ReadOnlyFeaturesOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(features, BinaryPrimitives.ReadUInt32LittleEndian(features) & ~(uint)ExtReadOnlyFeatures.Orphans);
    }
}

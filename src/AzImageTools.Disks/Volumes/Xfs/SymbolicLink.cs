using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>The path that a symbolic link holds, in its inode or in blocks ("Symbolic Links").</summary>
internal static class SymbolicLink
{
    private const int MaximumTarget = 1024;
    private const int MaximumBlocks = 4;
    private const int HeaderSize = 56;
    private const string Rule = "XFS Algorithms & Data Structures, Symbolic Links";

    public static string ReadTarget(XfsVolume volume, Inode link)
    {
        if (link.Length is <= 0 or > MaximumTarget)
        {
            throw volume.Damaged($"The symbolic link of inode {link.Number} is said to have {link.Length} bytes.", Rule);
        }

        byte[] target = new byte[link.Length];
        if (link.Format != InodeFormat.Local)
        {
            ReadBlocks(volume, link, target);
        }
        else if (target.Length <= link.Fork.Length)
        {
            link.Fork.Span.Slice(0, target.Length).CopyTo(target);
        }
        else
        {
            throw volume.Damaged($"The symbolic link of inode {link.Number} is longer than the inode has room for.", Rule);
        }

        return Encoding.UTF8.GetString(target);
    }

    /// <summary>Each extent holds a piece of the path; since version 5, behind a header that tells which.</summary>
    private static void ReadBlocks(XfsVolume volume, Inode link, Span<byte> target)
    {
        ExtentMap extents = new(volume, link);
        string name = $"the symbolic link of inode {link.Number}";
        int done = 0;
        for (long block = 0; done < target.Length;)
        {
            BlockRun run = extents.Find(block);
            if (run.Place == BlockRun.Hole || run.First != block || run.Count > MaximumBlocks)
            {
                throw volume.Damaged($"There are no blocks for {name}.", Rule);
            }

            byte[] bytes = new byte[run.Count * volume.Superblock.BlockSize];
            long offset = volume.OffsetOf((ulong)run.Place, run.Count, name);
            volume.Metadata.Read(offset, bytes);
            int header = volume.Superblock.HasChecksums ? HeaderSize : 0;
            int count = Math.Min(target.Length - done, bytes.Length - header);
            if (header > 0)
            {
                BlockHeader.SymbolicLink.Verify(volume, bytes, offset, link.Number);
                if (!bytes.AsSpan().StartsWith("XSLM"u8)
                    || BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4)) != done
                    || BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(8)) != count)
                {
                    throw volume.Damaged($"A block of {name} is damaged.", Rule);
                }
            }

            bytes.AsSpan(header, count).CopyTo(target.Slice(done));
            done += count;
            block += run.Count;
        }
    }
}

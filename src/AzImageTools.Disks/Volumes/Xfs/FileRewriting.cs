namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>
/// Gives a file another content within the blocks that it has, all of which it keeps: blocks beyond a file's end are what XFS itself
/// leaves where it expects more to be written.
/// </summary>
internal static class FileRewriting
{
    // A larger file that becomes shorter keeps what its blocks hold beyond its end, which nothing shows.
    private const long LargestCleared = 1 << 20;

    /// <summary>Rewrites a file.</summary>
    /// <param name="volume">The volume, on a draft.</param>
    /// <param name="path">The file.</param>
    /// <param name="content">Its content.</param>
    /// <param name="now">When it is changed.</param>
    /// <exception cref="DiskRepairException">It can't be rewritten where it lies.</exception>
    public static void Rewrite(XfsVolume volume, string path, ReadOnlySpan<byte> content, DateTimeOffset now)
    {
        Inode? found = new PathWalker<Inode>(volume).Find(path, followLast: true);
        if (found is not { IsFile: true })
        {
            throw new FileNotFoundException($"There is no file '{path}' on {volume.Source.Name}.", path);
        }

        InodeDraft inode = InodeDraft.Read(volume, found.Number);
        if (inode.FixedBecause is { } reason)
        {
            throw Refuse(volume, path, reason);
        }

        if (content.Length == 0 && found.Length == 0)
        {
            return;
        }

        List<FileRun> runs = FindRuns(volume, found, Math.Max(content.Length, Math.Min(found.Length, LargestCleared)));
        if ((runs.Count == 0 ? 0 : runs[runs.Count - 1].FileEnd) < content.Length)
        {
            throw Refuse(volume, path, $"its content would have {content.Length} bytes, and not all of them have blocks: none are allocated on XFS");
        }

        foreach (FileRun run in runs)
        {
            ReadOnlySpan<byte> piece = content.Slice((int)Math.Min(content.Length, run.FileOffset));
            byte[] bytes = new byte[run.Length];
            piece.Slice(0, (int)Math.Min(piece.Length, run.Length)).CopyTo(bytes);
            volume.Write(run.VolumeOffset, bytes);
        }

        inode.Length = content.Length;
        inode.Touch(now);
        inode.Write(volume);
    }

    /// <summary>The file's blocks without holes from its beginning on, as far as a length of it.</summary>
    private static List<FileRun> FindRuns(XfsVolume volume, Inode file, long length)
    {
        List<FileRun> runs = [];
        if (length == 0 || file.ExtentCount == 0)
        {
            return runs;
        }

        ExtentMap extents = new(volume, file);
        int blockSize = volume.Superblock.BlockSize;
        long end = (length + blockSize - 1) / blockSize * blockSize;
        for (long position = 0; position < end;)
        {
            FileRun run = extents.FindRun(position);
            if (run.VolumeOffset == FileRun.Hole)
            {
                break;
            }

            run = run with { Length = Math.Min(run.FileEnd, end) - run.FileOffset };
            volume.RequireContent(run, file.Number);
            volume.Metadata.Budget.Allocate(run.Length, "a file's content");
            runs.Add(run);
            position = run.FileEnd;
        }

        return runs;
    }

    private static DiskRepairException Refuse(XfsVolume volume, string path, string reason)
        => new(DiskRepairProblem.FileNotRepairable, path, $"{path} on {volume.Source.Name} can't be changed: {reason}. Nothing was changed.");
}

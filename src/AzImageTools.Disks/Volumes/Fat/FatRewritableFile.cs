namespace AzImageTools.Disks.Volumes.Fat;

/// <summary>A file's content, rewritten where it lies in its clusters.</summary>
/// <param name="target">The volume.</param>
/// <param name="runs">Where the content lies, all of it.</param>
/// <param name="length">The content's length.</param>
/// <param name="path">The file's path, for messages.</param>
internal sealed class FatRewritableFile(IWritableBytes target, List<FileRun> runs, long length, string path) : IRewritableFile
{
    public long Length => length;

    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        if (position < 0 || position > Length - bytes.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(position), $"{bytes.Length} bytes from byte {position} on do not lie within {path} of {Length} bytes.");
        }

        for (int i = Bisection.FindFirst(runs, run => run.FileEnd > position); bytes.Length > 0; i++)
        {
            FileRun run = runs[i];
            int count = (int)Math.Min(bytes.Length, run.FileEnd - position);
            target.Write(run.VolumeOffset + (position - run.FileOffset), bytes.Slice(0, count));
            bytes = bytes.Slice(count);
            position += count;
        }
    }
}

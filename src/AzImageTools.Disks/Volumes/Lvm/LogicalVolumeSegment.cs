namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>A part of a logical volume: of zeros, or laid in stripes over areas of physical volumes; a linear one has one area.</summary>
/// <param name="Start">Its first byte in the logical volume.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="StripeSize">Bytes in a stripe.</param>
/// <param name="Areas">Where on the disk its areas begin; none where it is of zeros.</param>
internal sealed record LogicalVolumeSegment(long Start, long Length, long StripeSize, IReadOnlyList<long> Areas)
{
    public long End => Start + Length;

    /// <summary>The piece that a byte of the logical volume lies in: a stripe, or the whole segment.</summary>
    public FileRun Find(long position)
    {
        if (Areas.Count == 0)
        {
            return new FileRun(Start, FileRun.Hole, Length);
        }

        long stripe = (position - Start) / StripeSize;
        long offset = Areas[(int)(stripe % Areas.Count)] + (stripe / Areas.Count * StripeSize);
        return new FileRun(Start + (stripe * StripeSize), offset, StripeSize);
    }
}

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>The clusters of a non-resident attribute (libfsntfs documentation, "Data runs").</summary>
internal static class RunList
{
    /// <summary>The runs of one fragment of an attribute, checked against the volume.</summary>
    /// <param name="fragment">The fragment.</param>
    /// <param name="volume">The volume.</param>
    /// <param name="file">What to call the file in messages.</param>
    /// <param name="record">The number of the file's own record.</param>
    public static List<FileRun> Decode(NtfsAttribute fragment, NtfsVolume volume, string file, long record)
    {
        NtfsBootSector boot = volume.Boot;
        List<FileRun> runs = [];
        ReadOnlySpan<byte> rest = fragment.Runs;
        long last = (long.MaxValue / boot.ClusterSize) - 1;
        long virtualCluster = fragment.LowestCluster;
        long logicalCluster = 0;
        while (rest.Length > 0 && rest[0] != 0)
        {
            // One byte tells how many bytes the run's length and its distance from the run before it take.
            int lengthSize = rest[0] & 0x0F;
            int distanceSize = rest[0] >> 4;
            if (lengthSize is 0 or > 8 || distanceSize > 8 || rest.Length <= lengthSize + distanceSize)
            {
                throw Damaged(volume, file, record, "a run is cut short");
            }

            long length = ReadSigned(rest.Slice(1, lengthSize));
            if (length <= 0 || virtualCluster < 0 || virtualCluster > last - length)
            {
                throw Damaged(volume, file, record, $"a run is said to have {length} clusters from {virtualCluster} on");
            }

            long offset = FileRun.Hole;
            if (distanceSize > 0)
            {
                logicalCluster = unchecked(logicalCluster + ReadSigned(rest.Slice(1 + lengthSize, distanceSize)));
                if (logicalCluster < 0 || length > boot.ClusterCount || logicalCluster > boot.ClusterCount - length)
                {
                    throw Damaged(volume, file, record, $"a run of {length} clusters at {logicalCluster} lies outside of the volume's {boot.ClusterCount}");
                }

                offset = logicalCluster * boot.ClusterSize;
            }

            runs.Add(new FileRun(virtualCluster * boot.ClusterSize, offset, length * boot.ClusterSize));
            virtualCluster += length;
            rest = rest.Slice(1 + lengthSize + distanceSize);
        }

        return virtualCluster - 1 == fragment.HighestCluster
            ? runs
            : throw Damaged(volume, file, record, $"its runs end with cluster {virtualCluster - 1} of the file, not with {fragment.HighestCluster}");
    }

    /// <summary>The runs as they are stored, with the zero byte at their end.</summary>
    /// <param name="runs">The runs, from the attribute's first cluster on.</param>
    /// <param name="clusterSize">Bytes in a cluster.</param>
    public static byte[] Encode(IEnumerable<FileRun> runs, int clusterSize)
    {
        List<byte> bytes = [];
        long before = 0;
        foreach (FileRun run in runs)
        {
            long place = run.VolumeOffset / clusterSize;
            byte[] length = Signed(run.Length / clusterSize);
            byte[] distance = run.VolumeOffset == FileRun.Hole ? [] : Signed(place - before);
            before = run.VolumeOffset == FileRun.Hole ? before : place;
            bytes.Add((byte)(length.Length | (distance.Length << 4)));
            bytes.AddRange(length);
            bytes.AddRange(distance);
        }

        bytes.Add(0);
        return [.. bytes];
    }

    /// <summary>The fewest bytes that hold a number with its sign.</summary>
    private static byte[] Signed(long value)
    {
        List<byte> bytes = [];
        do
        {
            bytes.Add((byte)value);
            value >>= 8;
        }
        while (!(value == 0 && bytes[bytes.Count - 1] < 0x80) && !(value == -1 && bytes[bytes.Count - 1] >= 0x80));
        return [.. bytes];
    }

    private static long ReadSigned(ReadOnlySpan<byte> bytes)
    {
        long value = (sbyte)bytes[bytes.Length - 1];
        for (int i = bytes.Length - 2; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }

    private static DiskFormatException Damaged(NtfsVolume volume, string file, long record, string problem)
        => volume.Damaged(record, $"The list of clusters of {file} is damaged: {problem}.", "NTFS, Data runs");
}

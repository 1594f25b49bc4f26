using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AzImageTools.Disks.Containers;

/// <summary>
/// Where a sparse file has data: from FSCTL_QUERY_ALLOCATED_RANGES on Windows, SEEK_DATA and SEEK_HOLE on 64-bit Linux.
/// Elsewhere, and where the file system does not tell, a range is taken to be all data.
/// </summary>
internal sealed class FileHoles(SafeFileHandle file)
{
    private const int RangesAtOnce = 256;
    private const uint QueryAllocatedRanges = 0x000940CF;
    private const int ErrorMoreData = 234;

    private const int SeekEnd = 2;
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const int NoSuchDeviceOrAddress = 6;

    // Finding the hole behind data takes the longer the further it is: asking that for each block of a file without holes
    // would take a time that grows with the square of its size.
    private readonly RecentExtents _dataRanges = new();

    public IEnumerable<DiskExtent> GetDataRanges(long offset, long length)
    {
        if (length == 0)
        {
            return [];
        }

        if (OperatingSystem.IsWindows())
        {
            return QueryRanges(offset, offset + length);
        }

        // Positional reads leave the descriptor's own position free for seeking.
        return OperatingSystem.IsLinux() && IntPtr.Size == 8 ? SeekRanges(offset, offset + length) : [new DiskExtent(offset, length)];
    }

    private IEnumerable<DiskExtent> SeekRanges(long start, long end)
    {
        long position = start;
        while (position < end)
        {
            DiskExtent range = _dataRanges.Find(position);
            if (range.Length > 0)
            {
                yield return new DiskExtent(position, Math.Min(range.End, end) - position);
                position = range.End;
                continue;
            }

            long data = Seek(file, position, SeekData);
            if (data < 0)
            {
                // ENXIO: only a hole follows, or the file was cut off meanwhile: then reading what is missing tells.
                // Any other error: the file system does not tell.
                if (Marshal.GetLastWin32Error() != NoSuchDeviceOrAddress || Seek(file, 0, SeekEnd) < end)
                {
                    yield return new DiskExtent(position, end - position);
                }

                yield break;
            }

            data = Math.Max(data, position);
            if (data >= end)
            {
                yield break;
            }

            // It is found again, and returned, from where it begins.
            long hole = Seek(file, data, SeekHole);
            _dataRanges.Add(new DiskExtent(data, (hole <= data ? end : hole) - data));
            position = data;
        }
    }

    [DllImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static extern long Seek(SafeFileHandle file, long offset, int whence);

    private IEnumerable<DiskExtent> QueryRanges(long start, long end)
    {
        AllocatedRange[] ranges = new AllocatedRange[RangesAtOnce];
        DiskExtent last = new(start, 0);
        bool more = true;
        while (more)
        {
            AllocatedRange query = new() { FileOffset = last.End, Length = end - last.End };
            more = TryQuery(query, ranges, out int count);
            for (int i = 0; i < count; i++)
            {
                long from = Math.Max(ranges[i].FileOffset, last.End);
                long to = Math.Min(ranges[i].FileOffset + ranges[i].Length, end);
                if (to > from)
                {
                    last = new DiskExtent(from, to - from);
                    yield return last;
                }
            }

            if (more && last.End == query.FileOffset)
            {
                // The file system does not tell, or tells nothing new.
                yield return new DiskExtent(query.FileOffset, query.Length);
                yield break;
            }

            more = more && last.End < end;
        }
    }

    /// <summary>Asks for ranges. True when there are more than fitted, or (with none) when asking failed.</summary>
    private unsafe bool TryQuery(AllocatedRange query, AllocatedRange[] ranges, out int count)
    {
        bool done;
        int bytes;
        fixed (AllocatedRange* output = ranges)
        {
            done = DeviceIoControl(file, QueryAllocatedRanges, &query, sizeof(AllocatedRange), output, sizeof(AllocatedRange) * ranges.Length, out bytes, IntPtr.Zero);
        }

        bool isPart = !done && Marshal.GetLastWin32Error() == ErrorMoreData;
        count = done || isPart ? bytes / sizeof(AllocatedRange) : 0;
        return !done;
    }

    [DllImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern unsafe bool DeviceIoControl(
        SafeFileHandle file, uint controlCode, AllocatedRange* input, int inputSize, AllocatedRange* output, int outputSize, out int bytesReturned, IntPtr overlapped);

    /// <summary>FILE_ALLOCATED_RANGE_BUFFER.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct AllocatedRange
    {
        public long FileOffset;
        public long Length;
    }
}

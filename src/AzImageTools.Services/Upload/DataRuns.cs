using AzImageTools.Disks;
using AzImageTools.Disks.Conversion;

namespace AzImageTools.Services.Upload;

/// <summary>Finds what is worth sending in a buffer: everything but long runs of zeros and zeros at either end.</summary>
internal static class DataRuns
{
    /// <summary>From this length on, in bytes, a run of zeros is left out: shorter ones cost less than another request.</summary>
    public const int ShortestGap = 64 * 1024;

    private const int Block = 4096;

    /// <summary>Finds the runs, in ascending order. Each begins and ends at a multiple of 4 KiB or at the buffer's end.</summary>
    public static List<DiskExtent> Find(ReadOnlySpan<byte> bytes)
    {
        List<DiskExtent> runs = [];
        int start = -1;
        int end = 0;
        for (int offset = 0; offset < bytes.Length; offset += Block)
        {
            int next = Math.Min(offset + Block, bytes.Length);
            if (ZeroScanner.IsZero(bytes.Slice(offset, next - offset)))
            {
                continue;
            }

            if (start >= 0 && offset - end >= ShortestGap)
            {
                runs.Add(new DiskExtent(start, end - start));
                start = -1;
            }

            if (start < 0)
            {
                start = offset;
            }

            end = next;
        }

        if (start >= 0)
        {
            runs.Add(new DiskExtent(start, end - start));
        }

        return runs;
    }
}

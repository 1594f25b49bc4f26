using AzImageTools.Disks;
using AzImageTools.Disks.Conversion;

namespace AzImageTools.Services.Upload.Source;

/// <summary>Finds what is worth sending of a buffer: everything but long gaps of zeros and zeros at either end.</summary>
internal sealed class DataRanges
{
    /// <summary>
    /// From this length on, in bytes, a gap of zeros is left out. Shorter ones cost less than another request: a page blob takes
    /// about 60 MiB or 500 requests a second (Scalability and performance targets for Blob storage), 123 KiB for each.
    /// </summary>
    public const int ShortestGap = 128 * 1024;

    private const int Block = 4096;

    private readonly List<DiskExtent> _ranges = [];
    private int _start = -1;
    private int _end;

    /// <summary>Looks at a part of the buffer behind those looked at before; what lies between them is zero.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where the part begins in it.</param>
    /// <param name="length">How long it is, in bytes.</param>
    public void Look(ReadOnlySpan<byte> buffer, int offset, int length)
    {
        int end = offset + length;
        for (int next; offset < end; offset = next)
        {
            next = Math.Min(offset + Block, end);
            if (ZeroScanner.IsZero(buffer.Slice(offset, next - offset)))
            {
                continue;
            }

            if (_start >= 0 && offset - _end >= ShortestGap)
            {
                Close();
            }

            if (_start < 0)
            {
                _start = offset;
            }

            _end = next;
        }
    }

    /// <summary>The ranges, in ascending order, once all parts were looked at.</summary>
    public List<DiskExtent> End()
    {
        if (_start >= 0)
        {
            Close();
        }

        return _ranges;
    }

    private void Close()
    {
        _ranges.Add(new DiskExtent(_start, _end - _start));
        _start = -1;
    }
}

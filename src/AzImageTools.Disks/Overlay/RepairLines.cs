using System.Text;

namespace AzImageTools.Disks.Overlay;

/// <summary>The lines of a file of changes, each of a bounded length, and the sums of those that were read.</summary>
internal sealed class RepairLines(Stream stream, string path, CancellationToken cancellation) : IDisposable
{
    private readonly Sha256Sum _sum = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly byte[] _line = new byte[RepairFormat.LongestLine];
    private int _length;
    private int _start;
    private int _end;

    /// <summary>The number of the last line that was read.</summary>
    public int Number { get; private set; }

    /// <summary>The next line without its end; null where there is none.</summary>
    /// <exception cref="DiskRepairException">It is too long, or has no end.</exception>
    public string? TryRead()
    {
        cancellation.ThrowIfCancellationRequested();
        _sum.Append(_line, _length);
        _length = 0;
        while (true)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = stream.Read(_buffer, 0, _buffer.Length);
                if (_end == 0)
                {
                    return _length == 0 ? null : throw RepairFile.Invalid(path, "its last line is not whole");
                }
            }

            int found = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start);
            int count = (found < 0 ? _end : found + 1) - _start;
            if (_length + count > _line.Length)
            {
                throw RepairFile.Invalid(path, $"line {Number + 1} is too long");
            }

            Array.Copy(_buffer, _start, _line, _length, count);
            _length += count;
            _start += count;
            if (found >= 0)
            {
                Number++;
                return Encoding.UTF8.GetString(_line, 0, _length - 1);
            }
        }
    }

    /// <summary>SHA-256 of the lines before the last one, from the one on that it was asked at before.</summary>
    public string CompleteSum() => _sum.Complete();

    public void Dispose() => _sum.Dispose();
}

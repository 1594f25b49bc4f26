namespace AzImageTools.Disks.Inspection.Initramfs;

/// <summary>The last bytes that were decoded, for matches to repeat. It grows as it fills: a file that asks for much and holds little costs little.</summary>
internal sealed class LzmaWindow
{
    // What the highest preset of xz asks for (xz(1), -9).
    private const uint LargestSize = 64 << 20;
    private const uint FirstSize = 1 << 16;

    private readonly int _size;
    private byte[] _bytes;
    private int _at;

    /// <param name="size">How far back matches may reach, bytes.</param>
    /// <exception cref="NotSupportedException">That is further than is kept.</exception>
    public LzmaWindow(uint size)
    {
        if (size > LargestSize)
        {
            throw new NotSupportedException(FormattableString.Invariant($"It is compressed with a dictionary of {size} bytes, and up to {LargestSize} are read."));
        }

        _size = (int)Math.Max(size, 1);
        _bytes = new byte[Math.Min((uint)_size, FirstSize)];
    }

    /// <summary>How many bytes were put since it was empty.</summary>
    public long Count { get; private set; }

    public void Clear()
    {
        Count = 0;
        _at = 0;
    }

    public void Put(byte value)
    {
        if (_at == _bytes.Length)
        {
            if (_bytes.Length < _size)
            {
                Array.Resize(ref _bytes, (int)Math.Min(_size, _bytes.Length * 2L));
            }
            else
            {
                _at = 0;
            }
        }

        _bytes[_at++] = value;
        Count++;
    }

    /// <summary>Whether there is a byte so far back.</summary>
    public bool Holds(uint distance) => distance <= Count && distance <= _size;

    /// <summary>The byte so far back, of those that it holds: 1 is the last.</summary>
    public byte Get(uint distance)
    {
        int place = _at - (int)distance;
        return _bytes[place < 0 ? place + _bytes.Length : place];
    }
}

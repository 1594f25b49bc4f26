using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ZstdSharp;

namespace AzImageTools.Disks.Inspection.Initramfs;

/// <summary>Reads cpio archives of the "newc" form front to back: a header of hexadecimal numbers, a name, content, each padded to 4 bytes.</summary>
/// <param name="stream">The archives.</param>
/// <param name="name">What to call them in messages.</param>
/// <param name="budget">What unpacking them may cost, where they are packed on a disk; null where they are read as they are.</param>
internal sealed class CpioReader(Stream stream, string name, ReadBudget? budget = null)
{
    /// <summary>Where the form is specified.</summary>
    public const string Rule = "Linux, initramfs buffer format";

    private const int HeaderSize = 110;
    private const int SignatureSize = 6;
    private const int FileSizeField = 6;
    private const int NameSizeField = 11;
    private const int FieldSize = 8;
    private const int LongestName = 4096;
    private const int BufferSize = 1 << 16;

    // Unpacking xz, the slowest, makes some 100 MB a second.
    private const long WorkPerByte = 4;

    // Ten times what distributions make.
    private const long LargestArchive = 1L << 31;

    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;
    private bool _isWhole = true;

    /// <summary>How many bytes were read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Whether an entry begins here.</summary>
    public bool IsAtEntry => Peek(SignatureSize) is var signature && (signature.SequenceEqual("070701"u8) || signature.SequenceEqual("070702"u8));

    /// <summary>Goes to the next byte that is not zero; false where there is none, and the last archive is whole.</summary>
    public bool SkipZeros()
    {
        while (true)
        {
            Advance(CountZeros(_buffer.AsSpan(_start, _end - _start)));
            if (_start < _end)
            {
                return true;
            }

            if (!Fill(1))
            {
                return _isWhole ? false : throw Damaged("The archive ends without the entry that ends one.");
            }
        }
    }

    /// <summary>Reads one entry and passes over its content.</summary>
    /// <returns>The entry's path; null for the one that ends an archive.</returns>
    public string? ReadEntry()
    {
        if (!IsAtEntry)
        {
            throw Damaged("No entry of a cpio archive begins there.");
        }

        ReadOnlySpan<byte> header = Peek(HeaderSize);
        if (header.Length < HeaderSize)
        {
            throw Damaged("The archive ends within an entry's header.");
        }

        long fileSize = ReadNumber(header, FileSizeField);
        long nameSize = ReadNumber(header, NameSizeField);
        if (nameSize is < 1 or > LongestName)
        {
            throw Damaged($"An entry's name is said to have {nameSize} bytes.");
        }

        Advance(HeaderSize);
        ReadOnlySpan<byte> stored = Peek((int)nameSize);
        if (stored.Length < nameSize)
        {
            throw Damaged("The archive ends within an entry's name.");
        }

        string entry = Encoding.UTF8.GetString(stored.Slice(0, (int)nameSize - 1).ToArray());
        Advance((int)nameSize);
        Skip(Padding);
        Skip(fileSize);
        Skip(Padding);
        _isWhole = entry == "TRAILER!!!";
        return _isWhole ? null : entry;
    }

    /// <summary>The next bytes: fewer than asked for only at the end.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        Fill(count);
        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    /// <summary>How many zeros come first; by eight where there are many, as a file's hole has.</summary>
    private static int CountZeros(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        int word = 0;
        while (word < words.Length && words[word] == 0)
        {
            word++;
        }

        int count = word * sizeof(ulong);
        while (count < bytes.Length && bytes[count] == 0)
        {
            count++;
        }

        return count;
    }

    private long Padding => -Position & 3;

    private void Skip(long count)
    {
        while (count > 0)
        {
            if (_start == _end && !Fill(1))
            {
                throw Damaged("The archive ends within an entry's content.");
            }

            int step = (int)Math.Min(count, _end - _start);
            Advance(step);
            count -= step;
            if (count > BufferSize && stream.CanSeek)
            {
                // What lies on a disk is passed over; only what is compressed has to be read through.
                long seek = Math.Min(count, stream.Length - stream.Position);
                stream.Position += seek;
                Count(seek);
                count -= seek;
            }
        }
    }

    private void Advance(int count)
    {
        _start += count;
        Count(count);
    }

    private void Count(long count)
    {
        Position += count;
        if (Position > LargestArchive)
        {
            throw Damaged($"It is larger than the {LargestArchive} bytes that are read.");
        }
    }

    /// <summary>Makes so many bytes ready; false where fewer are left.</summary>
    private bool Fill(int count)
    {
        if (_end - _start >= count)
        {
            return true;
        }

        Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        _end -= _start;
        _start = 0;
        while (_end < count && Read() is > 0 and int read)
        {
            _end += read;
        }

        return _end >= count;
    }

    private int Read()
    {
        try
        {
            int count = stream.Read(_buffer, _end, _buffer.Length - _end);
            budget?.Work(count * WorkPerByte, $"{name}, which is packed,", Position);
            return count;
        }
        catch (Exception exception) when (exception is InvalidDataException or ZstdException or EndOfStreamException)
        {
            throw new DiskFormatException(name, Position, "What is compressed there is damaged.", Rule, exception);
        }
        catch (NotSupportedException exception)
        {
            throw new DiskFormatException(name, Position, exception.Message, Rule, exception);
        }
    }

    private long ReadNumber(ReadOnlySpan<byte> header, int field)
    {
        string digits = Encoding.ASCII.GetString(header.Slice(SignatureSize + (field * FieldSize), FieldSize).ToArray());
        return uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number)
            ? number
            : throw Damaged("An entry's header holds something else than hexadecimal numbers.");
    }

    private DiskFormatException Damaged(FormattableString problem) => Damaged(problem.ToString(CultureInfo.InvariantCulture));

    private DiskFormatException Damaged(string problem) => new(name, Position, problem, Rule);
}

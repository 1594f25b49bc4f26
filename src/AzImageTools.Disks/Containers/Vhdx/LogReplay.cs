namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>
/// Replays the log of a VHDX that was not closed cleanly ([MS-VHDX] 2.3.3), in memory: the file is never written.
/// </summary>
internal sealed class LogReplay
{
    private const string Rule = "[MS-VHDX] 2.3";
    private const long Mebibyte = 1024 * 1024;

    // Logs have 1 MiB when Hyper-V or qemu-img makes them.
    private const uint LargestLog = 64 * 1024 * 1024;
    private const int LargestChangeCount = 16384;

    private readonly DiskFile _file;
    private readonly Guid _logGuid;
    private readonly long _offset;
    private readonly int _length;
    private readonly Dictionary<int, LogEntry?> _entries = [];
    private byte[] _bytes = new byte[LogEntry.SectorSize];
    private long _bytesToCheck;

    private LogReplay(DiskFile file, Header header)
    {
        _file = file;
        _logGuid = header.LogGuid;
        _offset = (long)header.LogOffset;
        _length = (int)header.LogLength;

        // Entries of a log do not overlap one another; what remains of earlier ones may.
        _bytesToCheck = 4L * _length;
    }

    /// <summary>Lays the changes in the log over the file.</summary>
    /// <param name="file">The VHDX, of which nothing but the header has been read.</param>
    /// <param name="header">Its header.</param>
    /// <returns>Whether there was a log to replay.</returns>
    /// <exception cref="DiskFormatException">There is a log, and it can't be replayed.</exception>
    public static bool Apply(DiskFile file, Header header)
    {
        if (header.LogGuid == Guid.Empty)
        {
            return false;
        }

        if (header.LogVersion != 0)
        {
            throw new DiskFormatException(file.Path, null, $"The VHDX was not closed cleanly, and the version {header.LogVersion} of its log is not known.", Rule);
        }

        if (header.LogLength is 0 or > LargestLog
            || header.LogLength % Mebibyte != 0
            || header.LogOffset < Mebibyte
            || header.LogOffset % Mebibyte != 0
            || header.LogOffset > (ulong)file.Length
            || header.LogLength > file.Length - (long)header.LogOffset)
        {
            throw new DiskFormatException(
                file.Path,
                null,
                $"The VHDX was not closed cleanly, and its log of {header.LogLength} bytes at byte {header.LogOffset} does not lie within the file's {file.Length} bytes, or is longer than {LargestLog}: the file is cut off or damaged.",
                Rule);
        }

        new LogReplay(file, header).Apply();
        return true;
    }

    private void Apply()
    {
        List<LogEntry> sequence = FindActiveSequence();
        if (sequence.Count == 0)
        {
            throw new DiskFormatException(
                _file.Path,
                _offset,
                "The VHDX was not closed cleanly, and its log has no valid sequence of entries: the image is damaged. On a copy, try: qemu-img check -r all -f vhdx FILE",
                Rule);
        }

        LogEntry head = sequence[sequence.Count - 1];
        if (_file.Length < head.FlushedFileOffset)
        {
            throw new DiskFormatException(
                _file.Path, _file.Length, $"The VHDX was not closed cleanly, and had {head.FlushedFileOffset} bytes then; now it has {_file.Length}: it is cut off.", Rule);
        }

        if (sequence.Sum(entry => (long)entry.DescriptorCount) > LargestChangeCount)
        {
            throw new DiskFormatException(
                _file.Path,
                _offset,
                $"The VHDX was not closed cleanly, and its log holds more than {LargestChangeCount} changes, which is too much to hold them in memory. Mount and dismount it once (Mount-VHD, Dismount-VHD), or run on a copy: qemu-img check -r all -f vhdx FILE",
                Rule);
        }

        LogOverlay overlay = new(_file);
        foreach (LogEntry entry in sequence)
        {
            // Only what was checked is replayed, whoever writes into the file meanwhile.
            ReadOnlySpan<byte> bytes = GetBytes(entry.Start, entry.Length);
            if (LogEntry.TryParse(bytes, entry.Start, _length) != entry)
            {
                throw new DiskFormatException(_file.Path, _offset + entry.Start, "The log of the VHDX changed while it was read.", Rule);
            }

            entry.Replay(bytes, overlay, offset => _offset + ((entry.Start + (long)offset) % _length));
        }

        overlay.Extend(head.LastFileOffset);
        _file.Overlay(overlay);
    }

    /// <summary>Finds the newest sequence that is whole, by the steps of [MS-VHDX] 2.3.3; empty where there is none.</summary>
    private List<LogEntry> FindActiveSequence()
    {
        List<LogEntry> active = [];
        int tail = 0;
        while (true)
        {
            List<LogEntry> current = ReadSequence(tail, out int head);
            int first = current.Count == 0 ? -1 : current.FindIndex(entry => entry.Start == current[current.Count - 1].Tail);
            if (first >= 0 && (active.Count == 0 || current[current.Count - 1].SequenceNumber > active[active.Count - 1].SequenceNumber))
            {
                active = current.GetRange(first, current.Count - first);
            }

            int next = first < 0 ? (tail + LogEntry.SectorSize) % _length : head;
            if (next <= tail)
            {
                return active;
            }

            tail = next;
        }
    }

    /// <summary>Reads the entries that follow one another from a place on.</summary>
    private List<LogEntry> ReadSequence(int start, out int head)
    {
        List<LogEntry> sequence = [];
        head = start;
        while (ReadEntry(head) is { } entry && (sequence.Count == 0 || entry.SequenceNumber == sequence[sequence.Count - 1].SequenceNumber + 1))
        {
            sequence.Add(entry);
            head = (int)((head + (long)entry.Length) % _length);
        }

        return sequence;
    }

    private LogEntry? ReadEntry(int start)
    {
        if (_entries.TryGetValue(start, out LogEntry? entry))
        {
            return entry;
        }

        int length = LogEntry.ReadLength(GetBytes(start, LogEntry.SectorSize), _length, _logGuid);
        if (length > 0)
        {
            _bytesToCheck -= length;
            if (_bytesToCheck < 0)
            {
                throw new DiskFormatException(_file.Path, _offset + start, "The VHDX was not closed cleanly, and the entries of its log overlap one another: the image is damaged.", Rule);
            }

            entry = LogEntry.TryParse(GetBytes(start, length), start, _length);
        }

        _entries.Add(start, entry);
        return entry;
    }

    /// <summary>Bytes of the log, which goes on at its beginning when it ends: until the next are asked for.</summary>
    private ReadOnlySpan<byte> GetBytes(int start, int length)
    {
        if (_bytes.Length < length)
        {
            // Once, whatever lengths follow.
            _bytes = new byte[_length];
        }

        int untilEnd = Math.Min(length, _length - start);
        _file.ReadStored(_offset + start, _bytes.AsSpan(0, untilEnd));
        _file.ReadStored(_offset, _bytes.AsSpan(untilEnd, length - untilEnd));
        return _bytes.AsSpan(0, length);
    }
}

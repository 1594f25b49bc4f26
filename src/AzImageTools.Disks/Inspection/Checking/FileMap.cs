using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Inspection.Checking;

/// <summary>What lies where in an image file: finds what overlaps, and what nothing lies in.</summary>
/// <param name="log">Makes what is found.</param>
/// <param name="nameOfBlock">What to call a block of a number.</param>
/// <param name="blocks">What to call the blocks together.</param>
/// <param name="block">What to call one.</param>
internal sealed class FileMap(CheckLog log, Func<long, string> nameOfBlock, string blocks = "Data blocks", string block = "block")
{
    /// <summary>The most ranges that are compared: 96 MiB of them.</summary>
    private const int LargestCount = 4 * 1024 * 1024;

    private readonly List<Range> _ranges = [];
    private readonly List<string> _names = [];
    private bool _isFull;

    /// <summary>How many blocks tables placed in the file.</summary>
    public long BlockCount { get; private set; }

    /// <summary>Adds a structure that there is one of.</summary>
    public void Add(string name, long offset, long length)
    {
        _names.Add(name);
        Add(new Range(offset, offset + length, -_names.Count));
    }

    /// <summary>Adds a block.</summary>
    public void Add(long block, long offset, long length) => Add(new Range(offset, offset + length, block));

    /// <summary>Adds the blocks that a table places in the file, and tells of those that can't be where it places them.</summary>
    /// <param name="rule">The rule that is broken.</param>
    /// <param name="table">The table's name.</param>
    /// <param name="count">How many entries it has.</param>
    /// <param name="locate">Finds what an entry is of.</param>
    /// <param name="positionOf">Where an entry is in the file.</param>
    public IEnumerable<DiskInconsistency> AddBlocks(string rule, string table, long count, BlockLocator locate, Func<long, long> positionOf)
    {
        for (long index = 0; index < count; index++)
        {
            if (locate(index, out DiskExtent place) is { } problem)
            {
                yield return log.Error(table, positionOf(index), problem, rule);
            }
            else if (place.Length > 0)
            {
                Add(index, place.Offset, place.Length);
                BlockCount++;
            }
        }
    }

    /// <summary>Finds blocks that overlap, and room in the file that none uses.</summary>
    /// <param name="rule">The rule that is broken.</param>
    /// <param name="structure">The structure that tells where the others are.</param>
    /// <param name="table">The table of the blocks.</param>
    /// <param name="positionOf">Where a block's entry is in the file; null to give the place where an overlap begins instead.</param>
    /// <param name="fileLength">The file's length in bytes.</param>
    /// <param name="leastGap">The fewest bytes that a block has.</param>
    /// <param name="alignment">What blocks begin on.</param>
    public IEnumerable<DiskInconsistency> Check(
        string rule, string structure, string table, Func<long, long>? positionOf, long fileLength, long leastGap, long alignment)
    {
        if (_isFull)
        {
            yield return log.Note(blocks, null, $"The disk has more than {LargestCount} {block}s: whether they overlap was not checked.");
            yield break;
        }

        _ranges.Sort(static (one, other) => one.Start != other.Start ? one.Start.CompareTo(other.Start) : one.Block.CompareTo(other.Block));
        foreach ((string first, string second, long? overlapping, long offset) in FindOverlaps())
        {
            yield return log.Error(
                overlapping is null ? structure : table,
                overlapping is { } number && positionOf is not null ? positionOf(number) : offset,
                $"At byte {offset} {first} and {second} overlap: writing to one destroys the other.",
                rule);
        }

        foreach (DiskExtent gap in FindGaps(fileLength, leastGap, alignment))
        {
            yield return log.Leak(blocks, gap.Offset, $"No {block} uses the {gap.Length} bytes from byte {gap.Offset} on.", rule);
        }
    }

    /// <summary>Each range that begins before those before it end, with the one that it overlaps.</summary>
    /// <returns>The names of both, the block's number of the second or else of the first, and where the overlap begins.</returns>
    private IEnumerable<(string First, string Second, long? Block, long Offset)> FindOverlaps()
    {
        Range farthest = default;
        bool isFirst = true;
        foreach (Range range in _ranges)
        {
            if (!isFirst && range.Start < farthest.End)
            {
                yield return (NameOf(farthest), NameOf(range), range.Block >= 0 ? range.Block : farthest.Block >= 0 ? farthest.Block : null, range.Start);
            }

            if (isFirst || range.End > farthest.End)
            {
                farthest = range;
                isFirst = false;
            }
        }
    }

    /// <summary>The gaps between what lies in the file that are at least so long.</summary>
    /// <param name="fileLength">Where the last gap ends.</param>
    /// <param name="leastLength">The shortest gap that is told; shorter ones are padding.</param>
    /// <param name="alignment">What gaps begin on: what is before that is padding too.</param>
    private IEnumerable<DiskExtent> FindGaps(long fileLength, long leastLength, long alignment)
    {
        long position = 0;
        foreach (Range range in _ranges)
        {
            if (range.Start - position >= leastLength)
            {
                yield return new DiskExtent(position, range.Start - position);
            }

            position = Math.Max(position, (range.End + alignment - 1) / alignment * alignment);
        }

        if (fileLength - position >= leastLength)
        {
            yield return new DiskExtent(position, fileLength - position);
        }
    }

    private void Add(Range range)
    {
        _isFull |= _ranges.Count >= LargestCount;
        if (!_isFull)
        {
            _ranges.Add(range);
        }
    }

    private string NameOf(Range range) => range.Block < 0 ? _names[(int)(-range.Block - 1)] : nameOfBlock(range.Block);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Range(long Start, long End, long Block);
}

/// <summary>Finds what an entry of a table of blocks is of.</summary>
/// <param name="index">The entry's number.</param>
/// <param name="place">Where it is in the file; empty where it is not.</param>
/// <returns>Why it can't be where the table says; null where it can.</returns>
internal delegate string? BlockLocator(long index, out DiskExtent place);

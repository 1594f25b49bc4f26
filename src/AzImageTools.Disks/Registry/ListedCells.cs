namespace AzImageTools.Disks.Registry;

/// <summary>
/// The cells that one list of a hive leads to. Each is listed once, and as cells don't overlap, all of them together are no
/// longer than the hive: without that, a small hive could list one long name a million times.
/// </summary>
/// <param name="hive">The hive.</param>
/// <param name="list">Where the list lies in it, in bytes.</param>
/// <param name="what">What the cells are, in the singular.</param>
internal sealed class ListedCells(RegistryHive hive, long list, string what)
{
    // Most lists are short: the first cells are looked through.
    private const int Few = 8;

    private uint[]? _first;
    private int _count;
    private HashSet<uint>? _others;
    private long _length;

    /// <summary>Takes a cell of the list; refused where it came before.</summary>
    public void Add(uint cell)
    {
        _first ??= new uint[Few];
        if (Array.IndexOf(_first, cell, 0, _count) >= 0 || (_count >= Few && !(_others ??= []).Add(cell)))
        {
            throw hive.Damaged(list, $"A list names the {what} at {cell} twice.", "regf, Key node");
        }

        if (_count < Few)
        {
            _first[_count++] = cell;
        }
    }

    /// <summary>Counts what lies in the hive for a cell of the list: it, or its data; refused where there can't be as much.</summary>
    public void Count(long length)
    {
        _length += length;
        if (_length > hive.StoredLength)
        {
            throw hive.Damaged(list, $"The cells that a list leads to, for each {what}, would take more than the hive's {hive.StoredLength} bytes: they overlap.", "regf, Key node");
        }
    }
}

/// <summary>
/// The values of all the keys that one search of a hive goes through. As each is one key's own, they take no more than the hive
/// has: without that, a thousand keys could share one list of a million values.
/// </summary>
/// <param name="hive">The hive.</param>
internal sealed class SearchedValues(RegistryHive hive)
{
    private long _length;

    /// <summary>Counts what lies in the hive for a value, with its data; refused where there can't be as much.</summary>
    /// <exception cref="ReadLimitException">There can't be: with this the search has ended.</exception>
    public void Count(long length)
    {
        _length += length;
        if (_length > hive.StoredLength)
        {
            throw new ReadLimitException(
                hive.Name, "the values of keys", hive.StoredLength, $"The values of the keys gone through would take more than the hive's {hive.StoredLength} bytes: keys share them, which those of no sound hive do.");
        }
    }
}

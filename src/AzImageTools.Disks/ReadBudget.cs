using System.Globalization;
using System.Runtime.CompilerServices;

namespace AzImageTools.Disks;

/// <summary>
/// What the answers that are read from one disk may cost, and the token that stops them. Readers count here what they take
/// because a disk says so, and nobody else looks at the token. What is allowed grows with what the disk holds: a small one is
/// read in seconds, whatever it says of itself. Thread-safe.
/// </summary>
public sealed class ReadBudget
{
    private readonly object _gate = new();
    private readonly string _name;
    private readonly List<Func<long>> _holdings = [];
    private volatile ReadLimits _limits;
    private long _allocated;
    private long _visited;
    private long _worked;
    private long _bytesRead;

    /// <summary>Creates a budget with the limits of a disk that holds nothing yet: see <see cref="Holds"/>.</summary>
    /// <param name="name">The disk's path or name, for messages.</param>
    /// <param name="cancellation">Stops every read.</param>
    public ReadBudget(string name, CancellationToken cancellation = default)
        : this(name, ReadLimits.Least, cancellation)
    {
    }

    internal ReadBudget(string name, ReadLimits limits, CancellationToken cancellation)
    {
        _name = name ?? throw new ArgumentNullException(nameof(name));
        _limits = limits;
        Cancellation = cancellation;
    }

    /// <summary>Stops every read.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>Whether all of the disk is going to be read: <see cref="Containers.VirtualDiskOptions.ReadsAll"/>.</summary>
    internal bool ReadsAll { get; init; }

    /// <summary>How many bytes were read so far.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Tells of something that holds a part of the disk, such as a file of its image: the more there is, the more reading it may cost.</summary>
    /// <param name="countBytes">How many bytes are stored there, holes left out; asked for once at most, and only when the least limits are reached.</param>
    public void Holds(Func<long> countBytes)
    {
        lock (_gate)
        {
            _holdings.Add(countBytes ?? throw new ArgumentNullException(nameof(countBytes)));
        }
    }

    /// <summary>Counts a read. What reads from where the bytes are kept calls this, and so does what answers from memory, with 0.</summary>
    /// <param name="bytes">How many bytes.</param>
    /// <exception cref="OperationCanceledException">The answer is no longer wanted.</exception>
    public void Read(long bytes)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (bytes > 0)
        {
            Interlocked.Add(ref _bytesRead, bytes);
        }
    }

    /// <summary>Counts memory whose size comes from the disk, before it is taken.</summary>
    /// <param name="bytes">How many bytes.</param>
    /// <param name="structure">What they are for, such as "a registry value".</param>
    /// <param name="place">Which one: its number, or the byte that it begins at; null where there is one only.</param>
    /// <exception cref="ReadLimitException">It is more than any sound disk needs.</exception>
    /// <exception cref="OperationCanceledException">The answer is no longer wanted.</exception>
    [MethodImpl(HotCode.Optimized)]
    public void Allocate(long bytes, string structure, long? place = null)
    {
        if (bytes > _limits.Structure)
        {
            throw TooLarge(bytes, structure, place);
        }

        long allocated = Count(ref _allocated, bytes);
        if (allocated > _limits.Allocated)
        {
            Refuse(allocated, static limits => limits.Allocated, structure, place, "bytes of memory were taken");
        }
    }

    /// <summary>Counts structures that were met: a file's record, a node of a tree, a cell.</summary>
    /// <param name="structure">What each is, such as "a file record".</param>
    /// <param name="place">Which one, or the first of several: its number, or the byte that it begins at; null where there is one only.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ReadLimitException">It is more than any sound disk needs.</exception>
    /// <exception cref="OperationCanceledException">The answer is no longer wanted.</exception>
    [MethodImpl(HotCode.Optimized)]
    public void Visit(string structure, long? place = null, int count = 1)
    {
        long visited = Count(ref _visited, count);
        if (visited > _limits.Visited)
        {
            Refuse(visited, static limits => limits.Visited, structure, place, "structures were gone through");
        }
    }

    /// <summary>Counts work that the disk asks for: bytes of a bitmap searched, links of a chain followed, bytes decoded to find something.</summary>
    /// <param name="units">How much.</param>
    /// <param name="structure">What it is done on, such as "a chain of clusters".</param>
    /// <param name="place">Which one: its number, or the byte that it begins at; null where there is one only.</param>
    /// <exception cref="ReadLimitException">It is more than any sound disk needs.</exception>
    /// <exception cref="OperationCanceledException">The answer is no longer wanted.</exception>
    public void Work(long units, string structure, long? place = null)
    {
        long worked = Count(ref _worked, units);
        if (worked > _limits.Worked)
        {
            Refuse(worked, static limits => limits.Worked, structure, place, "steps were taken");
        }
    }

    private ReadLimitException TooLarge(long bytes, string structure, long? place)
        => new(_name, structure, _limits.Structure, $"{Describe(structure, place)} is said to take {bytes} bytes of memory, and {_limits.Structure} are the most that one structure may.");

    private static string Describe(string structure, long? place)
        => place is { } which ? string.Format(CultureInfo.InvariantCulture, "{0} ({1})", structure, which) : structure;

    private long Count(ref long total, long count)
    {
        Cancellation.ThrowIfCancellationRequested();
        return Interlocked.Add(ref total, count);
    }

    /// <summary>Refuses what is more than the limit still, once all that the disk holds is taken into account.</summary>
    private void Refuse(long total, Func<ReadLimits, long> limit, string structure, long? place, string what)
    {
        if (total > limit(Grow()))
        {
            throw new ReadLimitException(
                _name, structure, limit(_limits), $"More than {limit(_limits)} {what}, the last for {Describe(structure, place)}: no sound disk of its size needs as many. It is damaged, or made to keep its reader busy.");
        }
    }

    /// <summary>Takes into account what the disk holds.</summary>
    private ReadLimits Grow()
    {
        lock (_gate)
        {
            long held = _holdings.Sum(static count => count());
            _holdings.Clear();
            return _limits = _limits.Grow(held);
        }
    }
}

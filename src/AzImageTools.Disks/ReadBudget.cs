namespace AzImageTools.Disks;

/// <summary>
/// What the answers that are read from one disk may cost, and the token that stops them. Readers count here what they take
/// because a disk says so, and nobody else looks at the token. Thread-safe.
/// </summary>
public sealed class ReadBudget
{
    private readonly string _name;
    private readonly ReadLimits _limits;
    private long _allocated;
    private long _visited;
    private long _worked;
    private long _bytesRead;

    /// <summary>Creates a budget with the limits that hold for every disk.</summary>
    /// <param name="name">The disk's path or name, for messages.</param>
    /// <param name="cancellation">Stops every read.</param>
    public ReadBudget(string name, CancellationToken cancellation = default)
        : this(name, ReadLimits.OfDisk, cancellation)
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

    /// <summary>How many bytes were read so far.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

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
    /// <exception cref="ReadLimitException">It is more than any sound disk needs.</exception>
    /// <exception cref="OperationCanceledException">The answer is no longer wanted.</exception>
    public void Allocate(long bytes, string structure)
    {
        if (bytes > _limits.Structure)
        {
            throw new ReadLimitException(_name, structure, _limits.Structure, $"{structure} is said to take {bytes} bytes of memory, and {_limits.Structure} are the most that one structure may.");
        }

        Count(ref _allocated, bytes, _limits.Allocated, structure, "bytes of memory were taken");
    }

    /// <summary>Counts a structure that was met: a file's record, a node of a tree, a cell.</summary>
    /// <param name="structure">What it is, such as "a file record".</param>
    /// <exception cref="ReadLimitException">It is more than any sound disk needs.</exception>
    /// <exception cref="OperationCanceledException">The answer is no longer wanted.</exception>
    public void Visit(string structure) => Count(ref _visited, 1, _limits.Visited, structure, "structures were gone through");

    /// <summary>Counts work that the disk asks for: bytes of a bitmap searched, links of a chain followed, bytes decoded to find something.</summary>
    /// <param name="units">How much.</param>
    /// <param name="structure">What it is done on, such as "a chain of clusters".</param>
    /// <exception cref="ReadLimitException">It is more than any sound disk needs.</exception>
    /// <exception cref="OperationCanceledException">The answer is no longer wanted.</exception>
    public void Work(long units, string structure) => Count(ref _worked, units, _limits.Worked, structure, "steps were taken");

    private void Count(ref long total, long count, long limit, string structure, string what)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (Interlocked.Add(ref total, count) > limit)
        {
            throw new ReadLimitException(_name, structure, limit, $"More than {limit} {what}, the last for {structure}: no sound disk needs as many. It is damaged, or made to keep its reader busy.");
        }
    }
}

/// <summary>How much reading a disk may cost. No disk that holds what it should comes near.</summary>
/// <param name="Structure">The most bytes of memory for one structure.</param>
/// <param name="Allocated">The most bytes of memory for all structures, those given back included.</param>
/// <param name="Visited">The most structures.</param>
/// <param name="Worked">The most steps of other work.</param>
internal sealed record ReadLimits(long Structure, long Allocated, long Visited, long Worked)
{
    /// <summary>
    /// One structure: the largest are a registry value's data and the metadata of a volume group, a few MiB.
    /// All: a tree of four million folders takes 32 GiB by and by, of 8 KiB each.
    /// Structures: the same tree with fifty million files has a tenth of them.
    /// Work: the bitmap of 64 TiB in clusters of 512 bytes has 16 GiB.
    /// What reaches one of them has kept a processor busy for a minute or more.
    /// </summary>
    public static ReadLimits OfDisk { get; } = new(256L << 20, 256L << 30, 1L << 30, 1L << 40);
}

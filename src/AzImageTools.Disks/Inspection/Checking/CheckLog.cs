namespace AzImageTools.Disks.Inspection.Checking;

/// <summary>Makes the inconsistencies of one image.</summary>
internal sealed class CheckLog(string path)
{
    public DiskInconsistency Error(string structure, long? offset, string problem, string? rule = null)
        => Create(InconsistencySeverity.Error, structure, offset, problem, rule);

    public DiskInconsistency Leak(string structure, long? offset, string problem, string? rule = null)
        => Create(InconsistencySeverity.Leak, structure, offset, problem, rule);

    public DiskInconsistency Note(string structure, long? offset, string problem, string? rule = null)
        => Create(InconsistencySeverity.Note, structure, offset, problem, rule);

    public DiskInconsistency From(DiskFormatException exception, string structure)
        => Error(structure, exception.Offset, exception.Problem ?? exception.Message, exception.Rule);

    /// <summary>Parses a structure; null where that is refused, with what is wrong.</summary>
    public T? Try<T>(string structure, Func<T?> parse, out DiskInconsistency? inconsistency)
        where T : class
    {
        try
        {
            inconsistency = null;
            return parse();
        }
        catch (DiskFormatException exception)
        {
            inconsistency = From(exception, structure);
            return null;
        }
    }

    private DiskInconsistency Create(InconsistencySeverity severity, string structure, long? offset, string problem, string? rule) => new()
    {
        Path = path,
        Structure = structure,
        Offset = offset,
        Severity = severity,
        Problem = problem,
        Rule = rule,
    };
}

/// <summary>Counts problems of one kind in one table, so that a table full of them is told of once.</summary>
internal sealed class ProblemTally
{
    /// <summary>How many there were.</summary>
    public long Count { get; private set; }

    /// <summary>Where in the file the first one was met.</summary>
    public long First { get; private set; }

    public void Add(long place)
    {
        if (Count++ == 0)
        {
            First = place;
        }
    }

    /// <summary>The number with the noun that goes with it.</summary>
    public string Describe(string one, string many) => Count == 1 ? $"1 {one}" : $"{Count} {many}";
}

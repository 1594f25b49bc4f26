namespace AzImageTools.Disks.Inspection.Checking;

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

namespace AzImageTools.Fuzz;

/// <summary>SplitMix64: the same numbers for the same seed on every platform and runtime, without allocating.</summary>
internal sealed class FuzzRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The numbers of one execution: they depend on the run's seed and the execution's number alone.</summary>
    public static FuzzRandom ForExecution(long seed, string target, long execution)
    {
        ulong state = (ulong)seed;
        foreach (char c in target)
        {
            state = (state ^ c) * 0x100000001B3;
        }

        FuzzRandom mixed = new(state);
        return new FuzzRandom(mixed.Next() ^ (ulong)execution);
    }

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 up to, not including, the limit, which is at least 1.</summary>
    public long Below(long limit) => (long)(Next() % (ulong)limit);

    public int Below(int limit) => (int)Below((long)limit);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];
}

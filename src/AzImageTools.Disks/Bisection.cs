namespace AzImageTools.Disks;

/// <summary>Searches what is in order by halving it again and again.</summary>
internal static class Bisection
{
    /// <summary>The first index that a condition holds for, as it does for all behind it; the count where it holds for none.</summary>
    /// <param name="count">How many indexes there are, from 0 on.</param>
    /// <param name="holds">Whether the condition holds for an index.</param>
    public static long FindFirst(long count, Func<long, bool> holds)
    {
        long low = 0;
        long high = count;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            (low, high) = holds(middle) ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    /// <summary>The first of a list that a condition holds for, as an index; their count where it holds for none.</summary>
    /// <param name="items">What is in order: the condition holds for all behind the first one too.</param>
    /// <param name="holds">Whether the condition holds for one.</param>
    public static int FindFirst<T>(IReadOnlyList<T> items, Func<T, bool> holds)
        => (int)FindFirst(items.Count, index => holds(items[(int)index]));
}

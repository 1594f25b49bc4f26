namespace AzImageTools.Benchmarks;

/// <summary>What of several runs is told.</summary>
internal static class Medians
{
    /// <summary>The middle one; of an even number, the larger of the two.</summary>
    public static double Median(this IEnumerable<double> figures)
    {
        double[] ordered = [.. figures.Order()];
        return ordered[ordered.Length / 2];
    }

    /// <summary>The median of what is selected of each.</summary>
    public static double Median<T>(this IEnumerable<T> runs, Func<T, double> select) => runs.Select(select).Median();
}

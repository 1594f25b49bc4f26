namespace AzImageTools.Benchmarks;

/// <summary>Something that grows, and what is done with what has grown.</summary>
/// <param name="Name">The table's column, with its unit.</param>
/// <param name="Nothing">Next to none of it: what work takes there, it takes whatever there is of it.</param>
/// <param name="Sizes">How much there is of it, in ascending order.</param>
/// <param name="Make">Makes what there is so much of, and returns its path.</param>
/// <param name="Works">What is done with it, by name.</param>
internal sealed record GrowthAxis(string Name, double Nothing, double[] Sizes, Func<double, string> Make, (string Name, Func<string, Measurement> Take)[] Works)
{
    /// <summary>Differences below this many seconds of processor time are as large as those between two runs.</summary>
    private const double LeastToTell = 0.02;

    /// <summary>With fewer points nothing is told of a line.</summary>
    private const int FewestPoints = 3;

    /// <summary>
    /// The power of the size that processor time grows with, above what is taken whatever the size: the slope of its logarithm by that of the size, by least squares.
    /// Null where too few sizes take more than two runs differ.
    /// </summary>
    /// <param name="cpu">Seconds of processor time for each of <see cref="Sizes"/>.</param>
    /// <param name="fixedCpu">Seconds of it for <see cref="Nothing"/>.</param>
    public double? FindExponent(double[] cpu, double fixedCpu)
    {
        (double X, double Y)[] points = [.. Sizes.Zip(cpu)
            .Where(pair => pair.Second - fixedCpu >= LeastToTell)
            .Select(pair => (Math.Log(pair.First), Math.Log(pair.Second - fixedCpu)))];
        if (points.Length < FewestPoints)
        {
            return null;
        }

        (double x, double y) = (points.Average(static point => point.X), points.Average(static point => point.Y));
        return points.Sum(point => (point.X - x) * (point.Y - y)) / points.Sum(point => (point.X - x) * (point.X - x));
    }
}

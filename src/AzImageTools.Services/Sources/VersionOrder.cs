using System.Globalization;

namespace AzImageTools.Services.Sources;

/// <summary>Orders image versions by their numbers, part by part: <c>20348.10.1</c> comes after <c>20348.9.1</c>.</summary>
internal sealed class VersionOrder : IComparer<string>
{
    /// <summary>The order.</summary>
    public static VersionOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        string[] left = x?.Split('.') ?? [];
        string[] right = y?.Split('.') ?? [];
        for (int index = 0; index < Math.Min(left.Length, right.Length); index++)
        {
            bool bothNumbers = ulong.TryParse(left[index], NumberStyles.None, CultureInfo.InvariantCulture, out ulong leftNumber)
                & ulong.TryParse(right[index], NumberStyles.None, CultureInfo.InvariantCulture, out ulong rightNumber);
            int order = bothNumbers ? leftNumber.CompareTo(rightNumber) : string.CompareOrdinal(left[index], right[index]);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length.CompareTo(right.Length);
    }
}

/// <summary>Chooses among an image's versions.</summary>
internal static class LatestVersions
{
    /// <summary>All versions, newest first, or just the latest.</summary>
    /// <typeparam name="T">The version.</typeparam>
    /// <param name="versions">The versions that match the filter.</param>
    /// <param name="numberOf">A version's number.</param>
    /// <param name="isExcluded">Whether its owner keeps it from being the latest.</param>
    /// <param name="filter">Whether all are wanted. A version named exactly is taken though it is excluded.</param>
    public static IEnumerable<T> Of<T>(IEnumerable<T> versions, Func<T, string> numberOf, Func<T, bool> isExcluded, ImageSourceFilter filter)
    {
        IEnumerable<T> ordered = versions.OrderByDescending(numberOf, VersionOrder.Instance);
        return filter.AllVersions || ImageSourceFilter.PatternOf(filter.NamedVersion).IsLiteral
            ? ordered
            : ordered.Where(version => !isExcluded(version)).Take(1);
    }
}

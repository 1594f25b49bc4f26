namespace AzImageTools.Services.Sources;

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
        return filter.AllVersions || ImageSourceFilter.PatternOf(filter.Version).IsLiteral
            ? ordered
            : ordered.Where(version => !isExcluded(version)).Take(1);
    }
}

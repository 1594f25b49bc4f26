using System.Globalization;

namespace AzImageTools.Disks.Volumes;

/// <summary>Names the features in a superblock's bits, for messages.</summary>
internal static class FeatureNames
{
    /// <summary>The bits' names, or the bits themselves where they have none.</summary>
    /// <param name="features">The bits.</param>
    /// <param name="nameOf">A bit's name; null where it has none.</param>
    public static string Describe(uint features, Func<uint, string?> nameOf)
        => string.Join(", ", Enumerable.Range(0, 32)
            .Select(bit => features & (1u << bit))
            .Where(static feature => feature != 0)
            .Select(feature => nameOf(feature) ?? "0x" + feature.ToString("X", CultureInfo.InvariantCulture)));
}

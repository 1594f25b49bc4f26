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

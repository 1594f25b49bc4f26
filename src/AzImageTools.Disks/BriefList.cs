using System.Globalization;

namespace AzImageTools.Disks;

/// <summary>Lists for messages: a disk can have thousands of what a sentence names.</summary>
internal static class BriefList
{
    private const int MostItems = 32;

    /// <summary>The first items, and how many more there are.</summary>
    /// <param name="items">All items.</param>
    /// <param name="separator">What stands between two.</param>
    public static string Of(IEnumerable<string> items, string separator)
    {
        List<string> shown = [];
        int more = 0;
        foreach (string item in items)
        {
            if (shown.Count < MostItems)
            {
                shown.Add(item);
            }
            else
            {
                more++;
            }
        }

        return string.Join(separator, shown) + (more == 0 ? string.Empty : $"{separator}and {more.ToString("N0", CultureInfo.InvariantCulture)} more");
    }
}

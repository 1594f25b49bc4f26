namespace AzImageTools.Disks.Repair;

/// <summary>The lines by which two texts differ: between the first and the last of them; those alone that differ where both have as many.</summary>
internal static class ChangedLines
{
    public static (IReadOnlyList<string> Before, IReadOnlyList<string> After) Find(string before, string after)
    {
        List<string> one = Split(before);
        List<string> other = Split(after);
        int shared = Math.Min(one.Count, other.Count);
        int start = 0;
        while (start < shared && one[start] == other[start])
        {
            start++;
        }

        int end = 0;
        while (end < shared - start && one[one.Count - 1 - end] == other[other.Count - 1 - end])
        {
            end++;
        }

        one = one.GetRange(start, one.Count - start - end);
        other = other.GetRange(start, other.Count - start - end);
        if (one.Count != other.Count)
        {
            return (one, other);
        }

        bool[] differs = [.. one.Zip(other, static (line, changed) => line != changed)];
        return ([.. one.Where((_, index) => differs[index])], [.. other.Where((_, index) => differs[index])]);
    }

    private static List<string> Split(string text)
    {
        List<string> lines = [.. text.Split('\n')];
        if (lines[lines.Count - 1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines;
    }
}

namespace AzImageTools.Disks.Inspection;

/// <summary>Orders versions of kernels as people read them: runs of digits by their number, everything else by its letters.</summary>
internal sealed class KernelVersionComparer : IComparer<string>
{
    private KernelVersionComparer()
    {
    }

    public static KernelVersionComparer Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        string left = x ?? string.Empty;
        string right = y ?? string.Empty;
        int i = 0;
        int j = 0;
        while (i < left.Length && j < right.Length)
        {
            string leftDigits = DigitsAt(left, i);
            string rightDigits = DigitsAt(right, j);
            bool areNumbers = leftDigits.Length > 0 && rightDigits.Length > 0;
            int order = areNumbers ? CompareNumbers(leftDigits, rightDigits) : left[i].CompareTo(right[j]);
            if (order != 0)
            {
                return order;
            }

            i += areNumbers ? leftDigits.Length : 1;
            j += areNumbers ? rightDigits.Length : 1;
        }

        return (left.Length - i).CompareTo(right.Length - j);
    }

    private static string DigitsAt(string text, int start)
    {
        int end = start;
        while (end < text.Length && text[end] is >= '0' and <= '9')
        {
            end++;
        }

        return text.Substring(start, end - start);
    }

    private static int CompareNumbers(string left, string right)
    {
        string x = left.TrimStart('0');
        string y = right.TrimStart('0');
        return x.Length != y.Length ? x.Length.CompareTo(y.Length) : string.CompareOrdinal(x, y);
    }
}

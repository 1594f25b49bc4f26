using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>A byte as it is, or (distance above 0) a match of LZ77.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LzToken(byte Literal, int Distance, int Length)
{
    private const int MinimumMatch = 3;

    /// <summary>Splits content, taking the nearest longest match of the last places where the same three bytes stood.</summary>
    public static List<LzToken> Find(ReadOnlySpan<byte> content, int maximumDistance, int maximumLength)
        => Find(content, _ => maximumDistance, _ => maximumLength);

    /// <summary>The same, where the limits depend on the place.</summary>
    public static List<LzToken> Find(ReadOnlySpan<byte> content, Func<int, int> maximumDistance, Func<int, int> maximumLength)
    {
        List<LzToken> tokens = [];
        Dictionary<int, int> last = [];
        int position = 0;
        while (position < content.Length)
        {
            int length = 1;
            int distance = 0;
            if (position + MinimumMatch <= content.Length && last.TryGetValue(Key(content, position), out int earlier) && position - earlier <= maximumDistance(position))
            {
                distance = position - earlier;
                int most = Math.Min(maximumLength(position), content.Length - position);
                length = 0;
                while (length < most && content[earlier + length] == content[position + length])
                {
                    length++;
                }
            }

            tokens.Add(new LzToken(content[position], distance, length));
            for (int end = position + length; position < end; position++)
            {
                if (position + MinimumMatch <= content.Length)
                {
                    last[Key(content, position)] = position;
                }
            }
        }

        return tokens;
    }

    private static int Key(ReadOnlySpan<byte> content, int position) => content[position] | (content[position + 1] << 8) | (content[position + 2] << 16);
}

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>Makes canonical Huffman codes.</summary>
internal static class HuffmanLengths
{
    /// <summary>The lengths of the codes of symbols that occur so and so often; at least two must occur.</summary>
    public static byte[] Make(long[] counts, int maximumLength)
    {
        while (true)
        {
            PriorityQueue<int[], long> trees = new();
            foreach (int symbol in Enumerable.Range(0, counts.Length).Where(symbol => counts[symbol] > 0))
            {
                trees.Enqueue([symbol], counts[symbol]);
            }

            byte[] lengths = new byte[counts.Length];
            while (trees.Count > 1)
            {
                _ = trees.TryDequeue(out int[]? left, out long leftCount);
                _ = trees.TryDequeue(out int[]? right, out long rightCount);
                int[] both = [.. left!, .. right!];
                foreach (int symbol in both)
                {
                    lengths[symbol]++;
                }

                trees.Enqueue(both, leftCount + rightCount);
            }

            if (lengths.Max() <= maximumLength)
            {
                return lengths;
            }

            // Flatter counts give a flatter tree.
            counts = [.. counts.Select(static count => (count + 1) / 2)];
        }
    }

    public static int[] Codes(byte[] lengths, int maximumLength)
    {
        int[] codes = new int[lengths.Length];
        int code = 0;
        for (int length = 1; length <= maximumLength; length++)
        {
            code <<= 1;
            for (int symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] == length)
                {
                    codes[symbol] = code++;
                }
            }
        }

        return codes;
    }
}

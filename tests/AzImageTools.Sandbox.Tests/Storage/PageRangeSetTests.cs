using AzImageTools.Sandbox.Storage;
using CsCheck;

namespace AzImageTools.Sandbox.Tests.Storage;

public sealed class PageRangeSetTests
{
    [Fact]
    public void Additions_and_removals_agree_with_a_plain_array()
    {
        const int Size = 64;
        var change = Gen.Select(Gen.Bool, Gen.Int[0, Size - 1], Gen.Int[1, Size]);
        change.Array[1, 40].Sample(changes =>
        {
            var plain = new bool[Size];
            var set = new PageRangeSet();
            foreach (var (isAddition, start, length) in changes)
            {
                var range = new PageRange(start, Math.Min(Size, start + length));
                if (isAddition)
                {
                    set.Add(range);
                }
                else
                {
                    set.Remove(range);
                }

                plain.AsSpan((int)range.Start, (int)range.Length).Fill(isAddition);
            }

            Assert.Equal(Expected(plain, 0, Size), set.Within(new PageRange(0, Size)));
            Assert.Equal(Expected(plain, 10, 30), set.Within(new PageRange(10, 30)));
        });
    }

    private static List<PageRange> Expected(bool[] plain, int from, int to)
    {
        var ranges = new List<PageRange>();
        for (var index = from; index < to; index++)
        {
            if (!plain[index])
            {
                continue;
            }

            var start = index;
            while (index < to && plain[index])
            {
                index++;
            }

            ranges.Add(new PageRange(start, index));
        }

        return ranges;
    }
}

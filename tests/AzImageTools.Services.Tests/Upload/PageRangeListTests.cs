using AzImageTools.Disks;
using AzImageTools.Services.Upload.Transfer;
using CsCheck;

namespace AzImageTools.Services.Tests.Upload;

public sealed class PageRangeListTests
{
    private static readonly Gen<bool[]> Pages = Gen.Bool.Array[64];

    [Fact]
    public void The_difference_of_two_lists_is_that_of_their_pages()
        => Gen.Select(Pages, Pages).Sample((a, b) =>
        {
            bool[] difference = ToPages(ToList(a).Except(ToList(b)));
            return difference.SequenceEqual(a.Zip(b, (x, y) => x && !y));
        });

    [Fact]
    public void Adjacent_ranges_become_one()
        => Pages.Sample(pages =>
        {
            IReadOnlyList<DiskExtent> ranges = ToList(pages).Ranges;
            Assert.Equal(pages, ToPages(ranges));
            Assert.All(ranges.Zip(ranges.Skip(1)), pair => Assert.True(pair.First.End < pair.Second.Offset));
        });

    [Fact]
    public void Ranges_out_of_order_are_a_mistake()
    {
        PageRangeList list = new();
        list.Add(new DiskExtent(1024, 512));

        Assert.Throws<ArgumentException>(() => list.Add(new DiskExtent(512, 1024)));
    }

    private static PageRangeList ToList(bool[] pages)
    {
        PageRangeList list = new();
        for (int i = 0; i < pages.Length; i++)
        {
            if (pages[i])
            {
                list.Add(new DiskExtent(i * 512, 512));
            }
        }

        return list;
    }

    private static bool[] ToPages(IEnumerable<DiskExtent> ranges)
    {
        bool[] pages = new bool[64];
        foreach (DiskExtent range in ranges)
        {
            Array.Fill(pages, value: true, (int)range.Offset / 512, (int)range.Length / 512);
        }

        return pages;
    }
}

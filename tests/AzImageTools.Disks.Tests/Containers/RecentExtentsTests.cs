using AzImageTools.Disks.Containers;

namespace AzImageTools.Disks.Tests.Containers;

public sealed class RecentExtentsTests
{
    private readonly RecentExtents _recent = new();

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    [InlineData(149, true)]
    [InlineData(150, false)]
    public void A_position_is_found_in_the_extent_that_it_lies_in(long position, bool isFound)
    {
        _recent.Add(new DiskExtent(100, 50));
        _recent.Add(new DiskExtent(1000, 1));
        Assert.Equal(isFound ? new DiskExtent(100, 50) : default, _recent.Find(position));
    }

    [Fact]
    public void The_extents_of_longest_ago_are_forgotten()
    {
        _recent.Add(new DiskExtent(0, 1));
        for (int i = 1; i < 1000; i++)
        {
            _recent.Add(new DiskExtent(i * 10, 1));
            Assert.Equal(new DiskExtent(i * 10, 1), _recent.Find(i * 10));
        }

        Assert.Equal(default, _recent.Find(0));
        Assert.Equal(new DiskExtent(9950, 1), _recent.Find(9950));
    }
}

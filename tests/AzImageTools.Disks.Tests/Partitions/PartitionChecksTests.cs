using AzImageTools.Disks.Partitions;
using CsCheck;

namespace AzImageTools.Disks.Tests.Partitions;

public sealed class PartitionChecksTests
{
    [Fact]
    public void Those_that_overlap_another_are_found_each_with_one_of_them()
        => Gen.Select(Gen.Long[0, 60], Gen.Long[1, 12]).List[0, 12].Sample(places =>
        {
            Partition[] partitions = [.. places.Select(static (place, index) => new Partition { Number = index + 1, Offset = place.Item1, Length = place.Item2 })];

            IReadOnlyDictionary<int, Partition> found = PartitionChecks.FindOverlaps(partitions);

            foreach (Partition one in partitions)
            {
                bool overlaps = partitions.Any(other => other.Number != one.Number && PartitionChecks.Overlap(one, other));
                Assert.Equal(overlaps, found.ContainsKey(one.Number));
                Assert.True(!overlaps || (found[one.Number].Number != one.Number && PartitionChecks.Overlap(found[one.Number], one)));
            }
        });
}

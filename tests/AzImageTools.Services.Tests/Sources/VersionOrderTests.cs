using AzImageTools.Services.Sources;
using CsCheck;

namespace AzImageTools.Services.Tests.Sources;

public sealed class VersionOrderTests
{
    [Fact]
    public void Versions_are_ordered_by_number_and_not_by_text()
    {
        string[] versions = ["20348.9.1", "20348.10.1", "20348.10", "17763.999999.5", "20348.100000000000.1"];
        Assert.Equal(
            ["17763.999999.5", "20348.9.1", "20348.10", "20348.10.1", "20348.100000000000.1"],
            versions.Order(VersionOrder.Instance));
    }

    [Fact]
    public void The_order_is_that_of_the_numbers()
        => Gen.Select(Gen.UInt, Gen.UInt, Gen.UInt, Gen.UInt).Sample((a, b, c, d) =>
            Math.Sign(VersionOrder.Instance.Compare($"{a}.{b}", $"{c}.{d}")) == Math.Sign((a, b).CompareTo((c, d))));
}

using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Items;

namespace AzImageTools.Disks.Tests;

public sealed class ErrorDetailsTests
{
    [Fact]
    public void Every_problem_of_a_conversion_and_of_an_item_has_a_kind_and_is_its_id()
    {
        Assert.All(Enum.GetValues<VhdConversionProblem>(), static problem => AssertTold(new VhdConversionException(problem, "made.vhd", "It failed."), problem.ToString(), "made.vhd"));
        Assert.All(Enum.GetValues<DiskItemProblem>(), static problem => AssertTold(new DiskItemException(problem, "item", "It failed."), problem.ToString(), "item"));
    }

    private static void AssertTold(DiskException error, string id, string target)
    {
        Assert.Equal((id, target, "It failed."), (error.ErrorId, error.Target, error.Message));
        Assert.NotEqual(ErrorKind.Unspecified, error.Kind);
    }
}

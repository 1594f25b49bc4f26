using AzImageTools.Fuzz.Targets;

namespace AzImageTools.Fuzz.Tests;

/// <summary>A short run with a fixed seed; longer ones by hand: dotnet run -c Release --project tests/Fuzz.</summary>
public class ReaderTests
{
    private const long Seed = 20260101;

    // A slow machine must not fail the run; a reader that hangs still does.
    private static readonly FuzzLimits Limits = FuzzLimits.Default with { Time = TimeSpan.FromMinutes(2) };

    [Theory]
    [InlineData("containers", 3000)]
    [InlineData("partitions", 4000)]
    [InlineData("logical", 600)]
    [InlineData("volumes", 2000)]
    [InlineData("registry", 3000)]
    [InlineData("inspection", 200)]
    [InlineData("guests", 60)]
    public void A_damaged_image_is_answered_with_what_can_be_read_or_a_DiskFormatException(string name, int executions)
    {
        IReadOnlyList<FuzzTarget> targets = FuzzTargets.CreateAll();
        using FuzzTarget target = targets.Single(target => target.Name == name);
        FuzzRunner runner = new(target, Seed, Limits, findingsFolder: null);
        runner.Run(0, executions);

        Assert.Empty(runner.Report.Findings);
        Assert.Equal(executions, runner.Report.Executions);

        // Damage that no reader gets past would test nothing behind the first check.
        Assert.InRange(runner.Report.Opened, executions / 4, executions);
    }
}

using AzImageTools.Fuzz.Targets;

namespace AzImageTools.Fuzz.Tests;

/// <summary>A short run with a fixed seed; longer ones by hand: dotnet run -c Release --project tests/Fuzz.</summary>
public class ReaderTests
{
    private const long Seed = 20260101;

    // A slow machine must not fail the run; a reader that hangs still does.
    private static readonly FuzzLimits Limits = FuzzLimits.Default with { Time = TimeSpan.FromMinutes(2), Processor = TimeSpan.FromSeconds(20) };

    [Theory]
    [InlineData("containers", 3000)]
    [InlineData("partitions", 4000)]
    [InlineData("logical", 600)]
    [InlineData("volumes", 2000)]
    [InlineData("writers", 800)]
    [InlineData("registry", 3000)]
    [InlineData("hive-edits", 2000)]
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

    /// <summary>Every target whose inputs are made from scratch. All their inputs can be opened where nothing in them is a lie.</summary>
    [Theory]
    [InlineData("made-hives", 400)]
    [InlineData("made-ext", 1000)]
    [InlineData("made-fat", 1000)]
    [InlineData("made-ntfs", 1000)]
    [InlineData("made-xfs", 1000)]
    [InlineData("made-ext-writes", 500)]
    [InlineData("made-fat-writes", 500)]
    [InlineData("made-ntfs-writes", 500)]
    [InlineData("made-xfs-writes", 500)]
    [InlineData("made-partitions", 500)]
    [InlineData("made-qcow2", 1000)]
    [InlineData("made-vhd", 1000)]
    [InlineData("made-vhdx", 500)]
    [InlineData("made-vmdk", 1000)]
    [InlineData("made-lvm", 500)]
    [InlineData("made-cpio", 500)]
    [InlineData("made-journals", 1000)]
    [InlineData("made-pagelists", 500)]
    [InlineData("made-guests", 150)]
    [InlineData("made-evidence", 100)]
    public void An_input_made_to_harm_is_answered_within_the_limits_and_stops_when_it_is_no_longer_wanted(string name, int executions)
        => A_damaged_image_is_answered_with_what_can_be_read_or_a_DiskFormatException(name, executions);

    [Fact]
    public void Every_grammar_is_run_here()
    {
        string[] here = [.. typeof(ReaderTests).GetMethod(nameof(An_input_made_to_harm_is_answered_within_the_limits_and_stops_when_it_is_no_longer_wanted))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false)
            .Select(static row => (string)((InlineDataAttribute)row).Data[0]!)];
        Assert.Equal(GrammarTargets.CreateAll().Select(static target => target.Name).Order(StringComparer.Ordinal), here.Order(StringComparer.Ordinal));
    }
}

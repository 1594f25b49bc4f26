using AzImageTools.Services.Images;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>A version that a killed run began of a machine that goes on changing: <see cref="FaultSweepTests"/> proves that the next run takes it.</summary>
public sealed class KilledVersionTests
{
    private static readonly Flow Specialized = Flow.All["version of a machine, specialized"];

    private static readonly Flow Cloned = Flow.All["capture by a clone"];

    public static TheoryData<string> Flows => [Specialized.Name, Cloned.Name];

    [Theory]
    [MemberData(nameof(Flows))]
    public async Task It_is_taken_once(string name)
    {
        using FlowCloud cloud = await KillAsync(Flow.All[name]);
        cloud.Time.Advance(TimeSpan.FromHours(2));

        Assert.Equal("1.0.0", await VersionAsync(cloud, Flow.All[name]));
        Assert.Equal("1.0.1", await VersionAsync(cloud, Flow.All[name]));
    }

    [Fact]
    public async Task It_is_taken_by_nobody_who_runs_the_same_a_day_later()
    {
        using FlowCloud cloud = await KillAsync(Specialized);
        cloud.Time.Advance(TimeSpan.FromHours(25));

        // The version is made when it is looked at.
        _ = await cloud.ListAsync();
        _ = await cloud.ListAsync();

        FlowEnd again = await cloud.RunAsync(Specialized);

        Assert.Equal("1.0.1", ((CapturedImage)again.Result!).Name);
        Assert.Contains("version 1.0.0 of 'published' was made by an earlier run, which was killed", again.Told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_way_of_capturing_the_same_machine_does_not_take_it()
    {
        using FlowCloud cloud = await KillAsync(Cloned);
        cloud.Time.Advance(TimeSpan.FromHours(2));

        Assert.Equal("1.0.1", await VersionAsync(cloud, Flow.All["capture of a guest that is generalized for it"]));
    }

    /// <summary>Kills a run when Azure makes its version.</summary>
    private static async Task<FlowCloud> KillAsync(Flow flow)
    {
        using FlowCloud whole = await FlowCloud.PrepareAsync(flow);
        for (int at = (await whole.RunAsync(flow)).Run.Wire.Calls.ToList().FindIndex(IsOfVersion); ; at++)
        {
            FlowCloud cloud = await FlowCloud.PrepareAsync(flow);
            FlowEnd killed = await cloud.RunAsync(flow, FlowFault.Killed, at);
            Assert.True(at > 0 && killed.Result is null, killed.Told);
            if (killed.Run.Wire.Calls.SkipLast(1).Any(IsOfVersion))
            {
                return cloud;
            }

            // How often something is asked differs from run to run: this one was killed before.
            cloud.Dispose();
        }
    }

    private static bool IsOfVersion(string call) => call.StartsWith("PUT ", StringComparison.Ordinal) && call.Contains("/versions/", StringComparison.Ordinal);

    private static async Task<string> VersionAsync(FlowCloud cloud, Flow flow)
    {
        FlowEnd end = await cloud.RunAsync(flow);
        Assert.True(end.Result is not null, end.Told);
        return ((CapturedImage)end.Result).Name;
    }
}

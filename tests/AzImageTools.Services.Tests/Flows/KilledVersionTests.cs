using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Capture;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>A version or image that a killed run began of a machine that goes on changing: of versions <see cref="FaultSweepTests"/> proves that the next run takes it.</summary>
public sealed class KilledVersionTests
{
    private static readonly Flow ClonedIntoImage = new("capture by a clone into a managed image", async run =>
    {
        CaptureRequest request = new() { VMName = run.Machine, VMResourceGroupName = SandboxSession.Group, ImageName = "of-a-clone", PreserveSource = true };
        return await PlanRunner.RunAsync(await new CaptureService(run.Session).PlanAsync(request, run.Context), run.Context);
    });

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

    [Fact]
    public async Task A_managed_image_of_a_clone_is_taken_once_and_the_clone_goes()
    {
        using FlowCloud whole = await FlowCloud.PrepareAsync(ClonedIntoImage);
        FlowEnd expected = await whole.RunAsync(ClonedIntoImage);
        using FlowCloud cloud = await KillAsync(ClonedIntoImage, "/providers/Microsoft.Compute/images/");
        cloud.Time.Advance(TimeSpan.FromHours(2));

        FlowEnd again = await cloud.RunAsync(ClonedIntoImage);

        Assert.True(again.Result is not null, again.Told);
        Assert.Equal(((CapturedImage)expected.Result!).Id, ((CapturedImage)again.Result).Id);
        Assert.Contains("by an earlier run of the same, which was killed", again.Told, StringComparison.Ordinal);
        Assert.Equal((await whole.ListAsync()).Things.Keys.Order(StringComparer.Ordinal), (await cloud.ListAsync()).Things.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("ImageAlreadyExists", Assert.IsType<ImageServiceException>((await cloud.RunAsync(ClonedIntoImage)).Failure).ErrorId);
    }

    /// <summary>Kills a run when Azure makes its version, or image.</summary>
    private static async Task<FlowCloud> KillAsync(Flow flow, string made = "/versions/")
    {
        using FlowCloud whole = await FlowCloud.PrepareAsync(flow);
        for (int at = (await whole.RunAsync(flow)).Run.Wire.Calls.ToList().FindIndex(IsMaking); ; at++)
        {
            FlowCloud cloud = await FlowCloud.PrepareAsync(flow);
            FlowEnd killed = await cloud.RunAsync(flow, FlowFault.Killed, at);
            Assert.True(at > 0 && killed.Result is null, killed.Told);
            if (killed.Run.Wire.Calls.SkipLast(1).Any(IsMaking))
            {
                return cloud;
            }

            // How often something is asked differs from run to run: this one was killed before.
            cloud.Dispose();
        }

        bool IsMaking(string call) => call.StartsWith("PUT ", StringComparison.Ordinal) && call.Contains(made, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> VersionAsync(FlowCloud cloud, Flow flow)
    {
        FlowEnd end = await cloud.RunAsync(flow);
        Assert.True(end.Result is not null, end.Told);
        return ((CapturedImage)end.Result).Name;
    }
}

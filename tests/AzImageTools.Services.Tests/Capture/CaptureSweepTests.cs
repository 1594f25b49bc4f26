using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;

namespace AzImageTools.Services.Tests.Capture;

/// <summary>A machine that is generalized is lost: whatever can be known to be in the way is told before the first change.</summary>
public sealed class CaptureSweepTests
{
    public static TheoryData<string, string> Refusals => [.. Refusal.All.Values.SelectMany(refusal => CaptureFlows.All.Keys.Where(refusal.Refused).Select(flow => (refusal.Name, flow)))];

    public static TheoryData<string, string> Remainder => [.. Refusal.All.Values.SelectMany(refusal => CaptureFlows.All.Keys.Where(flow => !refusal.Refused(flow)).Select(flow => (refusal.Name, flow)))];

    public static TheoryData<string> Flows => [.. CaptureFlows.All.Keys];

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_comes_before_the_first_change(string name, string flow)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Refusal refusal = Refusal.All[name];
        IReadOnlyList<string> before = await sandbox.ListCloudAsync();
        refusal.Arrange(sandbox);

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(refusal.Ask(CaptureFlows.All[flow])));

        Assert.Equal(refusal.ErrorId, failure.ErrorId);
        Assert.NotEmpty(failure.Remedy);
        Assert.Empty(sandbox.Wire.Changes);
        Assert.Equal(before, await sandbox.ListCloudAsync());
    }

    [Theory]
    [MemberData(nameof(Remainder))]
    public async Task What_is_in_nobody_s_way_is_not_refused(string name, string flow)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Refusal refusal = Refusal.All[name];
        refusal.Arrange(sandbox);

        Plan<CapturedImage> plan = await new CaptureService(sandbox.Session).PlanAsync(refusal.Ask(CaptureFlows.All[flow]), sandbox.Context);

        Assert.NotEmpty(plan.Steps);
    }

    [Theory]
    [MemberData(nameof(Flows))]
    public async Task Each_flow_works_where_nothing_is_in_its_way(string flow)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        CapturedImage image = await sandbox.CaptureAsync(CaptureFlows.All[flow]);

        Assert.Equal("Succeeded", image.ProvisioningState);
    }
}

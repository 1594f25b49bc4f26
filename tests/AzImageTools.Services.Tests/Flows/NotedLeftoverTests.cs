using AzImageTools.Services.Plans;
using AzImageTools.Services.Temporary;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>Managed images on the way to a version, of clients that were killed.</summary>
public sealed class NotedLeftoverTests
{
    private static readonly Flow Publication = Flow.All["version of a disk, through a managed image"];

    [Fact]
    public async Task An_image_on_the_way_is_kept_while_a_version_is_made_of_it_and_then_removed()
    {
        using FlowCloud cloud = await FlowCloud.PrepareAsync(Publication);
        await KillAsync(cloud, afterVersion: true);
        using FlowRun run = await cloud.ConnectAsync();

        RunLeftovers kept = Assert.Single(await new LeftoverService(run.Session).FindAsync(new LeftoverRequest(), run.Context));
        Assert.Null(kept.Plan);
        Assert.Contains("is being made of it", Assert.Single(kept.Kept).Reason, StringComparison.Ordinal);

        cloud.Time.Advance(TimeSpan.FromHours(2));
        while (Images(await cloud.ListAsync()).Any() && (await new LeftoverService(run.Session).FindAsync(new LeftoverRequest(), run.Context))[0].Plan is { } plan)
        {
            Assert.True(Assert.Single(await PlanRunner.RunAsync(plan, run.Context)).IsRemoved);
        }

        Assert.Empty(Images(await cloud.ListAsync()));
    }

    [Fact]
    public async Task An_image_on_the_way_to_a_version_that_was_never_begun_is_removed()
    {
        using FlowCloud cloud = await FlowCloud.PrepareAsync(Publication);
        await KillAsync(cloud, afterVersion: false);
        Assert.Single(Images(await cloud.ListAsync()));
        using FlowRun run = await cloud.ConnectAsync();

        RunLeftovers left = Assert.Single(await new LeftoverService(run.Session).FindAsync(new LeftoverRequest(), run.Context));
        ImageLeftover removed = Assert.Single(await PlanRunner.RunAsync(left.Plan!, run.Context));

        Assert.Equal(("managed image", true), (removed.Kind, removed.IsRemoved));
        Assert.Empty(Images(await cloud.ListAsync()));
    }

    private static async Task KillAsync(FlowCloud cloud, bool afterVersion)
    {
        using FlowCloud other = await FlowCloud.PrepareAsync(Publication);
        FlowEnd whole = await other.RunAsync(Publication);
        int version = whole.Run.Wire.Calls.ToList().FindIndex(call => call.StartsWith("PUT ", StringComparison.Ordinal) && call.Contains("/versions/", StringComparison.Ordinal));
        FlowEnd killed = await cloud.RunAsync(Publication, FlowFault.Killed, afterVersion ? version + 1 : version);
        Assert.True(version > 0 && killed.Result is null, killed.Told);
    }

    private static IEnumerable<string> Images(CloudListing listing) => listing.Things.Keys.Where(id => id.Contains("/providers/Microsoft.Compute/images/", StringComparison.OrdinalIgnoreCase));
}

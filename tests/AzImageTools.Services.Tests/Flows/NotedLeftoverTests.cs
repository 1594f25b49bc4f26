using AzImageTools.Services.Plans;
using AzImageTools.Services.Temporary;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>Managed images and page blobs on the way to a version, of clients that were killed.</summary>
public sealed class NotedLeftoverTests
{
    public static TheoryData<string, string> Ways => new() { { "version of a disk, through a managed image", "managed image" }, { "version of a disk, through a page blob", "page blob" } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_is_on_the_way_is_kept_while_a_version_is_made_of_it_and_then_removed(string way, string kind)
    {
        Flow publication = Flow.All[way];
        using FlowCloud cloud = await FlowCloud.PrepareAsync(publication);
        await KillAsync(cloud, publication, afterVersion: true);
        using FlowRun run = await cloud.ConnectAsync();

        RunLeftovers kept = Assert.Single(await new LeftoverService(run.Session).FindAsync(new LeftoverRequest(), run.Context));
        Assert.Null(kept.Plan);
        Assert.Equal(kind, Assert.Single(kept.Kept).Kind);
        Assert.Contains("is being made of it", Assert.Single(kept.Kept).Reason, StringComparison.Ordinal);

        cloud.Time.Advance(TimeSpan.FromHours(2));
        while (Images(await cloud.ListAsync()).Any() && (await new LeftoverService(run.Session).FindAsync(new LeftoverRequest(), run.Context))[0].Plan is { } plan)
        {
            Assert.True(Assert.Single(await PlanRunner.RunAsync(plan, run.Context)).IsRemoved);
        }

        Assert.Empty(Images(await cloud.ListAsync()));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_is_on_the_way_to_a_version_that_was_never_begun_is_removed(string way, string kind)
    {
        Flow publication = Flow.All[way];
        using FlowCloud cloud = await FlowCloud.PrepareAsync(publication);
        await KillAsync(cloud, publication, afterVersion: false);
        Assert.Single(Images(await cloud.ListAsync()));
        using FlowRun run = await cloud.ConnectAsync();

        RunLeftovers left = Assert.Single(await new LeftoverService(run.Session).FindAsync(new LeftoverRequest(), run.Context));
        ImageLeftover removed = Assert.Single(await PlanRunner.RunAsync(left.Plan!, run.Context));

        Assert.Equal((kind, true), (removed.Kind, removed.IsRemoved));
        Assert.Empty(Images(await cloud.ListAsync()));
    }

    private static async Task KillAsync(FlowCloud cloud, Flow publication, bool afterVersion)
    {
        using FlowCloud other = await FlowCloud.PrepareAsync(publication);
        FlowEnd whole = await other.RunAsync(publication);
        int version = whole.Run.Wire.Calls.ToList().FindIndex(call => call.StartsWith("PUT ", StringComparison.Ordinal) && call.Contains("/versions/", StringComparison.Ordinal));
        FlowEnd killed = await cloud.RunAsync(publication, FlowFault.Killed, afterVersion ? version + 1 : version);
        Assert.True(version > 0 && killed.Result is null, killed.Told);
    }

    private static IEnumerable<string> Images(CloudListing listing)
        => listing.Things.Keys.Where(id => id.Contains("/providers/Microsoft.Compute/images/", StringComparison.OrdinalIgnoreCase) || id.Contains("/vhds/for-", StringComparison.Ordinal));
}

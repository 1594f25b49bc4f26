using AzImageTools.Services.Images;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>A version that is cancelled while Azure makes it, which takes longer than the run tries to delete it.</summary>
public sealed class CancelledVersionTests
{
    private const int ManyPolls = 60;

    public static TheoryData<string, string> Flows => new()
    {
        { "version of a machine, through page blobs", "page blob" },
        { "capture: gallery, through a managed image", "managed image" },
    };

    [Theory]
    [MemberData(nameof(Flows))]
    public async Task What_it_is_made_of_is_kept_and_the_next_run_joins_it(string name, string kept)
    {
        Flow flow = Flow.All[name];
        using FlowCloud whole = await FlowCloud.PrepareAsync(flow, ManyPolls);
        FlowEnd expected = await whole.RunAsync(flow);
        Assert.True(expected.Result is not null, expected.Told);
        int begun = expected.Run.Wire.Calls.ToList().FindIndex(call => call.StartsWith("PUT ", StringComparison.Ordinal) && call.Contains("/versions/", StringComparison.Ordinal));
        using FlowCloud cloud = await FlowCloud.PrepareAsync(flow, ManyPolls);

        FlowEnd end = await cloud.RunAsync(flow, FlowFault.Cancelled, begun + 2);
        FlowEnd again = await cloud.RunAsync(flow);

        Assert.Matches($"remove by hand: version 1.0.0 .*{kept} .*it is needed by version 1.0.0", end.Told);
        Assert.True(again.Result is not null, again.Told);
        Assert.Equal(((CapturedImage)expected.Result).Id, ((CapturedImage)again.Result).Id);
        Assert.Equal(await NamesAsync(whole), await NamesAsync(cloud));
    }

    private static async Task<string[]> NamesAsync(FlowCloud cloud) => [.. (await cloud.ListAsync()).Things.Keys.Select(CloudListing.Normalize).Order(StringComparer.Ordinal)];
}

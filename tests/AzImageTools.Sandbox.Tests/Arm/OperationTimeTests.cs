using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class OperationTimeTests
{
    private const string Version = "?api-version=2023-07-01";

    [Fact]
    public async Task An_operation_takes_minutes_of_its_own_and_none_of_ours()
    {
        var clock = new ManualClock();
        using var client = new SandboxClient(new SandboxOptions { TimeProvider = clock });
        var end = await Poll(client, await Deallocate(client), "Succeeded");
        Assert.Equal(TimeSpan.FromMinutes(1), Time(end, "endTime") - Time(end, "startTime"));
        Assert.Equal(clock.GetUtcNow(), Time(end, "startTime"));
    }

    [Fact]
    public async Task Where_polls_are_to_wait_an_operation_ends_for_those_who_only_wait()
    {
        var clock = new ManualClock();
        using var client = new SandboxClient(new SandboxOptions { TimeProvider = clock, OperationPolls = 5, RetryAfter = TimeSpan.FromSeconds(10) });
        var status = await Deallocate(client);
        clock.Advance(TimeSpan.FromSeconds(59));
        await Poll(client, status, "InProgress");
        clock.Advance(TimeSpan.FromSeconds(1));
        await Poll(client, status, "Succeeded");
    }

    [Fact]
    public async Task Where_polls_need_not_wait_time_alone_ends_nothing()
    {
        var clock = new ManualClock();
        using var client = new SandboxClient(new SandboxOptions { TimeProvider = clock, OperationPolls = 2 });
        var status = await Deallocate(client);
        clock.Advance(TimeSpan.FromHours(1));
        await Poll(client, status, "InProgress");
        await Poll(client, status, "InProgress");
        var end = await Poll(client, status, "Succeeded");
        Assert.Equal(TimeSpan.FromHours(1), Time(end, "endTime") - Time(end, "startTime"));
    }

    [Fact]
    public async Task The_making_of_a_version_may_ask_for_another_pause_and_goes_on_by_it()
    {
        var clock = new ManualClock();
        using var client = new SandboxClient(new SandboxOptions { TimeProvider = clock, OperationPolls = 3, RetryAfter = TimeSpan.FromSeconds(1), VersionRetryAfter = TimeSpan.FromMinutes(1) });
        var versions = client.GroupPath + "/providers/Microsoft.Compute/galleries/sandboxGallery/images/ubuntu/versions/";
        var body = "{\"location\":\"westeurope\",\"properties\":{\"storageProfile\":{\"source\":{\"id\":\"" + versions + "1.0.0\"}}}}";
        using var created = await client.SendJson("PUT", versions + "2.0.0?api-version=2022-03-03", body);
        Assert.Equal(TimeSpan.FromMinutes(1), created.Headers.RetryAfter?.Delta);

        var status = created.Headers.GetValues("Azure-AsyncOperation").Single();
        clock.Advance(TimeSpan.FromMinutes(3));
        await Poll(client, status, "InProgress");
        clock.Advance(TimeSpan.FromMinutes(1));
        await Poll(client, status, "Succeeded");
    }

    [Fact]
    public async Task Replication_grows_in_each_region_at_home_first()
    {
        using var client = new SandboxClient(new SandboxOptions { OperationPolls = 4 });
        var path = client.GroupPath + "/providers/Microsoft.Compute/galleries/sandboxGallery/images/ubuntu/versions/2.0.0?api-version=2022-03-03";
        var source = client.GroupPath + "/providers/Microsoft.Compute/galleries/sandboxGallery/images/ubuntu/versions/1.0.0";
        var body = "{\"location\":\"westeurope\",\"properties\":{\"publishingProfile\":{\"targetRegions\":[{\"name\":\"West Europe\"},{\"name\":\"North Europe\"}]},"
            + "\"storageProfile\":{\"source\":{\"id\":\"" + source + "\"}}}}";
        using (var created = await client.SendJson("PUT", path, body))
        {
            Assert.Equal(201, (int)created.StatusCode);
        }

        var seen = new List<(string State, int Home, int Away)>();
        do
        {
            using var answer = await client.Send("GET", path + "&$expand=ReplicationStatus");
            var status = (await SandboxClient.Json(answer))["properties"]!["replicationStatus"]!;
            seen.Add((status["aggregatedState"]!.GetValue<string>(), Progress(status, 0), Progress(status, 1)));
        }
        while (seen[^1].State == "InProgress" && seen.Count < 10);

        Assert.Equal([("InProgress", 40, 20), ("InProgress", 80, 40), ("InProgress", 100, 60), ("InProgress", 100, 80), ("Completed", 100, 100)], seen);
    }

    private static int Progress(JsonNode status, int region)
    {
        return status["summary"]![region]!["progress"]!.GetValue<int>();
    }

    private static DateTimeOffset Time(JsonNode operation, string name)
    {
        return DateTimeOffset.Parse(operation[name]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<string> Deallocate(SandboxClient client)
    {
        using var started = await client.Send("POST", client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/linux-vm/deallocate" + Version);
        return started.Headers.GetValues("Azure-AsyncOperation").Single();
    }

    /// <summary>Polls until an operation that has few polls to go has the state, or once where it is to be in progress.</summary>
    private static async Task<JsonNode> Poll(SandboxClient client, string address, string expected)
    {
        for (var polls = 0; ; polls++)
        {
            using var response = await client.Send("GET", address);
            var body = await SandboxClient.Json(response);
            if (body["status"]!.GetValue<string>() == expected || polls == 2)
            {
                Assert.Equal(expected, body["status"]!.GetValue<string>());
                return body;
            }
        }
    }
}

using System.Text;
using AzImageTools.Services.Temporary;
using AzImageTools.Services.Tests.Capture;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Temporary;

/// <summary>Whoever can write into the user's folder may have made a manifest up.</summary>
public sealed class ForgedManifestTests
{
    private const string RunId = "0123456789abcdef";

    private static readonly RunIdentity Run = new(RunId, "read", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_machine_that_it_lists_stays()
    {
        await using RunScene scene = await RunScene.StartAsync();
        ResourceIdentifier machine = (await scene.Sandbox.GetVMAsync(SandboxSession.LinuxVM)).Id;
        Forge(scene, $$"""{"made":"{{machine}}","at":"{{TemporaryTags.Write(DateTimeOffset.UtcNow)}}"}""");

        ImageLeftover kept = Assert.Single(await scene.RemoveAsync());

        Assert.Contains("Neither its name nor its group's", kept.Reason, StringComparison.Ordinal);
        Assert.True(await scene.ExistsAsync(machine));
    }

    [Fact]
    public async Task What_a_live_run_made_stays()
    {
        await using RunScene scene = await RunScene.StartAsync();
        await using TemporaryRun live = await scene.BeginAsync();
        ResourceIdentifier snapshot = await scene.MakeSnapshotAsync(live);
        Forge(scene, $$"""{"made":"{{snapshot}}","at":"{{TemporaryTags.Write(DateTimeOffset.UtcNow)}}"}""");

        Assert.False(Assert.Single(await scene.RemoveAsync()).IsRemoved);

        Assert.True(await scene.ExistsAsync(snapshot));
    }

    [Fact]
    public async Task Another_subscriptions_things_are_not_even_asked_for()
    {
        await using RunScene scene = await RunScene.StartAsync();
        ResourceIdentifier other = SnapshotResource.CreateResourceIdentifier("5a4db0c5-0000-4000-8000-000000000002", "any", RunIdentity.NameFor("read", RunId));
        Forge(scene, $$"""{"made":"{{other}}","at":"{{TemporaryTags.Write(DateTimeOffset.UtcNow)}}"}""");
        scene.Sandbox.Wire.Instead = request => request.RequestUri!.AbsolutePath.Contains("000000000002", StringComparison.Ordinal) ? throw new InvalidOperationException("asked") : null;

        Assert.Empty(await scene.RemoveAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"version":1,"run":"ffffffffffffffff","purpose":"read","begun":"2026-01-01T00:00:00Z","subscription":"x","machine":"m"}""")]
    [InlineData("""{"version":1e99,"run":"0123456789abcdef","purpose":"read","begun":"2026-01-01T00:00:00Z","subscription":"x","machine":"m"}""")]
    [InlineData("""{"version":1,"run":"0123456789abcdef","purpose":"../..","begun":"2026-01-01T00:00:00Z","subscription":"x","machine":"m"}""")]
    [InlineData("""{"version":1,"run":{"a":[[[[[[[1]]]]]]]},"purpose":"read"}""")]
    public void What_is_no_manifest_is_none(string text) => Assert.Null(Read(text));

    [Theory]
    [InlineData("/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/../providers/Microsoft.Compute/disks/d")]
    [InlineData("/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Compute/disks/d?x=/")]
    [InlineData("/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Compute/disks/d%2f..")]
    [InlineData("https://evil.example/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/g")]
    [InlineData("/subscriptions/5a4db0c5-0000-4000-8000-000000000001")]
    [InlineData("/subscriptions/x/resourceGroups/g")]
    [InlineData("")]
    public void What_is_no_id_of_a_resource_ends_it(string id)
    {
        string good = $"/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Compute/snapshots/s";

        ManifestContent content = Read($"{Header}\n{Line(good)}\n{Line(id)}\n{Line(good + "2")}\n")!;

        Assert.Equal([good], content.Made.Keys.Select(one => one.ToString()));
    }

    [Fact]
    public void Half_a_line_of_a_killed_run_ends_it()
    {
        string id = "/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Compute/snapshots/s";
        string text = $"{Header}\n{Line(id)}\n{Line(id + "2")}\n";

        Assert.Single(Read(text.Substring(0, text.Length - 10))!.Made);
    }

    [Fact]
    public void One_without_an_end_is_read_in_bounds()
    {
        StringBuilder text = new(Header + "\n");
        for (int index = 0; text.Length < 4 << 20; index++)
        {
            text.Append(Line($"/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Compute/snapshots/s{index}")).Append('\n');
        }

        Assert.InRange(Read(text.ToString())!.Made.Count, 1, 2001);
    }

    private static string Header => new ManifestContent(Run, "5a4db0c5-0000-4000-8000-000000000001", null, Environment.MachineName).WriteHeader().ToJsonString();

    private static string Line(string id) => $$"""{"made":"{{id}}","at":"2026-01-01T00:00:01Z"}""";

    private static ManifestContent? Read(string text)
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(text));
        return ManifestContent.Read(stream, RunId);
    }

    private static void Forge(RunScene scene, string line)
    {
        Directory.CreateDirectory(scene.Folder);
        string header = new ManifestContent(Run, scene.Sandbox.Session.Context.SubscriptionId, null, Environment.MachineName).WriteHeader().ToJsonString();
        File.WriteAllText(Path.Combine(scene.Folder, RunId + RunManifest.Extension), $"{header}\n{line}\n");
    }
}

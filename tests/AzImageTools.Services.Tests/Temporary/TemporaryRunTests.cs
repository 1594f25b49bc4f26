using System.Text.Json.Nodes;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Temporary;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Temporary;

public sealed class TemporaryRunTests
{
    [Fact]
    [Trait("Libraries", "net8.0")]
    public async Task What_is_announced_is_in_the_manifest_before_it_is_made()
    {
        await using RunScene scene = await RunScene.StartAsync();
        await using TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier id = scene.SnapshotId(run.NameFor("os"));

        await run.AnnounceAsync(id, CancellationToken.None);

        string manifest = Assert.Single(Directory.GetFiles(scene.Folder));
        Assert.Equal(run.RunId + ".run", Path.GetFileName(manifest));

        // The run has it open for itself alone: it is read as whoever comes after it would.
        await run.DisposeAsync();
        string[] lines = File.ReadAllLines(manifest);
        Assert.Equal(id.ToString(), (string?)JsonNode.Parse(lines[1])!["made"]);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(manifest));
        }
    }

    [Fact]
    public async Task A_run_that_removed_everything_leaves_no_manifest()
    {
        await using RunScene scene = await RunScene.StartAsync();
        await using (TemporaryRun run = await scene.BeginAsync())
        {
            ResourceIdentifier id = await scene.MakeSnapshotAsync(run);
            Assert.True(await run.RemoveAsync(id, scene.Sandbox.Context));
            Assert.False(await scene.ExistsAsync(id));
        }

        Assert.Empty(Directory.GetFiles(scene.Folder));
    }

    [Fact]
    public async Task A_run_removes_nothing_that_another_made_in_its_place()
    {
        await using RunScene scene = await RunScene.StartAsync();
        await using TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier id = scene.SnapshotId(run.NameFor("os"));
        await run.AnnounceAsync(id, CancellationToken.None);
        await scene.MakeSnapshotAsync(id, new Dictionary<string, string> { ["owner"] = "somebody" });

        ImageServiceException refusal = await Assert.ThrowsAsync<ImageServiceException>(() => run.RemoveAsync(id, scene.Sandbox.Context));

        Assert.Equal("NotOfThisRun", refusal.ErrorId);
        Assert.True(await scene.ExistsAsync(id));
    }

    [Fact]
    public async Task A_name_that_nobody_could_know_again_is_refused()
    {
        await using RunScene scene = await RunScene.StartAsync();
        await using TemporaryRun run = await scene.BeginAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => run.AnnounceAsync(scene.SnapshotId("web01-os"), CancellationToken.None));
    }

    [Fact]
    public async Task A_beat_renews_the_lease_and_keeps_what_others_tagged()
    {
        await using RunScene scene = await RunScene.StartAsync();
        await using TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier id = await scene.MakeSnapshotAsync(run);
        SnapshotResource made = await scene.Sandbox.Session.Arm.GetSnapshotResource(id).GetAsync();
        DateTimeOffset first = TemporaryTags.ReadLease(made.Data.Tags)!.Value;
        await made.UpdateAsync(Azure.WaitUntil.Completed, new() { Tags = { [RunTag.Name] = run.RunId, [TemporaryTags.BoundName] = made.Data.Tags[TemporaryTags.BoundName], [TemporaryTags.LeaseName] = "x", ["cost"] = "42" } });

        await run.BeatAsync(CancellationToken.None);

        IDictionary<string, string> tags = (await made.GetAsync()).Value.Data.Tags;
        Assert.Equal("42", tags["cost"]);
        Assert.True(TemporaryTags.ReadLease(tags) >= first);
        Assert.True(await run.RemoveAsync(id, scene.Sandbox.Context));
    }

    [Fact]
    public async Task A_beat_that_fails_ends_nothing()
    {
        await using RunScene scene = await RunScene.StartAsync();
        await using TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier id = await scene.MakeSnapshotAsync(run);
        scene.Sandbox.Wire.Instead = request => request.Method == HttpMethod.Patch ? new HttpResponseMessage(System.Net.HttpStatusCode.Forbidden) : null;

        await run.BeatAsync(CancellationToken.None);

        Assert.Contains(scene.Sandbox.Wire.Changes, change => change.Method == "PATCH" && change.Path == id.ToString());
    }

    [Fact]
    public async Task Too_many_tags_are_refused_before_anything_is_made()
    {
        await using RunScene scene = await RunScene.StartAsync();
        Dictionary<string, string> tags = Enumerable.Range(0, 48).ToDictionary(index => $"tag{index}", _ => "x");

        ImageServiceException refusal = await Assert.ThrowsAsync<ImageServiceException>(() => TemporaryRun.BeginAsync(scene.Sandbox.Session, "read", tags, scene.Sandbox.Context));

        Assert.Equal("TagsInvalid", refusal.ErrorId);
    }

    [Fact]
    public async Task The_next_run_for_the_same_purpose_removes_what_a_dead_one_left()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun dead = await scene.BeginAsync();
        ResourceIdentifier left = await scene.MakeSnapshotAsync(dead);
        await RunScene.KillAsync(dead);
        TemporaryRun other = await scene.BeginAsync("boot");
        ResourceIdentifier ofOther = await scene.MakeDiskAsync(other);
        await RunScene.KillAsync(other);

        await using TemporaryRun next = await scene.BeginAsync();

        Assert.False(await scene.ExistsAsync(left));
        Assert.True(await scene.ExistsAsync(ofOther));
        Assert.Equal(new[] { other.RunId, next.RunId }.Order(), Directory.GetFiles(scene.Folder).Select(Path.GetFileNameWithoutExtension).Order());
    }

    [Fact]
    public async Task The_next_run_leaves_a_live_one_alone()
    {
        await using RunScene scene = await RunScene.StartAsync();
        await using TemporaryRun live = await scene.BeginAsync();
        ResourceIdentifier made = await scene.MakeSnapshotAsync(live);

        await using TemporaryRun next = await scene.BeginAsync();

        Assert.True(await scene.ExistsAsync(made));
    }
}

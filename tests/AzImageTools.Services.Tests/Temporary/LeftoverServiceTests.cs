using AzImageTools.Services.Session;
using AzImageTools.Services.Temporary;
using AzImageTools.Services.Tests.Capture;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Tests.Temporary;

public sealed class LeftoverServiceTests
{
    private static readonly TimeSpan PastLease = TemporaryRun.Lease + TimeSpan.FromMinutes(1);

    [Fact]
    public async Task What_a_killed_run_left_goes_with_its_manifest()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier snapshot = await scene.MakeSnapshotAsync(run);
        ResourceIdentifier disk = await scene.MakeDiskAsync(run);
        await RunScene.KillAsync(run);

        IReadOnlyList<ImageLeftover> removed = await scene.RemoveAsync();

        Assert.Equal([disk.ToString(), snapshot.ToString()], removed.Select(one => one.Id));
        Assert.All(removed, one => Assert.Equal((true, null, "read", run.RunId), (one.IsRemoved, one.Reason, one.Purpose, one.RunId)));
        Assert.All(removed, one => Assert.NotNull(one.CreatedAt));
        Assert.False(await scene.ExistsAsync(snapshot));
        Assert.Empty(Directory.GetFiles(scene.Folder));
    }

    [Fact]
    public async Task A_run_that_lives_on_this_machine_keeps_everything()
    {
        await using RunScene scene = await RunScene.StartAsync();
        await using TemporaryRun live = await scene.BeginAsync();
        ResourceIdentifier snapshot = await scene.MakeSnapshotAsync(live);

        // Whatever its lease says: its manifest is open.
        scene.Time.Advance(PastLease);
        ImageLeftover kept = Assert.Single(await scene.RemoveAsync());

        Assert.False(kept.IsRemoved);
        Assert.Contains("going on, on this machine", kept.Reason, StringComparison.Ordinal);
        Assert.True(await scene.ExistsAsync(snapshot));
    }

    [Fact]
    public async Task Two_runs_at_once_keep_apart()
    {
        await using RunScene scene = await RunScene.StartAsync();
        await using TemporaryRun live = await scene.BeginAsync();
        TemporaryRun dead = await scene.BeginAsync();
        ResourceIdentifier ofLive = await scene.MakeSnapshotAsync(live);
        ResourceIdentifier ofDead = await scene.MakeSnapshotAsync(dead);
        await RunScene.KillAsync(dead);

        IReadOnlyList<ImageLeftover> found = await scene.RemoveAsync();

        Assert.Equal([(ofDead.ToString(), true), (ofLive.ToString(), false)], found.Select(one => (one.Id, one.IsRemoved)).OrderByDescending(one => one.Item2));
        Assert.True(await live.RemoveAsync(ofLive, scene.Sandbox.Context));
    }

    [Fact]
    public async Task From_another_machine_a_run_is_alive_until_its_lease_ends()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier snapshot = await scene.MakeSnapshotAsync(run);
        await RunScene.KillAsync(run);
        ImageSession elsewhere = await scene.ConnectElsewhereAsync();

        ImageLeftover kept = Assert.Single(await scene.RemoveAsync(elsewhere));
        Assert.Contains("may be going on", kept.Reason, StringComparison.Ordinal);

        scene.Time.Advance(PastLease);
        ImageLeftover removed = Assert.Single(await scene.RemoveAsync(elsewhere));
        Assert.True(removed.IsRemoved, removed.Reason);
        Assert.False(await scene.ExistsAsync(snapshot));
    }

    [Fact]
    public async Task A_beat_keeps_a_run_alive_for_other_machines()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await TemporaryRun.BeginAsync(scene.Sandbox.Session, "read", userTags: null, scene.Sandbox.Context with { Time = scene.Time });
        ResourceIdentifier group = await scene.MakeGroupAsync(run);
        ResourceIdentifier snapshot = await scene.MakeSnapshotAsync(run);
        ImageSession elsewhere = await scene.ConnectElsewhereAsync();

        scene.Time.Advance(TemporaryRun.Lease * 0.75);
        await run.BeatAsync(CancellationToken.None);
        scene.Time.Advance(TemporaryRun.Lease * 0.75);
        Assert.All(await scene.RemoveAsync(elsewhere), one => Assert.Contains("may be going on", one.Reason, StringComparison.Ordinal));

        await RunScene.KillAsync(run);
        scene.Time.Advance(TemporaryRun.Lease * 0.75);
        IReadOnlyList<ImageLeftover> removed = await scene.RemoveAsync(elsewhere);
        Assert.Equal([snapshot, group], removed.Where(one => one.IsRemoved).Select(one => new ResourceIdentifier(one.Id)));
    }

    [Theory]
    [InlineData(-300)]
    [InlineData(300)]
    public async Task A_clock_that_differs_makes_no_live_run_a_dead_one(int minutesAhead)
    {
        // The machine's clock is the system's; Azure's is hours away from it.
        await using RunScene scene = await RunScene.StartAsync();
        scene.Time.Advance(TimeSpan.FromMinutes(minutesAhead));
        await using TemporaryRun run = await scene.BeginAsync();
        await scene.MakeSnapshotAsync(run);
        ImageSession elsewhere = await scene.ConnectElsewhereAsync();

        Assert.False(Assert.Single(await scene.RemoveAsync(elsewhere)).IsRemoved);

        scene.Time.Advance(PastLease);
        Assert.True(Assert.Single(await scene.RemoveAsync(elsewhere)).IsRemoved);
    }

    [Fact]
    public async Task Tags_that_were_copied_prove_nothing()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier snapshot = await scene.MakeSnapshotAsync(run);
        SnapshotResource made = await scene.Sandbox.Session.Arm.GetSnapshotResource(snapshot).GetAsync();
        ResourceIdentifier copy = scene.SnapshotId("copy-of-" + snapshot.Name);
        ResourceIdentifier alike = scene.SnapshotId(run.NameFor("other"));
        await scene.MakeSnapshotAsync(copy, new Dictionary<string, string>(made.Data.Tags));
        await scene.MakeSnapshotAsync(alike, new Dictionary<string, string>(made.Data.Tags));
        await RunScene.KillAsync(run);
        scene.Time.Advance(PastLease);

        IReadOnlyList<ImageLeftover> found = await scene.RemoveAsync();

        Assert.Equal([snapshot.ToString()], found.Where(one => one.IsRemoved).Select(one => one.Id));
        Assert.Contains("is one that the run gives", found.Single(one => one.Id == copy.ToString()).Reason, StringComparison.Ordinal);
        Assert.Contains("copied or inherited", found.Single(one => one.Id == alike.ToString()).Reason, StringComparison.Ordinal);
        Assert.True(await scene.ExistsAsync(copy));
        Assert.True(await scene.ExistsAsync(alike));
    }

    [Fact]
    public async Task Tags_that_are_inherited_from_a_group_prove_nothing_and_what_the_group_holds_keeps_it()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier group = await scene.MakeGroupAsync(run);
        ResourceGroupResource made = await scene.Sandbox.Session.Arm.GetResourceGroupResource(group).GetAsync();
        ResourceIdentifier inside = SnapshotResource.CreateResourceIdentifier(group.SubscriptionId, group.Name, "somebody");
        await scene.MakeSnapshotAsync(inside, new Dictionary<string, string>(made.Data.Tags));
        await RunScene.KillAsync(run);
        scene.Time.Advance(PastLease);

        IReadOnlyList<ImageLeftover> found = await scene.RemoveAsync();

        Assert.All(found, one => Assert.False(one.IsRemoved));
        Assert.Contains("copied or inherited", found.Single(one => one.Id == inside.ToString()).Reason, StringComparison.Ordinal);
        Assert.Contains(inside.ToString(), found.Single(one => one.Id == group.ToString()).Reason, StringComparison.Ordinal);
        Assert.True(await scene.ExistsAsync(inside));
    }

    [Fact]
    public async Task A_disk_that_was_attached_elsewhere_stays()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier disk = await scene.MakeDiskAsync(run);
        await RunScene.KillAsync(run);
        VirtualMachineResource machine = await scene.Sandbox.GetVMAsync(SandboxSession.LinuxVM);
        VirtualMachinePatch attached = new() { StorageProfile = new VirtualMachineStorageProfile() };
        attached.StorageProfile.DataDisks.Add(new VirtualMachineDataDisk(5, DiskCreateOptionType.Attach) { ManagedDisk = new VirtualMachineManagedDisk { Id = disk } });
        await OperationWaiter.WaitAsync(await machine.UpdateAsync(WaitUntil.Started, attached), scene.Sandbox.Context);

        ImageLeftover kept = Assert.Single(await scene.RemoveAsync());

        Assert.Contains($"in use by {machine.Id}", kept.Reason, StringComparison.Ordinal);
        Assert.True(await scene.ExistsAsync(disk));
    }

    [Fact]
    public async Task What_was_made_anew_under_its_name_stays()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier snapshot = await scene.MakeSnapshotAsync(run);
        SnapshotResource made = await scene.Sandbox.Session.Arm.GetSnapshotResource(snapshot).GetAsync();
        await RunScene.KillAsync(run);
        await made.DeleteAsync(WaitUntil.Completed);
        scene.Time.Advance(TimeSpan.FromDays(3));
        await scene.MakeSnapshotAsync(snapshot, new Dictionary<string, string>(made.Data.Tags));

        ImageLeftover kept = Assert.Single(await scene.RemoveAsync());

        Assert.Contains("when its run was over", kept.Reason, StringComparison.Ordinal);
        Assert.True(await scene.ExistsAsync(snapshot));
    }

    [Fact]
    public async Task Access_to_a_snapshot_is_revoked_before_it_is_deleted()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier snapshot = await scene.MakeSnapshotAsync(run);
        await OperationWaiter.WaitAsync(
            await scene.Sandbox.Session.Arm.GetSnapshotResource(snapshot).GrantAccessAsync(WaitUntil.Started, new GrantAccessData(AccessLevel.Read, 3600)), scene.Sandbox.Context);
        await RunScene.KillAsync(run);

        ImageLeftover removed = Assert.Single(await scene.RemoveAsync());

        Assert.True(removed.IsRemoved, removed.Reason);
        Assert.False(await scene.ExistsAsync(snapshot));
    }

    [Fact]
    public async Task What_can_not_be_deleted_is_kept_with_the_reason_and_the_rest_goes()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier disk = await scene.MakeDiskAsync(run);
        ResourceIdentifier snapshot = await scene.MakeSnapshotAsync(run);
        await RunScene.KillAsync(run);
        scene.Sandbox.Lock(disk.ToString());

        IReadOnlyList<ImageLeftover> found = await scene.RemoveAsync();

        Assert.Equal([false, true], found.Select(one => one.IsRemoved));
        Assert.Contains("lock", found[0].Reason, StringComparison.OrdinalIgnoreCase);
        Assert.False(await scene.ExistsAsync(snapshot));

        // The manifest still tells of the disk.
        Assert.Single(Directory.GetFiles(scene.Folder));
    }

    [Fact]
    public async Task A_search_looks_only_where_and_for_what_it_is_asked()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await scene.BeginAsync();
        ResourceIdentifier snapshot = await scene.MakeSnapshotAsync(run);
        await RunScene.KillAsync(run);

        Assert.Empty(await scene.RemoveAsync(request: new LeftoverRequest { RunIds = ["0123456789abcdef"] }));
        await scene.Sandbox.Session.Subscription.GetResourceGroups().CreateOrUpdateAsync(WaitUntil.Completed, "other", new ResourceGroupData(AzureLocation.WestEurope));
        Assert.Empty(await scene.RemoveAsync(request: new LeftoverRequest { ResourceGroupName = "other" }));
        Assert.True(await scene.ExistsAsync(snapshot));
        Assert.True(Assert.Single(await scene.RemoveAsync(request: new LeftoverRequest { ResourceGroupName = SandboxSession.Group, RunIds = [run.RunId] })).IsRemoved);
    }

    [Theory]
    [InlineData("not-a-run")]
    [InlineData("../../etc/passwd")]
    public async Task A_run_id_that_is_none_is_refused(string id)
    {
        await using RunScene scene = await RunScene.StartAsync();

        ImageServiceException refusal = await Assert.ThrowsAsync<ImageServiceException>(() => scene.RemoveAsync(request: new LeftoverRequest { RunIds = [id] }));

        Assert.Equal("RunIdInvalid", refusal.ErrorId);
    }

    [Fact]
    public async Task Looking_changes_nothing()
    {
        await using RunScene scene = await RunScene.StartAsync();
        TemporaryRun run = await scene.BeginAsync();
        await scene.MakeSnapshotAsync(run);
        await RunScene.KillAsync(run);
        scene.Sandbox.Wire.Changes.Clear();

        using RunLeftovers found = Assert.Single(await new LeftoverService(scene.Sandbox.Session).FindAsync(new LeftoverRequest(), scene.Sandbox.Context));

        Assert.Equal(run.RunId, found.RunId);
        Assert.Contains("Delete the snapshot", found.Plan!.ToString(), StringComparison.Ordinal);
        Assert.Empty(scene.Sandbox.Wire.Changes);
    }
}

using System.Net;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Tests.Capture;
using AzImageTools.Services.Tests.Plans;

namespace AzImageTools.Services.Tests.Publish;

/// <summary>A version takes long: it can be left, joined again, and is never left half.</summary>
public sealed class PublishRunTests
{
    [Fact]
    public async Task Waiting_tells_how_far_the_version_is_in_each_region()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(new SandboxOptions { OperationPolls = 6 });
        RecordingProgress progress = new();
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString(), TargetRegions = ["northeurope"] };

        await PlanRunner.RunAsync(await sandbox.PlanAsync(request), sandbox.Context with { Progress = progress });

        // The version's own region goes before the others.
        Assert.Contains(progress.Reports, report => report.Status.Contains("westeurope 100%, northeurope 8", StringComparison.Ordinal) || report.Status.Contains("westeurope 100%, northeurope 7", StringComparison.Ordinal));
        Assert.Contains(progress.Reports, report => report.PercentComplete is > 10 and < 90);
    }

    [Fact]
    public async Task A_version_that_is_not_waited_for_is_joined_later()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(new SandboxOptions { OperationPolls = 8 });
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString(), TargetRegions = ["northeurope"] };

        CapturedImage left = await sandbox.PublishAsync(request with { NoWait = true });
        Assert.Equal("Creating", left.ProvisioningState);
        Assert.All(left.Replication, region => Assert.InRange(region.Progress, 0, 99));
        CapturedImage joined = await sandbox.WaitForAsync(new VersionWaitRequest { VersionId = left.Id });

        Assert.Equal("Succeeded", joined.ProvisioningState);
        Assert.Equal(left.Id, joined.Id);
        Assert.All(joined.Replication, region => Assert.Equal(100, region.Progress));
    }

    [Fact]
    public async Task A_version_whose_answer_got_lost_is_waited_for_though_another_try_meets_it()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(new SandboxOptions { OperationPolls = 6 });
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString() };
        sandbox.Wire.Instead = put => put.Method == HttpMethod.Put && put.RequestUri!.AbsolutePath.Contains("/versions/", StringComparison.Ordinal) ? BeginAndConflict(sandbox, put) : null;

        CapturedImage image = await sandbox.PublishAsync(request);

        Assert.Equal(("1.0.0", "Succeeded"), (image.Name, image.ProvisioningState));
    }

    [Fact]
    public async Task A_version_of_somebody_else_that_came_first_is_a_conflict()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(new SandboxOptions { OperationPolls = 6 });
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString() };
        sandbox.Wire.Instead = put => put.Method == HttpMethod.Put && put.RequestUri!.AbsolutePath.Contains("/versions/", StringComparison.Ordinal) ? BeginAndConflict(sandbox, put, isForeign: true) : null;

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.PublishAsync(request));

        Assert.DoesNotContain(failure.Undone, target => target.StartsWith("version", StringComparison.Ordinal));
        Assert.Contains("Creating", await StateAsync(sandbox), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_made_on_the_way_stays_until_the_version_is_joined()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString(), SecurityType = "TrustedLaunchSupported", NoWait = true };

        CapturedImage left = await sandbox.PublishAsync(request);
        Assert.Contains(await sandbox.ListCloudAsync(), IsImageOnTheWay);
        await sandbox.WaitForAsync(new VersionWaitRequest
        {
            ResourceGroupName = left.ResourceGroupName,
            GalleryName = left.GalleryName,
            GalleryImageDefinitionName = left.GalleryImageDefinitionName,
            ImageVersion = left.Name,
        });

        Assert.DoesNotContain(await sandbox.ListCloudAsync(), IsImageOnTheWay);
    }

    [Fact]
    public async Task Page_blobs_on_the_way_stay_until_the_version_is_joined_and_are_the_disk()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = ThroughBlobs with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString(), NoWait = true };

        CapturedImage left = await sandbox.PublishAsync(request);
        Uri blob = new(left.SourceId!);
        Assert.NotNull(sandbox.Cloud.FindBlobFile(blob));
        CapturedImage joined = await sandbox.WaitForAsync(new VersionWaitRequest { VersionId = left.Id });

        Assert.Equal("Succeeded", joined.ProvisioningState);
        Assert.Null(sandbox.Cloud.FindBlobFile(blob));
    }

    [Fact]
    public async Task The_way_through_page_blobs_is_refused_before_anything_happens_where_it_leads_nowhere()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = ThroughBlobs with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString() };
        sandbox.Put(
            $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Storage/storageAccounts/farimages?api-version=2022-09-01",
            """{"location":"northeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"},"properties":{}}""");
        sandbox.Wire.Changes.Clear();

        ImageServiceException none = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PublishAsync(request with { TemporaryStorageAccountName = null }));
        Assert.Equal("ImageDefinitionMismatch", none.ErrorId);
        Assert.Contains("-TemporaryStorageAccountName", none.Remedy, StringComparison.Ordinal);
        Assert.Equal("StorageAccountNotFound", await RefusalAsync(request with { TemporaryStorageAccountName = "nosuch" }));
        Assert.Equal("StorageAccountInAnotherRegion", await RefusalAsync(request with { TemporaryStorageAccountName = "farimages" }));
        Assert.Equal("ContainerNotFound", await RefusalAsync(request with { TemporaryContainer = "nosuch" }));
        Assert.Empty(sandbox.Wire.Changes);

        async Task<string> RefusalAsync(PublishRequest other) => (await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PublishAsync(other))).ErrorId;
    }

    [Fact]
    public async Task A_plan_tells_of_page_blobs_on_the_way_and_of_what_their_copies_take()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        Plan<CapturedImage> plan = await sandbox.PlanAsync(ThroughBlobs with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString() });

        Assert.Equal(4, plan.Steps.Count);
        Assert.Contains("to a temporary page blob", plan.Steps[1].Title, StringComparison.Ordinal);
        Assert.Contains("On the way, and taken back: the access to the managed disk", plan.Steps[1].Note, StringComparison.Ordinal);
        Assert.Equal(plan.Steps[1].Target, plan.Steps[3].Target);
    }

    [Fact]
    public async Task Waiting_never_deletes_the_image_of_another_run_that_a_version_was_made_of()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string image = (await sandbox.MakeImageAsync(await sandbox.CopyOsDiskAsync(), "for-golden-1.0.0-mine")).ToString();
        CapturedImage version = await sandbox.PublishAsync(PublishSources.Request with { SourceId = image });
        sandbox.Wire.Changes.Clear();

        await sandbox.WaitForAsync(new VersionWaitRequest { VersionId = version.Id });

        Assert.True(await sandbox.HasImageAsync("for-golden-1.0.0-mine"));
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_leaves_the_version_to_Azure_and_the_same_command_joins_it()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(new SandboxOptions { OperationPolls = 10 });
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString(), SecurityType = "TrustedLaunchSupported" };
        OperationCanceledException cancelled = await CancelWhileItIsMadeAsync(sandbox, request);

        Assert.Contains("continued by the same command: version 1.0.0", cancelled.Message, StringComparison.Ordinal);
        Assert.Contains("Creating", await StateAsync(sandbox), StringComparison.Ordinal);
        Plan<CapturedImage> plan = await new PublishService(sandbox.Session).PlanAsync(request with { SecurityType = null }, new OperationContext());
        Assert.Equal(["Wait for the image version, which an earlier run began", "Delete that managed image again"], plan.Steps.Select(step => step.Title));
        CapturedImage image = await PlanRunner.RunAsync(plan, sandbox.Context with { Cancellation = CancellationToken.None });

        Assert.Equal(("1.0.0", "Succeeded"), (image.Name, image.ProvisioningState));
        Assert.DoesNotContain(await sandbox.ListCloudAsync(), IsImageOnTheWay);
    }

    [Fact]
    public async Task A_version_that_fails_is_taken_away_again_with_its_definition()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = await BrokenAsync(sandbox);
        IReadOnlyList<string> before = await sandbox.ListCloudAsync();

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.PublishAsync(request));

        Assert.Equal(2, failure.Undone.Count);
        Assert.Equal(before, await sandbox.ListCloudAsync());
    }

    [Fact]
    public async Task A_failed_version_that_a_killed_run_left_is_replaced_by_the_same_command()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = await BrokenAsync(sandbox);
        await sandbox.PublishAsync(request with { NoWait = true });
        Assert.Equal("ImageVersionFailed", (await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.WaitForAsync(Wait))).ErrorId);

        // The same blob, whose bytes are sound now.
        await sandbox.UploadBlobAsync();
        Plan<CapturedImage> plan = await sandbox.PlanAsync(request);
        Assert.Equal(
            ["Delete the image version, which failed in an earlier run", "Create the image version from the blob 'https://sandboximages.blob.core.windows.net/vhds/web.vhd'"],
            plan.Steps.Select(step => step.Title));
        CapturedImage image = await PlanRunner.RunAsync(plan, sandbox.Context);
        Assert.Equal(("1.0.0", "Succeeded"), (image.Name, image.ProvisioningState));
    }

    [Fact]
    public async Task The_same_bytes_are_not_published_twice_unless_a_version_is_named()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.SnapshotAsync(await sandbox.CopyOsDiskAsync())).ToString() };
        string first = (await sandbox.PublishAsync(request)).Id;
        sandbox.Wire.Changes.Clear();

        Assert.Equal(first, (await sandbox.PublishAsync(request)).Id);
        Assert.Equal(first, (await sandbox.PublishAsync(request with { ImageVersion = "1.0.0" })).Id);

        Assert.Empty(sandbox.Wire.Changes);
        Assert.Contains(sandbox.Log.Warnings, warning => warning.Contains("-ImageVersion", StringComparison.Ordinal));
        Assert.Equal("2.0.0", (await sandbox.PublishAsync(request with { ImageVersion = "2.0.0" })).Name);
    }

    [Fact]
    public async Task A_disk_that_a_machine_had_in_between_becomes_another_version()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString() };

        Assert.Equal("1.0.0", (await sandbox.PublishAsync(request)).Name);
        Assert.Equal("1.0.0", (await sandbox.PublishAsync(request)).Name);
        await sandbox.AttachForAWhileAsync(SandboxSession.LinuxVM, request.SourceId!);
        Assert.Equal("1.0.1", (await sandbox.PublishAsync(request)).Name);
        Assert.Equal("ImageVersionAlreadyExists", (await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PublishAsync(request with { ImageVersion = "1.0.0" }))).ErrorId);
    }

    [Fact]
    public async Task Waiting_ends_when_its_time_is_over_and_says_that_Azure_goes_on()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CapturedImage left = await sandbox.PublishAsync(PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString(), NoWait = true });
        sandbox.Wire.AlterAt("/versions/1.0.0", version => version["properties"]!["provisioningState"] = "Creating");

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.WaitForAsync(new VersionWaitRequest { VersionId = left.Id, Timeout = TimeSpan.FromSeconds(1) }));

        Assert.Equal("ImageVersionNotReady", failure.ErrorId);
        Assert.Contains("Azure goes on", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_is_not_there_can_not_be_waited_for()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Assert.Equal("ImageVersionNotFound", (await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.WaitForAsync(Wait))).ErrorId);
        Assert.Equal("ResourceIdInvalid", (await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.WaitForAsync(new VersionWaitRequest { VersionId = "x" }))).ErrorId);
    }

    private static PublishRequest ThroughBlobs => PublishSources.Request with
    {
        SecurityType = "TrustedLaunchSupported",
        OsState = OsState.Specialized,
        TemporaryStorageAccountName = "sandboximages",
        TemporaryContainer = "vhds",
    };

    private static VersionWaitRequest Wait => new()
    {
        ResourceGroupName = SandboxSession.Group,
        GalleryName = SandboxSession.Gallery,
        GalleryImageDefinitionName = PublishSources.Definition,
        ImageVersion = "1.0.0",
    };

    private static bool IsImageOnTheWay(string resource) => resource.Contains("\"name\":\"for-golden-", StringComparison.Ordinal);

    /// <summary>What a second try of a request meets whose first has begun the work.</summary>
    private static HttpResponseMessage BeginAndConflict(SandboxSession sandbox, HttpRequestMessage put, bool isForeign = false)
    {
        using StreamReader body = new(put.Content!.ReadAsStream());
        string text = body.ReadToEnd();
        sandbox.Put(put.RequestUri!.PathAndQuery, isForeign ? text.Replace("azimagetools-run", "other", StringComparison.Ordinal) : text);
        return new HttpResponseMessage(HttpStatusCode.Conflict) { Content = new StringContent("""{"error":{"code":"Conflict","message":"Another operation is in progress."}}""") };
    }

    private static async Task<PublishRequest> BrokenAsync(SandboxSession sandbox) => PublishSources.Request with
    {
        BlobUri = await sandbox.UploadBlobAsync(isBroken: true),
        OsType = "Windows",
        HyperVGeneration = "V2",
        GalleryResourceGroupName = SandboxSession.Group,
    };

    private static async Task<OperationCanceledException> CancelWhileItIsMadeAsync(SandboxSession sandbox, PublishRequest request)
    {
        using CancellationTokenSource stop = new();
        sandbox.Wire.Alter = (path, document) =>
        {
            if (path.Contains("/versions/", StringComparison.Ordinal) && (string?)document["properties"]?["provisioningState"] == "Creating")
            {
                stop.Cancel();
            }
        };
        Plan<CapturedImage> plan = await sandbox.PlanAsync(request);
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PlanRunner.RunAsync(plan, sandbox.Context with { Cancellation = stop.Token }));
        sandbox.Wire.Alter = null;
        return cancelled;
    }

    private static async Task<string> StateAsync(SandboxSession sandbox)
        => (await sandbox.ListCloudAsync()).Single(resource => resource.Contains($"/images/{PublishSources.Definition}/versions/", StringComparison.Ordinal));
}

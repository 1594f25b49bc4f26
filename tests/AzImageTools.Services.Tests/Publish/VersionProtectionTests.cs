using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Tests.Capture;

namespace AzImageTools.Services.Tests.Publish;

/// <summary>Dates, exclusion from the latest, and blocked deletion of a version that is made.</summary>
public sealed class VersionProtectionTests
{
    private static readonly DateTimeOffset End = new(2040, 1, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_version_is_kept_from_being_the_latest_in_a_region_and_can_not_be_deleted_before_its_end()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = PublishSources.Request with
        {
            SourceId = (await sandbox.CopyOsDiskAsync()).ToString(),
            TargetRegions = ["northeurope"],
            EndOfLifeDate = End,
            ExcludeFromLatestIn = ["North Europe"],
            BlockDeletion = true,
        };
        Plan<CapturedImage> plan = await sandbox.PlanAsync(request);
        Assert.Contains("northeurope (never the latest)", plan.ToString(), StringComparison.Ordinal);
        Assert.Contains("deletion is blocked", plan.ToString(), StringComparison.Ordinal);

        CapturedImage version = await PlanRunner.RunAsync(plan, sandbox.Context);
        await AssertProtectedAsync(sandbox, version.Id);
        JsonNode profile = (await ReadAsync(sandbox, version.Id))["properties"]!["publishingProfile"]!;
        Assert.Equal([false, true], profile["targetRegions"]!.AsArray().Select(region => (bool?)region!["excludeFromLatest"] == true));
        Assert.False((bool)profile["excludeFromLatest"]!);

        // What an earlier run made is protected too.
        Assert.Equal("Block the deletion of the image version", Assert.Single((await sandbox.PlanAsync(request)).Steps).Title);
    }

    [Fact]
    public async Task A_captured_version_is_protected_as_a_published_one()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CaptureRequest request = new()
        {
            VMName = SandboxSession.LinuxVM,
            VMResourceGroupName = SandboxSession.Group,
            GalleryName = SandboxSession.Gallery,
            GalleryImageDefinitionName = "captured",
            ExcludeFromLatest = true,
            EndOfLifeDate = End,
            BlockDeletion = true,
        };
        CapturedImage version = await sandbox.CaptureAsync(request);
        await AssertProtectedAsync(sandbox, version.Id);
        Assert.True((bool)(await ReadAsync(sandbox, version.Id))["properties"]!["publishingProfile"]!["excludeFromLatest"]!);
    }

    [Fact]
    public async Task What_Azure_would_refuse_of_it_is_refused_before_anything_is_changed()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString() };
        sandbox.Wire.Changes.Clear();

        Assert.Equal("EndOfLifeInvalid", await RefusalAsync(sandbox, request with { EndOfLifeDate = DateTimeOffset.UtcNow.AddDays(-1) }));
        Assert.Equal("EndOfLifeRequired", await RefusalAsync(sandbox, request with { BlockDeletion = true }));
        Assert.Equal("WaitNeeded", await RefusalAsync(sandbox, request with { BlockDeletion = true, EndOfLifeDate = End, NoWait = true }));
        Assert.Equal("RegionNotTarget", await RefusalAsync(sandbox, request with { ExcludeFromLatestIn = ["eastus"] }));
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_version_that_is_made_stays_where_its_deletion_can_not_be_blocked()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString(), EndOfLifeDate = End, BlockDeletion = true };
        sandbox.Wire.Instead = patch => patch.Method == HttpMethod.Patch ? new HttpResponseMessage(HttpStatusCode.Forbidden) : null;

        CapturedImage version = await sandbox.PublishAsync(request);

        Assert.Equal("Succeeded", version.ProvisioningState);
        Assert.Contains(sandbox.Log.Warnings, warning => warning.Contains("Set-AzImageVersion -BlockDeletion", StringComparison.Ordinal));
    }

    private static async Task<string> RefusalAsync(SandboxSession sandbox, PublishRequest request) => (await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PlanAsync(request))).ErrorId;

    private static async Task AssertProtectedAsync(SandboxSession sandbox, string version)
    {
        JsonNode properties = (await ReadAsync(sandbox, version))["properties"]!;
        Assert.Equal("2040-01-02", ((string)properties["publishingProfile"]!["endOfLifeDate"]!)[..10]);
        Assert.True((bool)properties["safetyProfile"]!["blockDeletionBeforeEndOfLife"]!);
        using HttpClient client = sandbox.CreateClient();
        using HttpResponseMessage deleted = await client.DeleteAsync(new Uri($"https://management.azure.com{version}?api-version=2024-03-03"));
        Assert.Equal(HttpStatusCode.Conflict, deleted.StatusCode);
    }

    private static async Task<JsonNode> ReadAsync(SandboxSession sandbox, string id)
    {
        using HttpClient client = sandbox.CreateClient();
        return JsonNode.Parse(await client.GetStringAsync(new Uri($"https://management.azure.com{id}?api-version=2024-03-03")))!;
    }
}

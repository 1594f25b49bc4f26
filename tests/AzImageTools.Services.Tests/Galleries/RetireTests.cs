using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Retire;
using AzImageTools.Services.Tests.Capture;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Galleries;

public sealed class RetireTests
{
    private const string Definition = "retired";

    private static StaleVersionRequest Stale => new() { ResourceGroupName = SandboxSession.Group, GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = Definition };

    private static VersionChangeRequest Named => new() { ResourceGroupName = SandboxSession.Group, GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = Definition, ImageVersion = "1.0.9" };

    [Fact]
    public async Task All_but_the_newest_by_number_go()
    {
        using SandboxSession sandbox = await StartAsync("1.0.2", "1.0.9", "1.0.10");
        (IReadOnlyList<StaleImageVersion> kept, Plan<IReadOnlyList<StaleImageVersion>>? plan) = await PlanAsync(sandbox, Stale with { KeepNewest = 2 });
        Assert.Equal(["1.0.10", "1.0.9"], kept.Select(version => version.Name));
        Assert.Contains("1.0.2", Assert.Single(plan!.Steps).ToString(), StringComparison.Ordinal);
        StaleImageVersion gone = Assert.Single(await PlanRunner.RunAsync(plan, sandbox.Context));
        Assert.Equal(("1.0.2", StaleVersionAction.Delete), (gone.Name, gone.Action));
        Assert.Equal(["1.0.10", "1.0.9"], await VersionsAsync(sandbox));
        Assert.Null((await PlanAsync(sandbox, Stale with { KeepNewest = 2 })).Plan);
    }

    [Fact]
    public async Task The_newest_stays_however_old_it_is_and_others_by_their_age_and_end_of_life()
    {
        using SandboxSession sandbox = await StartAsync("1.0.9", "1.0.10");
        Assert.Null((await PlanAsync(sandbox, Stale with { OlderThan = TimeSpan.FromDays(1) })).Plan);
        Assert.Null((await PlanAsync(sandbox, Stale with { PastEndOfLife = true })).Plan);
        (IReadOnlyList<StaleImageVersion> kept, Plan<IReadOnlyList<StaleImageVersion>>? plan) = await PlanAsync(sandbox, Stale with { OlderThan = TimeSpan.FromTicks(1) });
        Assert.Equal("1.0.10", Assert.Single(kept).Name);
        Assert.Single(plan!.Steps);
        Assert.Equal("ImageDefinitionNotFound", (await Assert.ThrowsAsync<ImageServiceException>(() => PlanAsync(sandbox, Stale with { GalleryImageDefinitionName = "nope" }))).ErrorId);
    }

    [Fact]
    public async Task What_is_kept_from_being_the_latest_is_not_the_newest()
    {
        using SandboxSession sandbox = await StartAsync("1.0.9", "1.0.10");
        await ChangeAsync(sandbox, Named with { ImageVersion = "1.0.10", ExcludeFromLatest = true });
        (IReadOnlyList<StaleImageVersion> kept, Plan<IReadOnlyList<StaleImageVersion>>? plan) = await PlanAsync(sandbox, Stale);
        Assert.Equal("1.0.9", Assert.Single(kept).Name);
        Assert.Contains("1.0.10", Assert.Single(plan!.Steps).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_a_machine_uses_or_whose_deletion_is_blocked_stays_and_says_why()
    {
        using SandboxSession sandbox = await StartAsync("1.0.8", "1.0.9", "1.0.10");
        string used = $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}/images/{Definition}/versions/1.0.9";
        sandbox.Put($"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/virtualMachines/user?api-version=2023-07-01", Machine(sandbox, used));
        await ChangeAsync(sandbox, Named with { ImageVersion = "1.0.8", EndOfLife = DateTimeOffset.UtcNow.AddYears(1), BlockDeletion = true });

        (IReadOnlyList<StaleImageVersion> kept, Plan<IReadOnlyList<StaleImageVersion>>? plan) = await PlanAsync(sandbox, Stale);
        Assert.Null(plan);
        Assert.Contains("machine 'user'", kept.Single(version => version.Name == "1.0.9").Reason, StringComparison.Ordinal);
        Assert.Contains("blocked", kept.Single(version => version.Name == "1.0.8").Reason, StringComparison.Ordinal);

        ImageConsumer consumer = Assert.Single(await new ImageConsumerService(sandbox.Session).FindAsync(used, sandbox.Context), one => one.Kind == ImageConsumerKind.VirtualMachine);
        Assert.Equal(("user", "1.0.9", "1.0.10", true), (consumer.Name, consumer.ImageVersion, consumer.LatestVersion, consumer.IsOutdated));
        Assert.Contains(await new ImageConsumerService(sandbox.Session).FindAsync(imageId: null, sandbox.Context), one => one is { Kind: ImageConsumerKind.ImageVersion, ImageVersion: "1.0.0" });
    }

    [Fact]
    public async Task A_version_that_a_scale_set_uses_stays_and_one_that_takes_the_latest_may_use_any()
    {
        using SandboxSession sandbox = await StartAsync("1.0.8", "1.0.9", "1.0.10");
        string definition = $"{GalleryOf(sandbox)}/images/{Definition}";
        PutScaleSet(sandbox, "fixed", $"{definition}/versions/1.0.8");
        (IReadOnlyList<StaleImageVersion> kept, Plan<IReadOnlyList<StaleImageVersion>>? plan) = await PlanAsync(sandbox, Stale);
        Assert.Equal("It is used by scale set 'fixed'.", kept.Single(version => version.Name == "1.0.8").Reason);
        Assert.Contains("1.0.9", Assert.Single(plan!.Steps).ToString(), StringComparison.Ordinal);

        IReadOnlyList<ImageConsumer> consumers = await new ImageConsumerService(sandbox.Session).FindAsync($"{definition}/versions/1.0.8", sandbox.Context);
        ImageConsumer set = Assert.Single(consumers, one => one.Kind == ImageConsumerKind.ScaleSet);
        Assert.Equal(("fixed", "1.0.8", "1.0.10", true), (set.Name, set.ImageVersion, set.LatestVersion, set.IsOutdated));

        PutScaleSet(sandbox, "latest", definition);
        (kept, plan) = await PlanAsync(sandbox, Stale);
        Assert.Null(plan);
        Assert.Equal("It may be used by scale set 'latest'.", kept.Single(version => version.Name == "1.0.9").Reason);
    }

    [Fact]
    public async Task What_an_image_version_came_from_at_first_is_told_with_its_newest_version_of_gallery_and_Marketplace()
    {
        using SandboxSession sandbox = await StartAsync("1.0.9", "1.0.10");
        string gallery = GalleryOf(sandbox);
        foreach ((string number, string from) in new[] { ("2.0.0", $"{gallery}/images/{Definition}/versions/1.0.9"), ("2.0.1", "Canonical:ubuntu-24_04-lts:server:0.0.1"), ("2.0.2", "nothing that can be read"), ("2.0.3", "Canonical:nosuch:server:1.0.0") })
        {
            string path = $"{gallery}/images/ubuntu/versions/{number}?api-version=2022-03-03";
            sandbox.Put(path, $$"""{"location":"westeurope","tags":{"azimagetools-base":"{{from}}"},"properties":{"storageProfile":{"source":{"id":"{{gallery}}/images/ubuntu/versions/1.0.0"} } } }""");
            await AskAsync(sandbox, path);
        }

        IReadOnlyList<ImageConsumer> consumers = await new ImageConsumerService(sandbox.Session).FindAsync(imageId: null, sandbox.Context);
        ImageConsumer Version(string number) => consumers.Single(one => one.Kind == ImageConsumerKind.ImageVersion && one.Id.EndsWith("/ubuntu/versions/" + number, StringComparison.Ordinal));
        Assert.Equal(("1.0.10", true), (Version("2.0.0").LatestBaseVersion, Version("2.0.0").IsBaseOutdated));
        Assert.Equal(("1.0.0", "2.0.3", true), (Version("2.0.0").ImageVersion, Version("2.0.0").LatestVersion, Version("2.0.0").IsOutdated));
        Assert.NotNull(Version("2.0.1").LatestBaseVersion);
        Assert.True(Version("2.0.1").IsBaseOutdated);
        Assert.Equal(("nothing that can be read", null, null), (Version("2.0.2").BaseImage, Version("2.0.2").LatestBaseVersion, Version("2.0.2").IsBaseOutdated));
        Assert.Null(Version("2.0.3").IsBaseOutdated);

        ImageConsumer definition = consumers.Single(one => one.Kind == ImageConsumerKind.ImageDefinition && one.Name == "ubuntu");
        Assert.Equal((Version("2.0.3").ImageId, "1.0.0", $"{gallery}/images/ubuntu"), (definition.ImageId, definition.ImageVersion, definition.Id));
    }

    [Fact]
    public async Task A_version_of_a_disk_counts_for_the_image_that_the_disk_came_from()
    {
        using SandboxSession sandbox = await StartAsync("1.0.9");
        string version = $"{GalleryOf(sandbox)}/images/windows-server/versions/5.0.0?api-version=2022-03-03";
        string disk = $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/disks/win-vm_OsDisk_1";
        sandbox.Put(version, $$"""{"location":"westeurope","tags":{"azimagetools-base":"Canonical:ubuntu-24_04-lts:server:0.0.1"},"properties":{"storageProfile":{"osDiskImage":{"source":{"id":"{{disk}}"} } } } }""");
        await AskAsync(sandbox, version);

        IReadOnlyList<ImageConsumer> consumers = await new ImageConsumerService(sandbox.Session).FindAsync("canonical:ubuntu-24_04-lts:server:0.0.1", sandbox.Context);
        Assert.Equal([ImageConsumerKind.ImageVersion, ImageConsumerKind.ImageDefinition], consumers.Select(one => one.Kind));
        Assert.All(consumers, one => Assert.Equal(("Canonical:ubuntu-24_04-lts:server", "0.0.1", true), (one.ImageId, one.ImageVersion, one.IsOutdated)));

        sandbox.Wire.Instead = request => request.RequestUri!.AbsolutePath.EndsWith("/skus/server/versions", StringComparison.Ordinal) ? new HttpResponseMessage(System.Net.HttpStatusCode.Forbidden) : null;
        using Services.Session.ImageSession other = await Services.Session.ImageSession.ConnectAsync(
            new Services.Session.ConnectRequest { Kind = Services.Session.CredentialKind.Sandbox, Handler = sandbox.Wire }, OperationContext.None);
        consumers = await new ImageConsumerService(other).FindAsync("Canonical:ubuntu-24_04-lts:server:latest", sandbox.Context);
        Assert.All(consumers, one => Assert.Null(one.LatestVersion));
        Assert.Contains(sandbox.Log.Warnings, warning => warning.Contains("Canonical:ubuntu-24_04-lts:server", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_two_steps_a_version_leaves_the_latest_first_and_is_deleted_after_the_waiting_time()
    {
        using SandboxSession sandbox = await StartAsync("1.0.9", "1.0.10");
        StaleVersionRequest request = Stale with { WaitingTime = TimeSpan.FromDays(14) };
        Assert.Equal(StaleVersionAction.ExcludeFromLatest, Assert.Single(await PlanRunner.RunAsync((await PlanAsync(sandbox, request)).Plan!, sandbox.Context)).Action);
        Assert.Equal(["1.0.10", "1.0.9"], await VersionsAsync(sandbox));

        (IReadOnlyList<StaleImageVersion> kept, Plan<IReadOnlyList<StaleImageVersion>>? none) = await PlanAsync(sandbox, request);
        Assert.Null(none);
        Assert.Contains("waiting time", kept.Single(version => version.Name == "1.0.9").Reason, StringComparison.Ordinal);
        Assert.Equal(StaleVersionAction.Delete, Assert.Single(await PlanRunner.RunAsync((await PlanAsync(sandbox, request with { WaitingTime = TimeSpan.FromTicks(1) })).Plan!, sandbox.Context)).Action);
        Assert.Equal(["1.0.10"], await VersionsAsync(sandbox));
    }

    [Fact]
    public async Task A_change_keeps_what_it_does_not_name()
    {
        using SandboxSession sandbox = await StartAsync("1.0.9", "1.0.10");
        DateTimeOffset end = new(2040, 1, 2, 0, 0, 0, TimeSpan.Zero);
        await ChangeAsync(sandbox, Named with { EndOfLife = end, ExcludeFromLatestIn = ["westeurope"] });
        await ChangeAsync(sandbox, Named with { BlockDeletion = true });
        string body = sandbox.Wire.Changes.Last(change => change.Method == "PATCH").Body;
        Assert.Contains("2040-01-02", body, StringComparison.Ordinal);
        Assert.Contains("\"excludeFromLatest\":true", body, StringComparison.Ordinal);

        Assert.Equal("NothingToChange", (await Assert.ThrowsAsync<ImageServiceException>(() => ChangeAsync(sandbox, Named))).ErrorId);
        Assert.Equal("EndOfLifeInvalid", (await Assert.ThrowsAsync<ImageServiceException>(() => ChangeAsync(sandbox, Named with { EndOfLife = DateTimeOffset.UtcNow.AddDays(-1) }))).ErrorId);
        Assert.Equal("RegionNotTarget", (await Assert.ThrowsAsync<ImageServiceException>(() => ChangeAsync(sandbox, Named with { ExcludeFromLatestIn = ["eastus"] }))).ErrorId);
        Assert.Equal("ImageVersionNotFound", (await Assert.ThrowsAsync<ImageServiceException>(() => ChangeAsync(sandbox, Named with { ImageVersion = "9.9.9", ExcludeFromLatest = true }))).ErrorId);
    }

    [Fact]
    public async Task A_version_that_was_deleted_in_a_gallery_with_soft_delete_comes_back()
    {
        using SandboxSession sandbox = await StartAsync("1.0.9", "1.0.10");
        sandbox.Put(
            $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}?api-version=2024-03-03",
            """{"location":"westeurope","properties":{"softDeletePolicy":{"isSoftDeleteEnabled":true}}}""");
        await PlanRunner.RunAsync((await PlanAsync(sandbox, Stale)).Plan!, sandbox.Context);
        Assert.Equal(["1.0.10"], await VersionsAsync(sandbox));

        VersionChangeService service = new(sandbox.Session);
        ImageServiceException other = await Assert.ThrowsAsync<ImageServiceException>(() => service.PlanRestoreAsync(Named with { ImageVersion = "3.0.0" }, sandbox.Context));
        Assert.Equal("ImageVersionNotDeleted", other.ErrorId);
        Assert.Contains("1.0.9", other.Remedy, StringComparison.Ordinal);
        Assert.Equal("1.0.10", (await PlanRunner.RunAsync(await service.PlanRestoreAsync(Named with { ImageVersion = "1.0.10" }, sandbox.Context), sandbox.Context)).Name);
        Assert.Contains(sandbox.Log.Warnings, warning => warning.Contains("nothing to restore", StringComparison.Ordinal));
        CapturedImage restored = await PlanRunner.RunAsync(await service.PlanRestoreAsync(Named, sandbox.Context), sandbox.Context);
        Assert.Equal(("1.0.9", "Succeeded"), (restored.Name, restored.ProvisioningState));
        Assert.Equal(["1.0.10", "1.0.9"], await VersionsAsync(sandbox));
    }

    private static string GalleryOf(SandboxSession sandbox) => $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}";

    private static void PutScaleSet(SandboxSession sandbox, string name, string image) => sandbox.Put(
        $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/virtualMachineScaleSets/{name}?api-version=2023-07-01",
        $$"""{"location":"westeurope","sku":{"name":"Standard_D2s_v5","capacity":0},"properties":{"upgradePolicy":{"mode":"Manual"},"virtualMachineProfile":{"storageProfile":{"imageReference":{"id":"{{image}}"} } } } }""");

    private static async Task<SandboxSession> StartAsync(params string[] numbers)
    {
        SandboxSession sandbox = await SandboxSession.StartAsync(new SandboxOptions { OperationPolls = 0 });
        string gallery = $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}";
        sandbox.Put(
            $"{gallery}/images/{Definition}?api-version=2022-03-03",
            """{"location":"westeurope","properties":{"osType":"Linux","osState":"Generalized","hyperVGeneration":"V2","identifier":{"publisher":"p","offer":"o","sku":"retired"}}}""");
        await AskAsync(sandbox, $"{gallery}/images/{Definition}?api-version=2022-03-03");
        foreach (string number in numbers)
        {
            sandbox.Put($"{gallery}/images/{Definition}/versions/{number}?api-version=2022-03-03", "{\"location\":\"westeurope\",\"properties\":{\"storageProfile\":{\"source\":{\"id\":\"" + gallery + "/images/ubuntu/versions/1.0.0\"}}}}");
            await AskAsync(sandbox, $"{gallery}/images/{Definition}/versions/{number}?api-version=2022-03-03");
        }

        return sandbox;
    }

    /// <summary>Time passes by questions.</summary>
    private static async Task AskAsync(SandboxSession sandbox, string path)
    {
        using HttpClient client = sandbox.CreateClient();
        for (int poll = 0; poll < 50; poll++)
        {
            string answer = await client.GetStringAsync(new Uri("https://management.azure.com" + path));
            if (answer.Contains("\"provisioningState\":\"Succeeded\"", StringComparison.Ordinal))
            {
                return;
            }

            await Task.Delay(5);
        }

        Assert.Fail($"{path} is not made.");
    }

    private static string Machine(SandboxSession sandbox, string image) => """
        {"location":"westeurope","properties":{"hardwareProfile":{"vmSize":"Standard_D2s_v5"},"storageProfile":{"imageReference":{"id":"IMAGE"},"osDisk":{"createOption":"FromImage"}},
        "osProfile":{"computerName":"user","adminUsername":"admin1","adminPassword":"Passw0rd!Passw0rd"},"networkProfile":{"networkApiVersion":"2020-11-01","networkInterfaceConfigurations":[{"name":"n","properties":{"ipConfigurations":[{"name":"i","properties":{"subnet":{"id":"SUBNET"}}}]}}]}}}
        """.Replace("IMAGE", image, StringComparison.Ordinal).Replace("SUBNET", SubnetOf(sandbox), StringComparison.Ordinal);

    private static string SubnetOf(SandboxSession sandbox) => $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Network/virtualNetworks/sandbox-vnet/subnets/default";

    private static Task<(IReadOnlyList<StaleImageVersion> Kept, Plan<IReadOnlyList<StaleImageVersion>>? Plan)> PlanAsync(SandboxSession sandbox, StaleVersionRequest request)
        => new StaleVersionService(sandbox.Session).PlanAsync(request, sandbox.Context);

    private static async Task ChangeAsync(SandboxSession sandbox, VersionChangeRequest request)
        => await PlanRunner.RunAsync(await new VersionChangeService(sandbox.Session).PlanChangeAsync(request, sandbox.Context), sandbox.Context);

    private static async Task<IEnumerable<string>> VersionsAsync(SandboxSession sandbox)
    {
        var definition = await (await sandbox.ResourceGroup.GetGalleryAsync(SandboxSession.Gallery)).Value.GetGalleryImageAsync(Definition);
        List<string> numbers = [];
        await foreach (var version in definition.Value.GetGalleryImageVersions().GetAllAsync())
        {
            numbers.Add(version.Data.Name);
        }

        return numbers.Order(StringComparer.Ordinal);
    }
}

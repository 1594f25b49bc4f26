using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Sources;
using AzImageTools.Services.Tests.Capture;
using AzImageTools.Services.Tests.Publish;

namespace AzImageTools.Services.Tests.Sources;

public sealed class OwnImagesTests
{
    private const string Other = "5a4db0c5-0000-4000-8000-000000000002";
    private const string Tenant = "5a4db0c5-0000-4000-8000-0000000000aa";

    private static readonly ImageSourceFilter Own = new() { Kinds = [ImageSourceKind.Gallery, ImageSourceKind.ManagedImage], AcrossSubscriptions = true };

    [Fact]
    public async Task What_Resource_Graph_tells_is_what_Resource_Manager_tells()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.CaptureAsync(new CaptureRequest { VMName = SandboxSession.LinuxVM, VMResourceGroupName = SandboxSession.Group, ImageName = "own" });
        string[] across = [.. (await FindAsync(sandbox, Own)).Select(Describe).Order(StringComparer.Ordinal)];
        string[] here = [.. (await FindAsync(sandbox, Own with { AcrossSubscriptions = false })).Select(Describe).Order(StringComparer.Ordinal)];

        Assert.NotEmpty(across);
        Assert.Equal(here, across);
    }

    [Fact]
    public async Task All_subscriptions_are_looked_through_with_three_requests()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(Several());
        PutImage(sandbox, Other, "far");
        int before = sandbox.Cloud.Requests.Count;
        List<ImageSource> found = await FindAsync(sandbox, Own with { Name = "far" });

        Assert.Equal(Other, Assert.Single(found).SubscriptionId);
        Assert.Equal(3, sandbox.Cloud.Requests.Count - before);
        Assert.Empty(await FindAsync(sandbox, Own with { Name = "far", AcrossSubscriptions = false }));
    }

    [Fact]
    public async Task More_rows_than_a_page_holds_are_all_read()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(Several() with { PageSize = 3 });
        for (int index = 0; index < 10; index++)
        {
            PutImage(sandbox, Other, $"far-{index}");
        }

        Assert.Equal(10, (await FindAsync(sandbox, Own with { Name = "far-*" })).Count);
    }

    [Fact]
    public async Task A_subscription_that_may_not_be_read_costs_a_warning()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(Several());
        PutImage(sandbox, Other, "far");
        sandbox.Access.Deny("*", $"/subscriptions/{Other}");

        List<ImageSource> found = await FindAsync(sandbox, Own);
        Assert.NotEmpty(found);
        Assert.DoesNotContain(found, source => source.SubscriptionId == Other);
        Assert.Contains(Other, Assert.Single(sandbox.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_managed_image_that_failed_is_no_source()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.CaptureAsync(new CaptureRequest { VMName = SandboxSession.LinuxVM, VMResourceGroupName = SandboxSession.Group, ImageName = "own" });
        sandbox.Wire.AlterAt("/images", document => document["value"]![0]!["properties"]!["provisioningState"] = "Failed");
        Assert.Empty(await FindAsync(sandbox, new ImageSourceFilter { Kinds = [ImageSourceKind.ManagedImage] }));
        sandbox.Wire.Alter = null;
        Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { Kinds = [ImageSourceKind.ManagedImage] }));
    }

    [Fact]
    public async Task Galleries_shared_with_subscription_and_tenant_and_those_of_the_community_are_found()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        List<ImageSource> shared = await FindAsync(sandbox, new ImageSourceFilter { Kinds = [ImageSourceKind.SharedGallery] });
        Assert.Equal(["windows-baseline 1.0.0", "rhel-baseline 2.0.10"], shared.Select(source => $"{source.GalleryImageDefinitionName} {source.Name}"));
        ImageSource community = Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { Kinds = [ImageSourceKind.CommunityGallery] }));
        Assert.Equal("fedora-cloud", community.GalleryImageDefinitionName);
        Assert.Equal(community.Id, Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { Search = "fedora" })).Id);

        sandbox.Cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Status = 403, ErrorCode = "AuthorizationFailed", PathPart = "TENANTGALLERY/images", Times = 5 });
        Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { Kinds = [ImageSourceKind.SharedGallery] }));
        Assert.Contains("TENANTGALLERY", Assert.Single(sandbox.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_blobs_that_end_with_a_footer_are_VHDs()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Uri whole = await sandbox.UploadBlobAsync("whole.vhd");
        await sandbox.UploadBlobAsync("broken.vhd", isBroken: true);

        ImageSource found = Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { Kinds = [ImageSourceKind.Vhd] }));
        Assert.Equal(whole, found.Uri);
        Assert.Null(found.Id);
        Assert.Equal(whole, Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { StorageAccounts = ["sandboximages"] })).Uri);
        Assert.Empty(await FindAsync(sandbox, new ImageSourceFilter { Kinds = [ImageSourceKind.Vhd], Name = "other*" }));
        ImageServiceException missing = await Assert.ThrowsAsync<ImageServiceException>(() => FindAsync(sandbox, new ImageSourceFilter { StorageAccounts = ["nosuchaccount"] }));
        Assert.Equal("StorageAccountNotFound", missing.ErrorId);
    }

    [Fact]
    public async Task VHDs_are_looked_for_in_the_accounts_of_all_subscriptions()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(Several());
        string account = $"/subscriptions/{Other}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Storage/storageAccounts/faraccount?api-version=2022-09-01";
        sandbox.Put(account, """{"location":"northeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"},"properties":{}}""");
        Finish(sandbox, account);
        Uri far = await sandbox.UploadBlobAsync("far.vhd", account: "faraccount"), near = await sandbox.UploadBlobAsync("near.vhd");
        ImageSourceFilter all = new() { Kinds = [ImageSourceKind.Vhd], AcrossSubscriptions = true };

        List<ImageSource> found = await FindAsync(sandbox, all);
        Assert.Equal([far, near], found.Select(source => source.Uri).OrderBy(address => address!.Host, StringComparer.Ordinal));
        Assert.Equal((Other, "northeurope", SandboxSession.Group), found.Where(source => source.Uri == far).Select(source => (source.SubscriptionId, source.Location, source.ResourceGroupName)).Single());
        Assert.Equal(near, Assert.Single(await FindAsync(sandbox, all with { AcrossSubscriptions = false })).Uri);
        Assert.Equal(far, Assert.Single(await FindAsync(sandbox, all with { StorageAccounts = ["faraccount"] })).Uri);
        Assert.Equal(far, Assert.Single(await FindAsync(sandbox, all with { Location = "North Europe" })).Uri);
        ImageServiceException missing = await Assert.ThrowsAsync<ImageServiceException>(() => FindAsync(sandbox, all with { StorageAccounts = ["nosuchaccount"] }));
        Assert.Contains("any subscription", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_is_found_by_its_id()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageSource version = Assert.Single(await FindAsync(sandbox, Own with { Name = "ubuntu" }));
        (ImageSourceFilter filter, string? subscription) = SourceId.Read(version.Id!, new ImageSourceFilter());
        Assert.Equal(sandbox.Session.Context.SubscriptionId, subscription);
        Assert.Equal(version.Id, Assert.Single(await FindAsync(sandbox, filter)).Id);
        (filter, _) = SourceId.Read(version.Id![..version.Id!.LastIndexOf("/versions", StringComparison.Ordinal)], new ImageSourceFilter());
        Assert.Equal(version.Id, Assert.Single(await FindAsync(sandbox, filter)).Id);
    }

    private static SandboxOptions Several() => new() { OtherSubscriptions = [new SandboxSubscription { SubscriptionId = Other, TenantId = Tenant, DisplayName = "Far" }] };

    private static void PutImage(SandboxSession sandbox, string subscription, string name)
    {
        string group = $"/subscriptions/{subscription}/resourceGroups/{SandboxSession.Group}";
        sandbox.Put($"{group}/providers/Microsoft.Compute/disks/{name}?api-version=2023-04-02", """{"location":"westeurope","sku":{"name":"Standard_LRS"},"properties":{"osType":"Linux","hyperVGeneration":"V2","diskSizeGB":4,"creationData":{"createOption":"Empty"}}}""");
        Finish(sandbox, $"{group}/providers/Microsoft.Compute/disks/{name}?api-version=2023-04-02");
        sandbox.Put(
            $"{group}/providers/Microsoft.Compute/images/{name}?api-version=2023-07-01",
            """{"location":"westeurope","properties":{"hyperVGeneration":"V2","storageProfile":{"osDisk":{"osType":"Linux","osState":"Generalized","managedDisk":{"id":"DISK"}}}}}"""
                .Replace("DISK", $"{group}/providers/Microsoft.Compute/disks/{name}", StringComparison.Ordinal));
        Finish(sandbox, $"{group}/providers/Microsoft.Compute/images/{name}?api-version=2023-07-01");
    }

    /// <summary>Time passes by questions.</summary>
    private static void Finish(SandboxSession sandbox, string path)
    {
        using HttpClient client = sandbox.CreateClient();
        for (int poll = 0; poll < 3; poll++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "https://management.azure.com" + path);
            using HttpResponseMessage asked = client.SendAsync(request).GetAwaiter().GetResult();
        }
    }

    private static string Describe(ImageSource source)
        => string.Join("|", source.Kind, source.Id, source.Name, source.ResourceGroupName, source.Location, string.Join(",", source.Locations), source.SubscriptionId, source.GalleryName, source.GalleryImageDefinitionName, source.OsType, source.Architecture,
            source.HyperVGeneration, source.SecurityType, string.Join(",", source.DiskControllerTypes), source.OsState, source.ImageType, source.DataDiskCount, source.Plan, source.EndOfLife, source.PublishedDate?.UtcDateTime, source.OsDiskSizeGB);

    private static async Task<List<ImageSource>> FindAsync(SandboxSession sandbox, ImageSourceFilter filter)
    {
        List<ImageSource> sources = [];
        await foreach (ImageSource source in new ImageSourceService(sandbox.Session).FindAsync(filter, sandbox.Context))
        {
            sources.Add(source);
        }

        return sources;
    }
}

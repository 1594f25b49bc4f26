using System.Text.Json.Nodes;
using AzImageTools.Services.Images;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Tests.Capture;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Publish;

public sealed class PublishServiceTests
{
    private const string Key = """{"location":"REGION","identity":{"type":"SystemAssigned"},"properties":{"activeKey":{"keyUrl":"https://keys.vault.azure.net/keys/disks/1"}}}""";

    [Fact]
    public async Task A_disk_becomes_the_first_version_of_a_new_definition_that_says_what_the_disk_is()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ResourceIdentifier disk = await sandbox.CopyOsDiskAsync();

        CapturedImage image = await sandbox.PublishAsync(PublishSources.Request with { SourceId = disk.ToString() });

        Assert.Equal("1.0.0", image.Name);
        Assert.Equal(ImageKind.Gallery, image.ImageKind);
        Assert.Equal(PublishSources.Definition, image.GalleryImageDefinitionName);
        Assert.Equal("Windows", image.OsType);
        Assert.Equal("V2", image.HyperVGeneration);
        Assert.Equal(OsState.Generalized, image.OsState);
        Assert.Equal("Succeeded", image.ProvisioningState);
        Assert.Equal(disk.ToString(), image.SourceId, ignoreCase: true);
        RegionReplication home = Assert.Single(image.Replication);
        Assert.Equal(("westeurope", "Completed", 100), (home.Name, home.State, home.Progress));
        JsonNode definition = Body(sandbox, $"/images/{PublishSources.Definition}", "/versions/")["properties"]!;
        Assert.Equal("x64", (string?)definition["architecture"]);
        Assert.Equal("V2", (string?)definition["hyperVGeneration"]);
    }

    [Fact]
    public async Task Each_source_is_named_to_Azure_in_its_own_way()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ResourceIdentifier disk = await sandbox.CopyOsDiskAsync();
        ResourceIdentifier snapshot = await sandbox.SnapshotAsync(disk);
        ResourceIdentifier image = await sandbox.MakeImageAsync(disk);
        ResourceIdentifier machine = await sandbox.GeneralizeAsync(SandboxSession.WindowsVM);
        Uri blob = await sandbox.UploadBlobAsync();
        string version = (await sandbox.PublishAsync(PublishSources.Request with { SourceId = disk.ToString() })).Id;

        Assert.Equal(snapshot.ToString(), (string?)(await SendAsync(PublishSources.Request with { SourceId = snapshot.ToString() }))["osDiskImage"]!["source"]!["id"], ignoreCase: true);
        Assert.Equal(image.ToString(), (string?)(await SendAsync(PublishSources.Request with { SourceId = image.ToString() }))["source"]!["id"], ignoreCase: true);
        Assert.Equal(machine.ToString(), (string?)(await SendAsync(PublishSources.Request with { SourceId = machine.ToString() }))["source"]!["id"], ignoreCase: true);
        Assert.Equal(version, (string?)(await SendAsync(PublishSources.Request with { SourceId = version, GalleryImageDefinitionName = "again" }))["source"]!["id"], ignoreCase: true);
        JsonNode fromBlob = (await SendAsync(PublishSources.Request with
        {
            BlobUri = new Uri(blob + "?sig=secret"),
            OsType = "Windows",
            HyperVGeneration = "V2",
            GalleryResourceGroupName = SandboxSession.Group,
        }))["osDiskImage"]!["source"]!;
        Assert.Equal(blob.ToString(), (string?)fromBlob["uri"]);
        Assert.EndsWith("/storageAccounts/sandboximages", (string?)fromBlob["storageAccountId"], StringComparison.OrdinalIgnoreCase);

        async Task<JsonNode> SendAsync(PublishRequest request)
        {
            sandbox.Wire.Changes.Clear();
            Assert.Equal("Succeeded", (await sandbox.PublishAsync(request)).ProvisioningState);
            return JsonNode.Parse(sandbox.Wire.Body("/versions/"))!["properties"]!["storageProfile"]!;
        }
    }

    [Fact]
    public async Task Data_disks_go_beside_the_OS_disk_by_their_numbers()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ResourceIdentifier disk = await sandbox.CopyOsDiskAsync();
        string data = (await sandbox.CreateEmptyDiskAsync("data")).ToString();

        CapturedImage image = await sandbox.PublishAsync(PublishSources.Request with { SourceId = disk.ToString(), DataDisks = [new DataDiskSource { Id = data, Lun = 7, Caching = "ReadWrite" }] });

        Assert.Equal(ImageType.VmImage, image.ImageType);
        Assert.Equal(1, image.DataDiskCount);
        JsonNode sent = Assert.Single(Body(sandbox, "/versions/")["properties"]!["storageProfile"]!["dataDiskImages"]!.AsArray())!;
        Assert.Equal(7, (int?)sent["lun"]);
        Assert.Equal("ReadWrite", (string?)sent["hostCaching"]);
        Assert.Equal(data, (string?)sent["source"]!["id"]);
    }

    [Fact]
    public async Task Regions_get_their_copies_and_storage_and_the_version_its_dates()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        DateTimeOffset end = DateTimeOffset.UtcNow.AddYears(1);

        CapturedImage image = await sandbox.PublishAsync(PublishSources.Request with
        {
            SourceId = (await sandbox.CopyOsDiskAsync()).ToString(),
            TargetRegions = ["North Europe", new ImageTargetRegion { Name = "westeurope", ReplicaCount = 3, StorageAccountType = "Premium_LRS" }],
            ReplicaCount = 2,
            StorageAccountType = "Standard_ZRS",
            EndOfLifeDate = end,
            ExcludeFromLatest = true,
        });

        JsonNode profile = Body(sandbox, "/versions/")["properties"]!["publishingProfile"]!;
        Assert.Equal(2, (int?)profile["replicaCount"]);
        Assert.Equal("Standard_ZRS", (string?)profile["storageAccountType"]);
        Assert.True((bool?)profile["excludeFromLatest"]);
        Assert.Equal(end, DateTimeOffset.Parse((string)profile["endOfLifeDate"]!, null));
        Assert.Equal(
            [("westeurope", 3, "Premium_LRS"), ("northeurope", 2, "Standard_ZRS")],
            image.Replication.Select(region => (region.Name, region.ReplicaCount ?? 0, region.StorageAccountType ?? string.Empty)));
        Assert.Equal(["westeurope", "northeurope"], image.TargetRegions);
    }

    [Theory]
    [InlineData("northeurope", true)]
    [InlineData("westeurope", true)]
    [InlineData("northeurope", false, "northeurope=1=Standard_ZRS")]
    public async Task Zone_redundancy_in_a_region_without_zones_is_refused_before_anything_happens(string withoutZones, bool isDefault, string region = "northeurope")
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(new() { RegionsWithoutZones = [withoutZones] });
        string[] parts = region.Split('=');
        PublishRequest request = PublishSources.Request with
        {
            SourceId = (await sandbox.CopyOsDiskAsync()).ToString(),
            StorageAccountType = isDefault ? "Standard_ZRS" : null,
            TargetRegions = [new ImageTargetRegion { Name = parts[0], StorageAccountType = parts.Length > 2 ? parts[2] : null }],
        };
        sandbox.Wire.Changes.Clear();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PlanAsync(request));

        Assert.Equal("RegionWithoutZones", failure.ErrorId);
        Assert.Contains(withoutZones, failure.Message, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
        Assert.NotNull(await sandbox.PlanAsync(request with { StorageAccountType = null, TargetRegions = [new ImageTargetRegion { Name = "northeurope" }] }));
    }

    [Theory]
    [InlineData("TargetRegionGivenTwice", "North Europe", "northeurope")]
    [InlineData("RegionNotFound", "nowhere")]
    [InlineData("ReplicaCountInvalid", "northeurope=0")]
    [InlineData("ReplicaCountInvalid", "northeurope=101")]
    [InlineData("StorageAccountTypeInvalid", "northeurope=1=UltraSSD_LRS")]
    public async Task Regions_that_can_not_be_so_are_refused_before_anything_happens(string errorId, params string[] regions)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string disk = (await sandbox.CopyOsDiskAsync()).ToString();
        sandbox.Wire.Changes.Clear();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PlanAsync(PublishSources.Request with
        {
            SourceId = disk,
            TargetRegions = [.. regions.Select(region => region.Split('=')).Select(parts => new ImageTargetRegion
            {
                Name = parts[0],
                ReplicaCount = parts.Length > 1 ? int.Parse(parts[1], null) : null,
                StorageAccountType = parts.ElementAtOrDefault(2),
            })],
        }));

        Assert.Equal(errorId, failure.ErrorId);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task Each_region_gets_the_key_that_is_named_for_it_and_a_key_of_another_region_is_refused()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string disk = (await sandbox.CopyOsDiskAsync()).ToString();
        string west = MakeKey(sandbox, "west", "westeurope"), north = MakeKey(sandbox, "north", "northeurope");
        PublishRequest request = PublishSources.Request with { SourceId = disk };
        sandbox.Wire.Changes.Clear();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PublishAsync(request with { TargetRegions = [Keyed("westeurope", west), Keyed("northeurope", west)] }));
        Assert.Equal("EncryptionSetInAnotherRegion", failure.ErrorId);
        Assert.Empty(sandbox.Wire.Changes);
        await sandbox.PublishAsync(request with { TargetRegions = [Keyed("westeurope", west), Keyed("northeurope", north)] });

        Assert.Equal(
            [("westeurope", west), ("northeurope", north)],
            Body(sandbox, "/versions/")["properties"]!["publishingProfile"]!["targetRegions"]!.AsArray()
                .Select(region => ((string)region!["name"]!, (string)region["encryption"]!["osDiskImage"]!["diskEncryptionSetId"]!)));
    }

    /// <summary>"VM image version source doesn't currently support customer-managed key encryption" (azure/virtual-machines/image-version-encryption).</summary>
    [Fact]
    public async Task A_version_of_a_machine_with_a_key_is_made_of_the_machines_disks()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        VirtualMachineResource machine = await sandbox.GetVMAsync(SandboxSession.WindowsVM);
        string key = MakeKey(sandbox, "west", "westeurope");
        PublishRequest request = PublishSources.Request with { SourceId = machine.Id.ToString(), OsState = OsState.Specialized };
        sandbox.Wire.Changes.Clear();

        await sandbox.PublishAsync(request with
        {
            TargetRegions = [new ImageTargetRegion { Name = "westeurope", OsDiskEncryptionSetId = key, DataDiskEncryptionSetIds = new Dictionary<int, string> { [0] = key } }],
        });

        JsonNode properties = Body(sandbox, "/versions/")["properties"]!;
        Assert.Null(properties["storageProfile"]!["source"]);
        Assert.Equal(machine.Data.StorageProfile.OSDisk.ManagedDisk.Id.ToString(), (string?)properties["storageProfile"]!["osDiskImage"]!["source"]!["id"]);
        JsonNode encryption = Assert.Single(properties["publishingProfile"]!["targetRegions"]!.AsArray())!["encryption"]!;
        Assert.Equal(key, (string?)encryption["osDiskImage"]!["diskEncryptionSetId"]);
        Assert.Equal((0, key), ((int)encryption["dataDiskImages"]![0]!["lun"]!, (string)encryption["dataDiskImages"]![0]!["diskEncryptionSetId"]!));
    }

    [Fact]
    public async Task What_a_version_was_made_of_stands_in_its_tags_and_is_handed_on()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string report = Path.GetTempFileName();
        await File.WriteAllTextAsync(report, "the report");
        PublishRequest request = PublishSources.Request with
        {
            SourceId = (await sandbox.CopyOsDiskAsync()).ToString(),
            BaseImage = "MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2:20348.1.2",
            Checksum = "0123456789ABCDEF",
            ReadinessReportPath = report,
            Tag = new Dictionary<string, string> { ["team"] = "web" },
        };

        CapturedImage image = await sandbox.PublishAsync(request);
        File.Delete(report);

        JsonNode tags = Body(sandbox, "/versions/")["tags"]!;
        Assert.Equal("web", (string?)tags["team"]);
        Assert.Equal(request.BaseImage, (string?)tags["azimagetools-base"]);
        Assert.Equal(request.Checksum, (string?)tags["azimagetools-crc64"]);

        // sha256sum of the text.
        Assert.Equal(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("the report"u8)), (string?)tags["azimagetools-readiness"]);
        sandbox.Wire.Changes.Clear();
        await sandbox.PublishAsync(PublishSources.Request with { SourceId = image.Id, GalleryImageDefinitionName = "again" });
        JsonNode handedOn = Body(sandbox, "/versions/")["tags"]!;
        Assert.Equal(request.BaseImage, (string?)handedOn["azimagetools-base"]);
        Assert.Equal(request.Checksum, (string?)handedOn["azimagetools-crc64"]);
        Assert.Null(handedOn["azimagetools-readiness"]);
    }

    [Fact]
    public async Task A_machine_tells_the_Marketplace_image_that_it_was_made_of()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ResourceIdentifier machine = await sandbox.GeneralizeAsync(SandboxSession.WindowsVM);
        sandbox.Wire.Changes.Clear();

        await sandbox.PublishAsync(PublishSources.Request with { SourceId = machine.ToString() });

        Assert.StartsWith("MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2:", (string?)Body(sandbox, "/versions/")["tags"]!["azimagetools-base"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_is_not_generalized_is_published_as_specialized_alone()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = PublishSources.Request with { SourceId = (await sandbox.GetVMAsync(SandboxSession.LinuxVM)).Id.ToString() };

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PublishAsync(request));

        Assert.Equal("VMNotGeneralized", failure.ErrorId);
        Assert.Contains("New-AzCapturedImage", failure.Remedy, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
        Assert.Equal(OsState.Specialized, (await sandbox.PublishAsync(request with { OsState = OsState.Specialized })).OsState);
    }

    [Theory]
    [InlineData("SourceNotSupported", "/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/sandbox-rg/providers/Microsoft.Compute/galleries/sandboxGallery")]
    [InlineData("SourceNotSupported", "nonsense")]
    [InlineData("SourceAmbiguous", null)]
    public async Task What_no_version_can_be_made_of_is_refused(string errorId, string? source)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Assert.Equal(errorId, (await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PlanAsync(PublishSources.Request with { SourceId = source }))).ErrorId);
    }

    [Theory]
    [InlineData("BlobNotFound", "https://sandboximages.blob.core.windows.net/vhds/none.vhd")]
    [InlineData("StorageAccountNotFound", "https://elsewhere.blob.core.windows.net/vhds/web.vhd")]
    [InlineData("BlobUriInvalid", "https://sandboximages.blob.core.windows.net.example.org/vhds/web.vhd")]
    public async Task A_blob_that_can_not_be_the_source_is_refused_before_anything_happens(string errorId, string address)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PlanAsync(
            PublishSources.Request with { BlobUri = new Uri(address), OsType = "Windows", HyperVGeneration = "V2", GalleryResourceGroupName = SandboxSession.Group }));

        Assert.Equal(errorId, failure.ErrorId);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_gallery_that_is_not_there_is_told_with_what_to_do()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(async () => await sandbox.PlanAsync(
            PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString(), GalleryName = "none" }));

        Assert.Equal("GalleryNotFound", failure.ErrorId);
        Assert.Contains("New-AzGallery", failure.Remedy, StringComparison.Ordinal);
    }

    private static ImageTargetRegion Keyed(string region, string key) => new() { Name = region, OsDiskEncryptionSetId = key };

    private static string MakeKey(SandboxSession sandbox, string name, string region)
    {
        string id = $"{sandbox.ResourceGroup.Id}/providers/Microsoft.Compute/diskEncryptionSets/{name}";
        sandbox.Put($"{id}?api-version=2023-04-02", Key.Replace("REGION", region, StringComparison.Ordinal));
        return id;
    }

    private static JsonNode Body(SandboxSession sandbox, string pathPart, string? without = null)
        => JsonNode.Parse(sandbox.Wire.Changes.Single(change => change.Method == "PUT"
            && change.Path.Contains(pathPart, StringComparison.OrdinalIgnoreCase)
            && (without is null || !change.Path.Contains(without, StringComparison.OrdinalIgnoreCase))).Body)!;
}

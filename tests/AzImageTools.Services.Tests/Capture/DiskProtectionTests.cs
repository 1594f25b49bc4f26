using System.Text.Json.Nodes;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Sources;

namespace AzImageTools.Services.Tests.Capture;

/// <summary>What guards a machine's disks (keys, network access) guards what is made of them, or the user is told.</summary>
public sealed class DiskProtectionTests
{
    private const string OsKey = "os-keys";
    private const string DataKey = "data-keys";

    [Fact]
    public async Task The_backup_s_snapshot_keeps_the_disk_s_key_and_who_may_read_it_out()
    {
        using SandboxSession sandbox = await StartAsync();
        string access = $"{Group(sandbox)}/providers/Microsoft.Compute/diskAccesses/vault";
        sandbox.Put($"{access}?api-version=2023-04-02", """{"location":"westeurope"}""");
        sandbox.Wire.AlterAt("/disks/win-vm_OsDisk_1", disk =>
        {
            disk["properties"]!["networkAccessPolicy"] = "AllowPrivate";
            disk["properties"]!["diskAccessId"] = access;
            disk["properties"]!["publicNetworkAccess"] = "Disabled";
        });

        await sandbox.CaptureAsync(Request with { ImageName = "captured" });

        JsonNode snapshot = JsonNode.Parse(sandbox.Wire.Body("/snapshots/"))!["properties"]!;
        Assert.Equal(Key(sandbox, OsKey), (string?)snapshot["encryption"]!["diskEncryptionSetId"]);
        Assert.Equal("EncryptionAtRestWithCustomerKey", (string?)snapshot["encryption"]!["type"]);
        Assert.Equal("AllowPrivate", (string?)snapshot["networkAccessPolicy"]);
        Assert.Equal(access, (string?)snapshot["diskAccessId"]);
        Assert.Equal("Disabled", (string?)snapshot["publicNetworkAccess"]);
        string warning = Assert.Single(sandbox.Log.Warnings, warning => warning.Contains("may not be exported", StringComparison.Ordinal));
        Assert.Contains("OS disk 'win-vm_OsDisk_1'", warning, StringComparison.Ordinal);
        Assert.Contains("AllowPrivate", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_managed_image_of_disks_with_keys_is_made_of_the_disks_with_those_keys()
    {
        using SandboxSession sandbox = await StartAsync();

        await sandbox.CaptureAsync(Request with { ImageName = "captured" });

        JsonNode image = JsonNode.Parse(sandbox.Wire.Body("/images/captured"))!["properties"]!;
        Assert.Null(image["sourceVirtualMachine"]);
        JsonNode osDisk = image["storageProfile"]!["osDisk"]!;
        Assert.EndsWith("/disks/win-vm_OsDisk_1", (string?)osDisk["managedDisk"]!["id"], StringComparison.OrdinalIgnoreCase);
        Assert.Equal(Key(sandbox, OsKey), (string?)osDisk["diskEncryptionSet"]!["id"]);
        Assert.Equal("ReadWrite", (string?)osDisk["caching"]);
        Assert.Equal("Generalized", (string?)osDisk["osState"]);
        JsonNode dataDisk = Assert.Single(image["storageProfile"]!["dataDisks"]!.AsArray())!;
        Assert.Equal(0, (int?)dataDisk["lun"]);
        Assert.Equal(Key(sandbox, DataKey), (string?)dataDisk["diskEncryptionSet"]!["id"]);
    }

    [Fact]
    public async Task A_gallery_s_version_of_disks_with_keys_is_made_of_the_disks_with_those_keys()
    {
        using SandboxSession sandbox = await StartAsync();

        await sandbox.CaptureAsync(Request with { GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = "golden" });

        JsonNode version = JsonNode.Parse(sandbox.Wire.Body("/versions/"))!["properties"]!;
        Assert.Null(version["storageProfile"]!["source"]);
        Assert.EndsWith("/disks/win-vm_OsDisk_1", (string?)version["storageProfile"]!["osDiskImage"]!["source"]!["id"], StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("/disks/win-vm_DataDisk_0", (string?)Assert.Single(version["storageProfile"]!["dataDiskImages"]!.AsArray())!["source"]!["id"], StringComparison.OrdinalIgnoreCase);
        JsonNode region = Assert.Single(version["publishingProfile"]!["targetRegions"]!.AsArray())!;
        Assert.Equal(Key(sandbox, OsKey), (string?)region["encryption"]!["osDiskImage"]!["diskEncryptionSetId"]);
        JsonNode dataDisk = Assert.Single(region["encryption"]!["dataDiskImages"]!.AsArray())!;
        Assert.Equal(0, (int?)dataDisk["lun"]);
        Assert.Equal(Key(sandbox, DataKey), (string?)dataDisk["diskEncryptionSetId"]);
    }

    [Fact]
    public async Task An_encryption_set_is_of_one_region_so_that_others_are_refused_before_anything_happens()
    {
        using SandboxSession sandbox = await StartAsync();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(
            () => sandbox.CaptureAsync(Request with { GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = "golden", TargetRegions = ["North Europe", "westeurope"] }));

        Assert.Equal("EncryptionSetNeededInRegion", failure.ErrorId);
        Assert.Contains("those of North Europe are", failure.Message, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task Disks_without_keys_or_limits_are_told_nothing_of()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        await sandbox.CaptureAsync(Request with { GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = "golden", TargetRegions = ["northeurope"] });

        Assert.DoesNotContain("ncryption", sandbox.Wire.Body("/versions/"), StringComparison.Ordinal);
        Assert.DoesNotContain("ncryption", sandbox.Wire.Body("/snapshots/"), StringComparison.Ordinal);
        Assert.All(sandbox.Log.Warnings, warning => Assert.Contains("is running", warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_purchase_plan_survives_in_a_managed_image()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.AlterAt("/virtualMachines/win-vm", machine => machine["plan"] = new JsonObject { ["name"] = "sku-a", ["product"] = "offer-a", ["publisher"] = "publisher-a" });

        await sandbox.CaptureAsync(Request with { ImageName = "captured", Tag = new Dictionary<string, string> { ["team"] = "web" } });

        // The tags of packer's, whose images are read too.
        JsonNode tags = JsonNode.Parse(sandbox.Wire.Body("/images/captured"))!["tags"]!;
        Assert.Equal("sku-a", (string?)tags["PlanInfo"]);
        Assert.Equal("offer-a", (string?)tags["PlanProduct"]);
        Assert.Equal("publisher-a", (string?)tags["PlanPublisher"]);
        Assert.Equal("web", (string?)tags["team"]);
        ImageSource source = Assert.Single(await ImagesAsync(sandbox));
        Assert.Equal(new ImagePlan("sku-a", "offer-a", "publisher-a"), source.Plan);
    }

    [Fact]
    public async Task A_tag_that_differs_from_the_plans_by_case_only_is_not_sent_beside_it()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.AlterAt("/virtualMachines/win-vm", machine => machine["plan"] = new JsonObject { ["name"] = "sku-a", ["product"] = "offer-a", ["publisher"] = "publisher-a" });

        await sandbox.CaptureAsync(Request with { ImageName = "captured", Tag = new Dictionary<string, string> { ["planinfo"] = "mine" } });

        JsonObject tags = JsonNode.Parse(sandbox.Wire.Body("/images/captured"))!["tags"]!.AsObject();
        Assert.Equal(["PlanInfo"], tags.Select(tag => tag.Key).Where(name => string.Equals(name, "planinfo", StringComparison.OrdinalIgnoreCase)));
        Assert.Equal("sku-a", (string?)tags["PlanInfo"]);
    }

    [Fact]
    public async Task A_managed_image_without_a_plan_or_with_half_of_one_has_none()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        await sandbox.CaptureAsync(Request with { ImageName = "captured", Tag = new Dictionary<string, string> { ["PlanInfo"] = "sku-a" } });

        Assert.Null(Assert.Single(await ImagesAsync(sandbox)).Plan);
    }

    private static CaptureRequest Request => new() { VMName = SandboxSession.WindowsVM, VMResourceGroupName = SandboxSession.Group, AllowRunning = true };

    private static async Task<List<ImageSource>> ImagesAsync(SandboxSession sandbox)
    {
        List<ImageSource> sources = [];
        await foreach (ImageSource source in new ImageSourceService(sandbox.Session).FindAsync(new ImageSourceFilter { Kinds = [ImageSourceKind.ManagedImage] }, sandbox.Context))
        {
            sources.Add(source);
        }

        return sources;
    }

    private static async Task<SandboxSession> StartAsync()
    {
        SandboxSession sandbox = await SandboxSession.StartAsync();
        foreach (string key in new[] { OsKey, DataKey })
        {
            sandbox.Put(
                $"{Key(sandbox, key)}?api-version=2023-04-02",
                """{"location":"westeurope","identity":{"type":"SystemAssigned"},"properties":{"activeKey":{"keyUrl":"https://keys.vault.azure.net/keys/disks/1"}}}""");
        }

        sandbox.Wire.AlterAt("/disks/win-vm_OsDisk_1", disk => Encrypt(disk, Key(sandbox, OsKey)));
        sandbox.Wire.AlterAt("/disks/win-vm_DataDisk_0", disk => Encrypt(disk, Key(sandbox, DataKey)));
        return sandbox;
    }

    private static void Encrypt(JsonObject disk, string key)
        => disk["properties"]!["encryption"] = new JsonObject { ["type"] = "EncryptionAtRestWithCustomerKey", ["diskEncryptionSetId"] = key };

    private static string Group(SandboxSession sandbox) => $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}";

    private static string Key(SandboxSession sandbox, string name) => $"{Group(sandbox)}/providers/Microsoft.Compute/diskEncryptionSets/{name}";
}

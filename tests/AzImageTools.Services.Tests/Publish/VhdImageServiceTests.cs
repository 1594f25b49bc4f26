using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Tests.Capture;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Publish;

public sealed class VhdImageServiceTests
{
    private const string Image = "from-disk";

    [Fact]
    public async Task An_image_of_a_disk_takes_the_disk_s_own_OS_generation_and_region()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ResourceIdentifier disk = await sandbox.CopyOsDiskAsync();

        CapturedImage image = await MakeAsync(sandbox, new VhdImageRequest { Name = Image, ResourceGroupName = SandboxSession.Group, DiskId = disk.ToString(), StorageAccountType = "Premium_LRS" });

        Assert.Equal(Image, image.Name);
        Assert.Equal(ImageKind.ManagedImage, image.ImageKind);
        Assert.Equal(ImageType.OsImage, image.ImageType);
        Assert.Equal(OsState.Generalized, image.OsState);
        Assert.Equal("Windows", image.OsType);
        Assert.Equal("V2", image.HyperVGeneration);
        Assert.Equal(disk.ToString(), image.SourceId, ignoreCase: true);
        Assert.Equal("Succeeded", image.ProvisioningState);
        DiskImageResource stored = await sandbox.ResourceGroup.GetDiskImageAsync(Image);
        Assert.Equal(StorageAccountType.PremiumLrs, stored.Data.StorageProfile.OSDisk.StorageAccountType);
        Assert.True(stored.Data.Tags.ContainsKey("azimagetools-run"));
    }

    [Fact]
    public async Task A_disk_whose_upload_has_not_ended_is_refused_with_the_remedy()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ManagedDiskData data = new((await sandbox.ResourceGroup.GetAsync()).Value.Data.Location)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Upload) { UploadSizeBytes = (20L << 20) + 512 },
            OSType = SupportedOperatingSystemType.Windows,
            HyperVGeneration = HyperVGeneration.V2,
        };
        string disk = (await sandbox.CreateDiskAsync("half", data)).Id.ToString();
        sandbox.Wire.Changes.Clear();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(
            () => MakeAsync(sandbox, new VhdImageRequest { Name = Image, ResourceGroupName = SandboxSession.Group, DiskId = disk }));

        Assert.Equal("DiskUploadUnfinished", failure.ErrorId);
        Assert.Contains("Send-AzVhd", failure.Remedy, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task An_image_that_is_there_already_is_an_error()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        VhdImageRequest request = new() { Name = Image, ResourceGroupName = SandboxSession.Group, DiskId = (await sandbox.CopyOsDiskAsync()).ToString() };
        await MakeAsync(sandbox, request);
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => MakeAsync(sandbox, request));
        Assert.Equal("ImageAlreadyExists", failure.ErrorId);
    }

    [Theory]
    [InlineData("Linux", null, null, "OsTypeMismatch")]
    [InlineData(null, "V1", null, "HyperVGenerationMismatch")]
    [InlineData(null, null, "eastasia", "LocationMismatch")]
    public async Task What_contradicts_the_disk_is_refused(string? osType, string? generation, string? location, string errorId)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string disk = (await sandbox.CopyOsDiskAsync()).ToString();
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => MakeAsync(sandbox, new VhdImageRequest
        {
            Name = Image,
            ResourceGroupName = SandboxSession.Group,
            DiskId = disk,
            OsType = osType,
            HyperVGeneration = generation,
            Location = location,
        }));
        Assert.Equal(errorId, failure.ErrorId);
    }

    [Theory]
    [InlineData(null, "V2", "OsTypeRequired")]
    [InlineData("Windows", null, "HyperVGenerationRequired")]
    [InlineData("BeOS", "V2", "OsTypeInvalid")]
    [InlineData("Windows", "V3", "HyperVGenerationInvalid")]
    public async Task A_blob_does_not_tell_its_OS_and_generation(string? osType, string? generation, string errorId)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => MakeAsync(sandbox, Blob() with { OsType = osType, HyperVGeneration = generation }));
        Assert.Equal(errorId, failure.ErrorId);
    }

    [Fact]
    public async Task A_page_blob_with_a_fixed_VHD_becomes_an_image()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.UploadBlobAsync();

        CapturedImage image = await MakeAsync(sandbox, Blob() with { OsType = "linux", HyperVGeneration = "v2", Location = "West Europe" });

        Assert.Equal("Linux", image.OsType);
        Assert.Equal("V2", image.HyperVGeneration);
        Assert.Equal("westeurope", image.Location);
        Assert.Equal(ImageType.OsImage, image.ImageType);
        Assert.Equal("https://sandboximages.blob.core.windows.net/vhds/web.vhd", image.SourceId);
        Assert.Equal("Succeeded", image.ProvisioningState);
    }

    [Fact]
    public async Task A_blob_that_is_not_there_is_an_error_that_leaves_no_image()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await Assert.ThrowsAsync<PlanFailedException>(() => MakeAsync(sandbox, Blob() with { OsType = "Linux", HyperVGeneration = "V2" }));
        Assert.False(await sandbox.HasImageAsync(Image));
    }

    [Fact]
    public async Task A_SAS_never_leaves_the_request()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Plan<CapturedImage> plan = await new VhdImageService(sandbox.Session).PlanAsync(Blob() with { OsType = "Linux", HyperVGeneration = "V1" }, sandbox.Context);
        Assert.DoesNotContain("secret", plan.ToString(), StringComparison.Ordinal);
        Assert.Contains("https://sandboximages.blob.core.windows.net/vhds/web.vhd", plan.ToString(), StringComparison.Ordinal);

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => PlanRunner.RunAsync(plan, sandbox.Context));
        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
        string body = sandbox.Wire.Body("/images/");
        Assert.Contains("\"blobUri\":\"https://sandboximages.blob.core.windows.net/vhds/web.vhd\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Either_a_disk_or_a_blob_has_to_be_given()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        VhdImageRequest neither = new() { Name = Image, ResourceGroupName = SandboxSession.Group };
        Assert.Equal("SourceAmbiguous", (await Assert.ThrowsAsync<ImageServiceException>(() => MakeAsync(sandbox, neither))).ErrorId);
        Assert.Equal("SourceAmbiguous", (await Assert.ThrowsAsync<ImageServiceException>(() => MakeAsync(sandbox, Blob() with { DiskId = "x" }))).ErrorId);
    }

    [Fact]
    public async Task A_Trusted_Launch_disk_is_refused()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        VirtualMachineResource vm = await sandbox.GetVMAsync(SandboxSession.TrustedLaunchVM);
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => MakeAsync(sandbox, new VhdImageRequest
        {
            Name = Image,
            ResourceGroupName = SandboxSession.Group,
            DiskId = vm.Data.StorageProfile.OSDisk.ManagedDisk.Id.ToString(),
        }));
        Assert.Equal("SecurityTypeNeedsGallery", failure.ErrorId);
        Assert.Contains("Publish-AzImageVersion", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_s_key_and_purchase_plan_go_into_the_image_and_its_export_block_is_told_of()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string disk = (await sandbox.CopyOsDiskAsync()).ToString();
        string key = $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/keys/providers/Microsoft.Compute/diskEncryptionSets/keys";
        sandbox.Wire.AlterAt("/disks/copy", document =>
        {
            document["properties"]!["encryption"] = new JsonObject { ["type"] = "EncryptionAtRestWithCustomerKey", ["diskEncryptionSetId"] = key };
            document["properties"]!["purchasePlan"] = new JsonObject { ["name"] = "sku-a", ["product"] = "offer-a", ["publisher"] = "publisher-a" };
            document["properties"]!["networkAccessPolicy"] = "DenyAll";
        });
        sandbox.Wire.Instead = request => request.Method == HttpMethod.Put ? new HttpResponseMessage(HttpStatusCode.Forbidden) : null;

        await Assert.ThrowsAsync<PlanFailedException>(() => MakeAsync(sandbox, new VhdImageRequest { Name = Image, ResourceGroupName = SandboxSession.Group, DiskId = disk }));

        JsonNode image = JsonNode.Parse(sandbox.Wire.Body("/images/"))!;
        Assert.Equal(key, (string?)image["properties"]!["storageProfile"]!["osDisk"]!["diskEncryptionSet"]!["id"]);
        Assert.Equal("sku-a", (string?)image["tags"]!["PlanInfo"]);
        Assert.Contains(sandbox.Log.Warnings, warning => warning.Contains("may not be exported", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_with_a_key_of_another_subscription_is_refused()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string disk = (await sandbox.CopyOsDiskAsync()).ToString();
        sandbox.Wire.Changes.Clear();
        sandbox.Wire.AlterAt("/disks/copy", document => document["properties"]!["encryption"] = new JsonObject
        {
            ["type"] = "EncryptionAtRestWithCustomerKey",
            ["diskEncryptionSetId"] = "/subscriptions/5a4db0c5-0000-4000-8000-000000000002/resourceGroups/keys/providers/Microsoft.Compute/diskEncryptionSets/keys",
        });

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(
            () => MakeAsync(sandbox, new VhdImageRequest { Name = Image, ResourceGroupName = SandboxSession.Group, DiskId = disk }));

        Assert.Equal("EncryptionSetInAnotherSubscription", failure.ErrorId);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task Uploaded_data_disks_become_those_of_the_image()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string disk = (await sandbox.CopyOsDiskAsync()).ToString();
        string first = (await sandbox.CreateEmptyDiskAsync("data-a")).ToString();
        ResourceIdentifier second = await sandbox.SnapshotAsync(await sandbox.CreateEmptyDiskAsync("data-b"));

        CapturedImage image = await MakeAsync(sandbox, new VhdImageRequest
        {
            Name = Image,
            ResourceGroupName = SandboxSession.Group,
            DiskId = disk,
            DataDisks = [new DataDiskSource { Id = first }, new DataDiskSource { Id = second.ToString(), Lun = 0, Caching = "readonly" }],
        });

        Assert.Equal(ImageType.VmImage, image.ImageType);
        Assert.Equal(2, image.DataDiskCount);
        JsonNode dataDisks = JsonNode.Parse(sandbox.Wire.Body("/images/"))!["properties"]!["storageProfile"]!["dataDisks"]!;
        Assert.Equal(0, (int?)dataDisks[0]!["lun"]);
        Assert.Equal(second.ToString(), (string?)dataDisks[0]!["snapshot"]!["id"]);
        Assert.Equal("ReadOnly", (string?)dataDisks[0]!["caching"]);
        Assert.Equal(1, (int?)dataDisks[1]!["lun"]);
        Assert.Equal(first, (string?)dataDisks[1]!["managedDisk"]!["id"]);
    }

    [Fact]
    public async Task Data_disks_that_can_not_go_with_the_OS_disk_are_refused_before_anything_happens()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string disk = (await sandbox.CopyOsDiskAsync()).ToString();
        string data = (await sandbox.CreateEmptyDiskAsync("data-a")).ToString();
        string elsewhere = (await sandbox.CreateEmptyDiskAsync("data-b", "northeurope")).ToString();
        VhdImageRequest request = new() { Name = Image, ResourceGroupName = SandboxSession.Group, DiskId = disk };
        sandbox.Wire.Changes.Clear();
        (string ErrorId, DataDiskSource[] Disks)[] rows =
        [
            ("DataDiskGivenTwice", [new DataDiskSource { Id = disk }]),
            ("DataDiskGivenTwice", [new DataDiskSource { Id = data }, new DataDiskSource { Id = data.ToUpperInvariant() }]),
            ("DataDiskMismatch", [new DataDiskSource { BlobUri = new Uri("https://sandboximages.blob.core.windows.net/vhds/data.vhd") }]),
            ("DataDiskMismatch", [new DataDiskSource { Id = elsewhere }]),
            ("DataDiskInvalid", [new DataDiskSource { Id = data, Lun = 64 }]),
            ("DataDiskInvalid", [new DataDiskSource { Id = data, Caching = "Sometimes" }]),
            ("DataDiskInvalid", [new DataDiskSource()]),
        ];

        foreach ((string errorId, DataDiskSource[] disks) in rows)
        {
            Assert.Equal(errorId, (await Assert.ThrowsAsync<ImageServiceException>(() => MakeAsync(sandbox, request with { DataDisks = disks }))).ErrorId);
        }

        Assert.Empty(sandbox.Wire.Changes);
    }

    private static VhdImageRequest Blob() => new()
    {
        Name = Image,
        ResourceGroupName = SandboxSession.Group,
        BlobUri = new Uri("https://sandboximages.blob.core.windows.net/vhds/web.vhd?sv=2024&sig=secret"),
    };

    private static async Task<CapturedImage> MakeAsync(SandboxSession sandbox, VhdImageRequest request)
        => await PlanRunner.RunAsync(await new VhdImageService(sandbox.Session).PlanAsync(request, sandbox.Context), sandbox.Context);
}

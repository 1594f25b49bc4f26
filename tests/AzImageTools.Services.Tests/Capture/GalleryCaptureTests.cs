using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Capture;

public sealed class GalleryCaptureTests
{
    private const string Definition = "golden";

    [Fact]
    public async Task A_Trusted_Launch_machine_goes_into_a_new_definition_that_fits_it()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CapturedImage image = await sandbox.CaptureAsync(Into(SandboxSession.TrustedLaunchVM) with { AllowRunning = true });

        Assert.Equal(ImageKind.Gallery, image.ImageKind);
        Assert.Equal("1.0.0", image.Name);
        Assert.Equal(SandboxSession.Gallery, image.GalleryName);
        Assert.Equal(Definition, image.GalleryImageDefinitionName);
        Assert.EndsWith($"/galleries/{SandboxSession.Gallery}/images/{Definition}/versions/1.0.0", image.Id, StringComparison.Ordinal);
        Assert.Equal(ImageType.VmImage, image.ImageType);
        Assert.Equal(OsState.Generalized, image.OsState);
        Assert.Equal("V2", image.HyperVGeneration);
        Assert.Equal("Succeeded", image.ProvisioningState);
        VirtualMachineResource vm = await sandbox.GetVMAsync(SandboxSession.TrustedLaunchVM);
        Assert.Equal(vm.Id.ToString(), image.SourceId, ignoreCase: true);
        Assert.Equal([vm.Data.Location.Name], image.TargetRegions);

        GalleryImageResource definition = await GetDefinitionAsync(sandbox);
        Assert.Equal(vm.Data.StorageProfile.OSDisk.OSType, definition.Data.OSType);
        Assert.Equal("TrustedLaunch", Assert.Single(definition.Data.Features, feature => feature.Name == "SecurityType").Value);
        Assert.Equal(OperatingSystemStateType.Generalized, definition.Data.OSState);
    }

    [Fact]
    public async Task A_virtual_machine_s_id_goes_into_the_source_of_the_version()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.CaptureAsync(Into(SandboxSession.LinuxVM) with { ZoneResilient = true, TargetRegions = ["North Europe"] });

        // galleryExamples/GalleryImageVersion_Create_WithVmAsSource of API version 2022-03-03.
        JsonNode version = JsonNode.Parse(sandbox.Wire.Body("/versions/"))!;
        VirtualMachineResource vm = await sandbox.GetVMAsync(SandboxSession.LinuxVM);
        Assert.Equal(vm.Id.ToString(), (string?)version["properties"]!["storageProfile"]!["source"]!["id"], ignoreCase: true);
        Assert.Equal([vm.Data.Location.Name, "northeurope"], version["properties"]!["publishingProfile"]!["targetRegions"]!.AsArray().Select(region => (string?)region!["name"]));
        Assert.Equal("Standard_ZRS", (string?)version["properties"]!["publishingProfile"]!["storageAccountType"]);
    }

    [Fact]
    public async Task The_next_version_is_taken_when_none_is_given()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.CaptureAsync(Into(SandboxSession.LinuxVM) with { ImageVersion = "2.0.9" });
        CapturedImage next = await sandbox.CaptureAsync(Into(SandboxSession.LinuxVM));
        Assert.Equal("2.0.10", next.Name);
        Assert.Single(next.SnapshotIds);
    }

    [Fact]
    public async Task A_version_that_is_there_already_is_an_error()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.CaptureAsync(Into(SandboxSession.LinuxVM) with { ImageVersion = "1.0.0" });
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(Into(SandboxSession.LinuxVM) with { ImageVersion = "1.0.0" }));
        Assert.Equal("ImageVersionAlreadyExists", failure.ErrorId);
    }

    [Fact]
    public async Task A_definition_that_does_not_fit_is_refused_before_anything_happens()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.CaptureAsync(Into(SandboxSession.LinuxVM));
        sandbox.Wire.Changes.Clear();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(Into(SandboxSession.WindowsVM) with { AllowRunning = true }));

        Assert.Equal("ImageDefinitionMismatch", failure.ErrorId);
        Assert.Contains("OS type", failure.Message, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Theory]
    [InlineData("publisher")]
    [InlineData("offer")]
    [InlineData("SKU")]
    public async Task A_definition_that_is_there_is_not_taken_for_another(string what)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CaptureRequest request = Into(SandboxSession.LinuxVM) with { Publisher = "P", Offer = "O", Sku = "S" };
        await sandbox.CaptureAsync(request);
        sandbox.Wire.Changes.Clear();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(what switch
        {
            "publisher" => request with { Publisher = "other" },
            "offer" => request with { Offer = "other" },
            _ => request with { Sku = "other" },
        }));

        Assert.Equal("ImageDefinitionMismatch", failure.ErrorId);
        Assert.Contains($"with the {what} ", failure.Message, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
        Assert.Equal("1.0.1", (await sandbox.CaptureAsync(request with { Publisher = "p" })).Name);
    }

    [Fact]
    public async Task A_region_that_is_none_is_refused_before_the_machine_is_touched()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string[] before = await sandbox.StatusesOfAsync(SandboxSession.LinuxVM);

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(Into(SandboxSession.LinuxVM) with { TargetRegions = ["North Europe", "nowhere"] }));

        Assert.Equal("RegionNotFound", failure.ErrorId);
        Assert.Contains("'nowhere'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("westeurope", failure.Remedy, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
        Assert.Equal(before, await sandbox.StatusesOfAsync(SandboxSession.LinuxVM));
    }

    [Fact]
    public async Task A_specialized_capture_leaves_the_machine_as_it_is()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string[] before = await sandbox.StatusesOfAsync(SandboxSession.WindowsVM);

        CapturedImage image = await sandbox.CaptureAsync(Into(SandboxSession.WindowsVM) with { OsState = OsState.Specialized });

        Assert.Equal(OsState.Specialized, image.OsState);
        Assert.Equal(1, image.DataDiskCount);
        Assert.Empty(image.SnapshotIds);
        Assert.Equal(before, await sandbox.StatusesOfAsync(SandboxSession.WindowsVM));
    }

    [Fact]
    public async Task An_OS_image_is_made_of_the_OS_disk()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CapturedImage image = await sandbox.CaptureAsync(Into(SandboxSession.WindowsVM) with { ImageType = ImageType.OsImage, AllowRunning = true });

        Assert.Equal(ImageType.OsImage, image.ImageType);
        Assert.Equal(0, image.DataDiskCount);
        VirtualMachineResource vm = await sandbox.GetVMAsync(SandboxSession.WindowsVM);
        Assert.Equal(vm.Data.StorageProfile.OSDisk.ManagedDisk.Id.ToString(), image.SourceId, ignoreCase: true);
    }

    [Fact]
    public async Task A_definition_made_for_a_version_that_failed_is_taken_away_again()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.Instead = request => request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.Contains("/versions/", StringComparison.Ordinal)
            ? new HttpResponseMessage(System.Net.HttpStatusCode.BadRequest) { Content = new StringContent("""{"error":{"code":"Invented","message":"Refused by the test."}}""") }
            : null;

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.CaptureAsync(Into(SandboxSession.LinuxVM)));

        Assert.Equal(["image definition 'golden' in gallery 'sandboxGallery'"], failure.Undone);
        Assert.False(await (await GetGalleryAsync(sandbox)).GetGalleryImages().ExistsAsync(Definition));
        Assert.Single(await sandbox.SnapshotsAsync());
    }

    [Fact]
    public async Task A_gallery_that_is_not_there_is_an_error_before_anything_happens()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(Into(SandboxSession.LinuxVM) with { GalleryName = "none" }));
        Assert.Equal(ErrorKind.NotFound, failure.Kind);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_version_that_is_no_version_is_refused()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(Into(SandboxSession.LinuxVM) with { ImageVersion = "1.0" }));
        Assert.Equal("ImageVersionInvalid", failure.ErrorId);
    }

    private static CaptureRequest Into(string vm) => new()
    {
        VMName = vm,
        VMResourceGroupName = SandboxSession.Group,
        GalleryName = SandboxSession.Gallery,
        GalleryImageDefinitionName = Definition,
    };

    private static async Task<GalleryResource> GetGalleryAsync(SandboxSession sandbox) => await sandbox.ResourceGroup.GetGalleryAsync(SandboxSession.Gallery);

    private static async Task<GalleryImageResource> GetDefinitionAsync(SandboxSession sandbox) => await (await GetGalleryAsync(sandbox)).GetGalleryImageAsync(Definition);
}

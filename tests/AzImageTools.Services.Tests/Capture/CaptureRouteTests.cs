using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Capture;

/// <summary>What a gallery's version is made of, where its definition does not take the machine itself.</summary>
public sealed class CaptureRouteTests
{
    private const string Definition = "supported";

    [Theory]
    [InlineData("TrustedLaunchSupported")]
    [InlineData("ConfidentialVmSupported")]
    [InlineData("TrustedLaunchAndConfidentialVmSupported")]
    public async Task A_definition_that_takes_no_machine_gets_a_managed_image_of_it_which_is_deleted_afterwards(string securityType)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await DefineAsync(sandbox, securityType);

        CapturedImage image = await sandbox.CaptureAsync(Request);

        Assert.Equal("Succeeded", image.ProvisioningState);
        Assert.Equal(ImageType.VmImage, image.ImageType);
        Assert.Equal(1, image.DataDiskCount);
        Assert.Contains("/images/for-supported-1.0.0-", image.SourceId, StringComparison.Ordinal);
        Assert.Empty(await ImagesAsync(sandbox));
        JsonNode version = JsonNode.Parse(sandbox.Wire.Body("/versions/"))!;
        Assert.Equal(image.SourceId, (string?)version["properties"]!["storageProfile"]!["source"]!["id"]);
    }

    [Fact]
    public async Task The_plan_tells_of_the_way_through_a_managed_image()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await DefineAsync(sandbox, "TrustedLaunchSupported");

        Plan<CapturedImage> plan = await new CaptureService(sandbox.Session).PlanAsync(Request, sandbox.Context);

        Assert.Empty(sandbox.Wire.Changes);
        Assert.Equal(
            [
                "Back up the OS disk",
                "Deallocate the virtual machine",
                "Mark the virtual machine as generalized",
                "Create the image from the virtual machine 'win-vm' in resource group 'sandbox-rg'",
                "Create the image version from that managed image",
                "Delete that managed image again",
            ],
            plan.Steps.Select(step => step.Title));
    }

    [Fact]
    public async Task Where_the_version_fails_the_managed_image_on_the_way_is_taken_away_again()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await DefineAsync(sandbox, "TrustedLaunchSupported");
        sandbox.Wire.Instead = request => request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.Contains("/versions/", StringComparison.Ordinal) ? Refuse() : null;

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.CaptureAsync(Request));

        Assert.Contains(failure.Undone, undone => undone.StartsWith("managed image 'for-supported-1.0.0-", StringComparison.Ordinal));
        Assert.Empty(await ImagesAsync(sandbox));

        // The same command continues with the generalized machine.
        sandbox.Wire.Instead = null;
        Assert.Equal("Succeeded", (await sandbox.CaptureAsync(Request)).ProvisioningState);
    }

    [Fact]
    public async Task A_managed_image_on_the_way_that_can_not_be_deleted_does_not_cost_the_version()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await DefineAsync(sandbox, "TrustedLaunchSupported");
        sandbox.Wire.Instead = request => request.Method == HttpMethod.Delete ? Refuse() : null;

        CapturedImage image = await sandbox.CaptureAsync(Request);

        Assert.Equal("Succeeded", image.ProvisioningState);
        Assert.Contains(sandbox.Log.Warnings, warning => warning.Contains("Remove-AzImage", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("TrustedLaunchSupported")]
    [InlineData("ConfidentialVM")]
    [InlineData("TrustedLaunchAndConfidentialVmSupported")]
    public async Task A_machine_with_Trusted_Launch_is_refused_by_what_can_not_hold_its_guest_state(string securityType)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await DefineAsync(sandbox, securityType);

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(Request with { VMName = SandboxSession.TrustedLaunchVM }));

        Assert.Equal("ImageDefinitionMismatch", failure.ErrorId);
        Assert.Contains(securityType, failure.Message, StringComparison.Ordinal);
        Assert.Contains("-GalleryImageDefinitionName", failure.Remedy, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_specialized_machine_is_refused_by_a_definition_that_takes_no_machine()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await DefineAsync(sandbox, "TrustedLaunchSupported", OperatingSystemStateType.Specialized);

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(Request with { OsState = OsState.Specialized }));

        Assert.Equal("ImageDefinitionMismatch", failure.ErrorId);
        Assert.Contains("page blob", failure.Remedy, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_confidential_machine_is_the_source_itself_with_its_kind_of_encryption_and_in_its_own_region_only()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.AlterAt("/virtualMachines/tl-vm", machine => machine["properties"]!["securityProfile"]!["securityType"] = "ConfidentialVM");
        sandbox.Wire.AlterAt("/disks/tl-vm_OsDisk_1", disk => disk["properties"]!["securityProfile"] = new JsonObject { ["securityType"] = "ConfidentialVM_DiskEncryptedWithPlatformKey" });
        sandbox.Wire.Instead = request => request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.Contains("/versions/", StringComparison.Ordinal) ? Refuse() : null;
        CaptureRequest request = Request with { VMName = SandboxSession.TrustedLaunchVM, GalleryImageDefinitionName = "confidential" };

        ImageServiceException elsewhere = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(request with { TargetRegions = ["northeurope"] }));
        Assert.Equal("ConfidentialImageNotReplicable", elsewhere.ErrorId);
        ImageServiceException fromDisk = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(request with { ImageType = ImageType.OsImage }));
        Assert.Equal("ImageDefinitionMismatch", fromDisk.ErrorId);
        Assert.Empty(sandbox.Wire.Changes);

        await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.CaptureAsync(request));

        JsonNode version = JsonNode.Parse(sandbox.Wire.Body("/versions/"))!["properties"]!;
        Assert.EndsWith("/virtualMachines/tl-vm", (string?)version["storageProfile"]!["source"]!["id"], StringComparison.OrdinalIgnoreCase);
        Assert.Equal("EncryptedWithPmk", (string?)version["publishingProfile"]!["targetRegions"]![0]!["encryption"]!["osDiskImage"]!["securityProfile"]!["confidentialVMEncryptionType"]);
        JsonNode definition = JsonNode.Parse(sandbox.Wire.Changes.Single(change => change.Path.EndsWith("/images/confidential", StringComparison.Ordinal) && change.Method == "PUT").Body)!["properties"]!;
        Assert.Equal("ConfidentialVM", (string?)definition["features"]![0]!["value"]);
    }

    private static CaptureRequest Request => new()
    {
        VMName = SandboxSession.WindowsVM,
        VMResourceGroupName = SandboxSession.Group,
        GalleryName = SandboxSession.Gallery,
        GalleryImageDefinitionName = Definition,
        AllowRunning = true,
    };

    private static HttpResponseMessage Refuse() => new(HttpStatusCode.Forbidden)
    {
        Content = new StringContent("""{"error":{"code":"Invented","message":"Refused by the test."}}"""),
    };

    private static async Task DefineAsync(SandboxSession sandbox, string securityType, OperatingSystemStateType state = OperatingSystemStateType.Generalized)
    {
        GalleryResource gallery = await sandbox.ResourceGroup.GetGalleryAsync(SandboxSession.Gallery);
        GalleryImageData definition = new(gallery.Data.Location)
        {
            OSType = SupportedOperatingSystemType.Windows,
            OSState = state,
            HyperVGeneration = HyperVGeneration.V2,
            Identifier = new GalleryImageIdentifier("test", "test", securityType),
        };
        definition.Features.Add(new GalleryImageFeature { Name = "SecurityType", Value = securityType });
        await gallery.GetGalleryImages().CreateOrUpdateAsync(WaitUntil.Completed, Definition, definition);
        sandbox.Wire.Changes.Clear();
    }

    private static async Task<string[]> ImagesAsync(SandboxSession sandbox)
        => [.. await sandbox.ResourceGroup.GetDiskImages().GetAllAsync().Select(image => image.Data.Name).ToArrayAsync()];
}

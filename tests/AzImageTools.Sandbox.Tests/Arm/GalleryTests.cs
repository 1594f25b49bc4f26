using AzImageTools.Sandbox.Storage;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class GalleryTests : IDisposable
{
    private readonly SandboxClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task The_seeded_gallery_has_definitions_and_a_version()
    {
        var gallery = (await _client.Group.GetGalleryAsync("sandboxGallery")).Value;
        Assert.Equal(_client.Cloud.SubscriptionId + "-SANDBOXGALLERY", gallery.Data.IdentifierUniqueName);
        Assert.Equal(["ubuntu", "windows-server", "windows-server-tl"], await gallery.GetGalleryImages().GetAllAsync().Select(item => item.Data.Name));
        var version = (await (await gallery.GetGalleryImageAsync("ubuntu")).Value.GetGalleryImageVersionAsync("1.0.0", ReplicationStatusType.ReplicationStatus)).Value.Data;
        Assert.Equal(AggregatedReplicationState.Completed, version.ReplicationStatus.AggregatedState);
        Assert.Equal(["West Europe"], version.PublishingProfile.TargetRegions.Select(region => region.Name));
    }

    [Fact]
    public async Task A_generalized_machine_becomes_a_version_with_all_its_disks()
    {
        await Generalize("win-vm");
        var data = FromResource(Machine("win-vm"));
        data.PublishingProfile = new GalleryImageVersionPublishingProfile { TargetRegions = { new TargetRegion("West Europe"), new TargetRegion("North Europe") } };
        var version = await SandboxClient.Finish(await Create("windows-server", "1.0.0", data));
        Assert.Equal(GalleryProvisioningState.Succeeded, version.Data.ProvisioningState);
        Assert.Equal(8, version.Data.StorageProfile.OSDiskImage.SizeInGB);
        Assert.Equal([0], version.Data.StorageProfile.DataDiskImages.Select(disk => disk.Lun));
        Assert.NotNull(version.Data.PublishingProfile.PublishedOn);
        var replicated = (await version.GetAsync(ReplicationStatusType.ReplicationStatus)).Value.Data.ReplicationStatus;
        Assert.Equal([("West Europe", 100), ("North Europe", 100)], replicated.Summary.Select(region => (region.Region, region.Progress ?? 0)));
    }

    [Fact]
    public async Task A_source_that_does_not_fit_the_definition_is_refused()
    {
        Assert.Equal("BadRequest", (await Refused("windows-server", FromResource(Machine("win-vm")))).ErrorCode);
        await Generalize("win-vm");
        Assert.Equal("Conflict", (await Refused("ubuntu", FromResource(Machine("win-vm")))).ErrorCode);
        Assert.Equal("Conflict", (await Refused("windows-server-tl", FromResource(Machine("win-vm")))).ErrorCode);
        await Define("windows-gen1", SupportedOperatingSystemType.Windows, HyperVGeneration.V1, security: null);
        var generation = await Refused("windows-gen1", FromResource(Machine("win-vm")));
        Assert.Contains("different Hypervisor generation ['V2']", generation.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trusted_launch_machine_goes_to_a_definition_of_its_kind_only()
    {
        await Generalize("tl-vm");
        Assert.Equal("Conflict", (await Refused("windows-server", FromResource(Machine("tl-vm")))).ErrorCode);
        await Define("windows-tls", SupportedOperatingSystemType.Windows, HyperVGeneration.V2, "TrustedLaunchSupported");
        Assert.Equal("InvalidParameter", (await Refused("windows-tls", FromResource(Machine("tl-vm")))).ErrorCode);
        var version = await SandboxClient.Finish(await Create("windows-server-tl", "1.0.0", FromResource(Machine("tl-vm"))));
        Assert.Equal("1.0.0", version.Data.Name);
    }

    [Fact]
    public async Task The_source_region_is_among_the_targets()
    {
        await Generalize("win-vm");
        var data = FromResource(Machine("win-vm"));
        data.PublishingProfile = new GalleryImageVersionPublishingProfile { TargetRegions = { new TargetRegion("North Europe") } };
        Assert.Equal("InvalidParameter", (await Refused("windows-server", data)).ErrorCode);
    }

    [Fact]
    public async Task Disks_and_blobs_are_sources_of_a_version()
    {
        var disk = (await _client.Group.GetManagedDiskAsync("linux-vm_OsDisk_1")).Value;
        var fromDisk = new GalleryImageVersionData(AzureLocation.WestEurope)
        {
            StorageProfile = new GalleryImageVersionStorageProfile { OSDiskImage = new GalleryOSDiskImage { GallerySource = new GalleryDiskImageSource { Id = disk.Id } } },
        };
        var version = await SandboxClient.Finish(await Create("ubuntu", "1.1.0", fromDisk));
        Assert.Equal(4, version.Data.StorageProfile.OSDiskImage.SizeInGB);

        var blob = _client.PageBlob("source.vhd");
        await blob.CreateAsync((1 << 20) + 512);
        await blob.UploadPagesAsync(new MemoryStream(VhdFooter.Create(1 << 20, Guid.NewGuid())), 1 << 20);
        var address = $"{_client.GroupPath}/providers/Microsoft.Compute/galleries/sandboxGallery/images/ubuntu/versions/1.2.0";
        var body = """{"location":"westeurope","properties":{"storageProfile":{"osDiskImage":{"source":{"storageAccountId":"ACCOUNT","uri":"BLOB"}}}}}"""
            .Replace("ACCOUNT", _client.GroupPath + "/providers/Microsoft.Storage/storageAccounts/sandboximages", StringComparison.Ordinal)
            .Replace("BLOB", blob.Uri.AbsoluteUri, StringComparison.Ordinal);
        using var created = await _client.SendJson("PUT", address + "?api-version=2022-03-03", body);
        Assert.Equal(201, (int)created.StatusCode);
        Assert.Contains("/capsOperations/", created.Headers.GetValues("Azure-AsyncOperation").Single(), StringComparison.Ordinal);
        using var first = await _client.Send("GET", address + "?api-version=2022-03-03");
        Assert.Equal("Creating", (await SandboxClient.Json(first))["properties"]!["provisioningState"]!.GetValue<string>());

        var state = "";
        for (var polls = 0; state != "Succeeded"; polls++)
        {
            await SandboxClient.Pause(polls);
            using var next = await _client.Send("GET", address + "?api-version=2022-03-03");
            state = (await SandboxClient.Json(next))["properties"]!["provisioningState"]!.GetValue<string>();
        }

        Assert.NotNull(_client.Cloud.FindDiskFile(address));
    }

    [Fact]
    public async Task A_machine_starts_from_the_newest_version_of_a_definition()
    {
        var data = new VirtualMachineData(AzureLocation.WestEurope)
        {
            HardwareProfile = new VirtualMachineHardwareProfile { VmSize = VirtualMachineSizeType.StandardD2V3 },
            OSProfile = new VirtualMachineOSProfile { ComputerName = "booted" },
            NetworkProfile = new VirtualMachineNetworkProfile
            {
                NetworkInterfaces = { new VirtualMachineNetworkInterfaceReference { Id = new ResourceIdentifier($"{_client.GroupPath}/providers/Microsoft.Network/networkInterfaces/free-nic") } },
            },
            StorageProfile = new VirtualMachineStorageProfile { ImageReference = new ImageReference { Id = Definition("ubuntu") } },
        };
        var machine = await SandboxClient.Finish(await _client.Group.GetVirtualMachines().CreateOrUpdateAsync(WaitUntil.Started, "booted-vm", data));
        Assert.Equal(SupportedOperatingSystemType.Linux, machine.Data.StorageProfile.OSDisk.OSType);
        Assert.Equal(4, machine.Data.StorageProfile.OSDisk.DiskSizeGB);
    }

    [Fact]
    public async Task What_holds_others_is_not_deleted()
    {
        var gallery = (await _client.Group.GetGalleryAsync("sandboxGallery")).Value;
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => gallery.DeleteAsync(WaitUntil.Started));
        Assert.Equal((409, "CannotDeleteResource"), (refused.Status, refused.ErrorCode));
    }

    [Fact]
    public async Task Galleries_of_others_are_found_by_name()
    {
        var subscription = await _client.Arm.GetDefaultSubscriptionAsync();
        var community = (await subscription.GetCommunityGalleryAsync(AzureLocation.WestEurope, "sandboxcommunity-0a1b2c3d-0000-4000-8000-0000000000c0")).Value;
        var image = (await community.GetCommunityGalleryImageAsync("fedora-cloud")).Value;
        var version = (await image.GetCommunityGalleryImageVersionAsync("42.20250408.0")).Value.Data;
        Assert.Equal("/CommunityGalleries/" + community.Data.Name + "/Images/fedora-cloud/Versions/42.20250408.0", version.UniqueId);
        Assert.Equal(404, (await Assert.ThrowsAsync<RequestFailedException>(() => subscription.GetCommunityGalleryAsync(AzureLocation.WestEurope, "nosuch"))).Status);

        var shared = await subscription.GetSharedGalleryAsync(AzureLocation.WestEurope, "0f0f0f0f-0000-4000-8000-0000000000d0-SHAREDGALLERY");
        var windows = (await shared.Value.GetSharedGalleryImageAsync("windows-baseline")).Value;
        Assert.Equal(SupportedOperatingSystemType.Windows, windows.Data.OSType);
    }

    [Theory]
    [InlineData("communityGalleries/sandboxcommunity-0a1b2c3d-0000-4000-8000-0000000000c0/images", "fedora-cloud")]
    [InlineData("communityGalleries/sandboxcommunity-0a1b2c3d-0000-4000-8000-0000000000c0/images/fedora-cloud/versions", "42.20250408.0")]
    [InlineData("sharedGalleries", "0f0f0f0f-0000-4000-8000-0000000000d0-SHAREDGALLERY")]
    [InlineData("sharedGalleries/0f0f0f0f-0000-4000-8000-0000000000d0-SHAREDGALLERY/images", "windows-baseline")]
    public async Task Galleries_of_others_are_listed_as_azure_does_without_ids(string path, string name)
    {
        using var response = await _client.Send("GET", $"/subscriptions/{_client.Cloud.SubscriptionId}/providers/Microsoft.Compute/locations/westeurope/{path}?api-version=2022-03-03");
        var item = (await SandboxClient.Json(response))["value"]!.AsArray().Single()!;
        Assert.Equal(name, item["name"]!.GetValue<string>());
        Assert.Null(item["id"]);
        Assert.EndsWith(name, item["identifier"]!["uniqueId"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static GalleryImageVersionData FromResource(ResourceIdentifier source)
    {
        return new GalleryImageVersionData(AzureLocation.WestEurope)
        {
            StorageProfile = new GalleryImageVersionStorageProfile { GallerySource = new GalleryArtifactVersionFullSource { Id = source } },
        };
    }

    private ResourceIdentifier Machine(string name)
    {
        return new ResourceIdentifier($"{_client.GroupPath}/providers/Microsoft.Compute/virtualMachines/{name}");
    }

    private ResourceIdentifier Definition(string name)
    {
        return GalleryImageResource.CreateResourceIdentifier(_client.Cloud.SubscriptionId, "sandbox-rg", "sandboxGallery", name);
    }

    private async Task Define(string name, SupportedOperatingSystemType osType, HyperVGeneration generation, string? security)
    {
        var data = new GalleryImageData(AzureLocation.WestEurope)
        {
            OSType = osType,
            OSState = OperatingSystemStateType.Generalized,
            HyperVGeneration = generation,
            Identifier = new GalleryImageIdentifier("Test", name, "standard"),
        };
        if (security is not null)
        {
            data.Features.Add(new GalleryImageFeature { Name = "SecurityType", Value = security });
        }

        var gallery = (await _client.Group.GetGalleryAsync("sandboxGallery")).Value;
        await SandboxClient.Finish(await gallery.GetGalleryImages().CreateOrUpdateAsync(WaitUntil.Started, name, data));
    }

    private async Task Generalize(string name)
    {
        var machine = (await _client.Group.GetVirtualMachineAsync(name)).Value;
        await SandboxClient.Finish(await machine.DeallocateAsync(WaitUntil.Started));
        await machine.GeneralizeAsync();
    }

    private Task<ArmOperation<GalleryImageVersionResource>> Create(string definition, string version, GalleryImageVersionData data)
    {
        return _client.Arm.GetGalleryImageResource(Definition(definition)).GetGalleryImageVersions().CreateOrUpdateAsync(WaitUntil.Started, version, data);
    }

    private async Task<RequestFailedException> Refused(string definition, GalleryImageVersionData data)
    {
        return await Assert.ThrowsAsync<RequestFailedException>(async () => await SandboxClient.Finish(await Create(definition, "9.9.9", data)));
    }
}

using AzImageTools.Sandbox.Storage;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class ImageTests : IDisposable
{
    private readonly SandboxClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_generalized_machine_becomes_an_image_with_its_data_disk()
    {
        await Generalize("win-vm");
        var image = await SandboxClient.Finish(await Create("captured", FromMachine("win-vm")));
        Assert.Equal(("Succeeded", HyperVGeneration.V2), (image.Data.ProvisioningState, image.Data.HyperVGeneration));
        var profile = image.Data.StorageProfile;
        Assert.Equal((SupportedOperatingSystemType.Windows, OperatingSystemStateType.Generalized), (profile.OSDisk.OSType, profile.OSDisk.OSState));
        Assert.Equal([0], profile.DataDisks.Select(disk => disk.Lun));
        Assert.Equal([image.Id.ToString()], await _client.Group.GetDiskImages().GetAllAsync().Select(item => item.Id.ToString()));
        Assert.NotNull(_client.Cloud.FindDiskFile(image.Id.ToString()));

        await SandboxClient.Finish(await image.DeleteAsync(WaitUntil.Started));
        Assert.Equal(404, (await Assert.ThrowsAsync<RequestFailedException>(() => image.GetAsync())).Status);
    }

    [Fact]
    public async Task A_machine_that_is_not_generalized_or_is_trusted_launch_makes_no_image()
    {
        var running = await Refused(FromMachine("win-vm"));
        Assert.Equal((409, "OperationNotAllowed"), (running.Status, running.ErrorCode));
        await Generalize("tl-vm");
        var trusted = await Refused(FromMachine("tl-vm"));
        Assert.Equal("OperationNotAllowed", trusted.ErrorCode);
        Assert.Contains("TrustedLaunch security type", trusted.Message, StringComparison.Ordinal);
        Assert.Equal("ResourceNotFound", (await Refused(FromMachine("nosuch-vm"))).ErrorCode);
    }

    [Fact]
    public async Task An_image_from_a_blob_has_a_copy_of_its_bytes()
    {
        var data = await UploadBlob("disk.vhd", VhdFooter.Create(1 << 20, Guid.NewGuid()));
        var image = await SandboxClient.Finish(await Create("from-blob", data));
        var file = _client.Cloud.FindDiskFile(image.Id.ToString());
        await _client.PageBlob("disk.vhd").DeleteAsync();
        Assert.NotNull(file);
        var kept = new byte[512];
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(4096, SeekOrigin.Begin);
        await stream.ReadExactlyAsync(kept);
        Assert.Equal(Enumerable.Repeat((byte)7, 512), kept);
        Assert.Equal(1, image.Data.StorageProfile.OSDisk.DiskSizeGB);
    }

    [Fact]
    public async Task A_blob_that_is_no_fixed_vhd_fails_the_operation()
    {
        var data = await UploadBlob("broken.vhd", new byte[512]);
        var failed = await Assert.ThrowsAsync<RequestFailedException>(async () => await SandboxClient.Finish(await Create("broken", data)));
        Assert.Equal("InvalidVhd", failed.ErrorCode);
        Assert.Equal("Failed", (await _client.Group.GetDiskImageAsync("broken")).Value.Data.ProvisioningState);
    }

    [Fact]
    public async Task A_source_without_generation_is_refused()
    {
        var data = await UploadBlob("plain.vhd", VhdFooter.Create(1 << 20, Guid.NewGuid()));
        data.HyperVGeneration = null;
        var refused = await Refused(data);
        Assert.Equal((400, "InvalidParameter"), (refused.Status, refused.ErrorCode));
        Assert.Contains("hyperVGeneration", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_under_upload_makes_no_image()
    {
        var disk = await SandboxClient.Finish(await _client.Group.GetManagedDisks().CreateOrUpdateAsync(
            WaitUntil.Started,
            "uploading",
            new ManagedDiskData(AzureLocation.WestEurope) { CreationData = new DiskCreationData(DiskCreateOption.Upload) { UploadSizeBytes = (24 << 20) + 512 } }));
        var refused = await Refused(FromDisk(disk.Id, HyperVGeneration.V2));
        Assert.Equal("OperationNotAllowed", refused.ErrorCode);
        Assert.Contains("ReadyToUpload", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_of_another_generation_makes_no_image_and_of_the_same_one_does()
    {
        var disk = (await _client.Group.GetManagedDiskAsync("win-vm_OsDisk_1")).Value.Id;
        Assert.Equal("InvalidParameter", (await Refused(FromDisk(disk, HyperVGeneration.V1))).ErrorCode);
        var image = await SandboxClient.Finish(await Create("from-disk", FromDisk(disk, HyperVGeneration.V2)));
        Assert.Equal(8, image.Data.StorageProfile.OSDisk.DiskSizeGB);
    }

    [Fact]
    public async Task The_source_of_an_image_does_not_change()
    {
        await Generalize("win-vm");
        await SandboxClient.Finish(await Create("fixed", FromMachine("win-vm")));
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => Create("fixed", FromMachine("linux-vm")));
        Assert.Equal((409, "PropertyChangeNotAllowed"), (refused.Status, refused.ErrorCode));
    }

    private static DiskImageData FromDisk(ResourceIdentifier disk, HyperVGeneration generation)
    {
        return new DiskImageData(AzureLocation.WestEurope)
        {
            HyperVGeneration = generation,
            StorageProfile = new ImageStorageProfile
            {
                OSDisk = new ImageOSDisk(SupportedOperatingSystemType.Windows, OperatingSystemStateType.Generalized) { ManagedDiskId = disk },
            },
        };
    }

    private DiskImageData FromMachine(string name)
    {
        return new DiskImageData(AzureLocation.WestEurope)
        {
            SourceVirtualMachineId = new ResourceIdentifier($"{_client.GroupPath}/providers/Microsoft.Compute/virtualMachines/{name}"),
        };
    }

    private async Task<DiskImageData> UploadBlob(string name, byte[] footer)
    {
        var blob = _client.PageBlob(name);
        await blob.CreateAsync((1 << 20) + 512);
        var page = new byte[512];
        Array.Fill(page, (byte)7);
        await blob.UploadPagesAsync(new MemoryStream(page), 4096);
        await blob.UploadPagesAsync(new MemoryStream(footer), 1 << 20);
        return new DiskImageData(AzureLocation.WestEurope)
        {
            HyperVGeneration = HyperVGeneration.V1,
            StorageProfile = new ImageStorageProfile
            {
                OSDisk = new ImageOSDisk(SupportedOperatingSystemType.Linux, OperatingSystemStateType.Generalized) { BlobUri = blob.Uri },
            },
        };
    }

    private async Task Generalize(string name)
    {
        var machine = (await _client.Group.GetVirtualMachineAsync(name)).Value;
        await SandboxClient.Finish(await machine.DeallocateAsync(WaitUntil.Started));
        await machine.GeneralizeAsync();
    }

    private Task<ArmOperation<DiskImageResource>> Create(string name, DiskImageData data)
    {
        return _client.Group.GetDiskImages().CreateOrUpdateAsync(WaitUntil.Started, name, data);
    }

    private async Task<RequestFailedException> Refused(DiskImageData data)
    {
        return await Assert.ThrowsAsync<RequestFailedException>(() => Create("refused", data));
    }
}

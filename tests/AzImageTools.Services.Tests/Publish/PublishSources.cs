using System.Buffers.Binary;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Tests.Publish;

/// <summary>Makes what images can be made of.</summary>
internal static class PublishSources
{
    public const string Definition = "golden";
    private const int Capacity = 20 << 20;

    public static PublishRequest Request => new() { GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = Definition };

    public static async Task<CapturedImage> PublishAsync(this SandboxSession sandbox, PublishRequest request)
        => await PlanRunner.RunAsync(await sandbox.PlanAsync(request), sandbox.Context);

    public static Task<Plan<CapturedImage>> PlanAsync(this SandboxSession sandbox, PublishRequest request) => new PublishService(sandbox.Session).PlanAsync(request, sandbox.Context);

    public static async Task<CapturedImage> WaitForAsync(this SandboxSession sandbox, VersionWaitRequest request)
        => await PlanRunner.RunAsync(await new PublishService(sandbox.Session).PlanWaitAsync(request, sandbox.Context), sandbox.Context);

    /// <summary>A copy of a machine's OS disk.</summary>
    public static async Task<ResourceIdentifier> CopyOsDiskAsync(this SandboxSession sandbox, string machine = SandboxSession.WindowsVM, string name = "copy")
    {
        VirtualMachineResource vm = await sandbox.GetVMAsync(machine);
        ManagedDiskData data = new(vm.Data.Location)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = vm.Data.StorageProfile.OSDisk.ManagedDisk.Id },
        };
        return (await sandbox.CreateDiskAsync(name, data)).Id;
    }

    public static async Task<ResourceIdentifier> CreateEmptyDiskAsync(this SandboxSession sandbox, string name, string location = "westeurope")
        => (await sandbox.CreateDiskAsync(name, new ManagedDiskData(location) { DiskSizeGB = 4, CreationData = new DiskCreationData(DiskCreateOption.Empty) })).Id;

    public static async Task<ResourceIdentifier> SnapshotAsync(this SandboxSession sandbox, ResourceIdentifier disk, string name = "snap")
    {
        SnapshotData data = new("westeurope") { CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = disk } };
        return (await OperationWaiter.WaitAsync(await sandbox.ResourceGroup.GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, name, data), sandbox.Context)).Id;
    }

    /// <summary>Gives a disk to a machine, and takes it away again.</summary>
    public static async Task AttachForAWhileAsync(this SandboxSession sandbox, string machine, string disk)
    {
        VirtualMachineResource vm = await sandbox.GetVMAsync(machine);
        VirtualMachineStorageProfile disks = new() { DataDisks = { new VirtualMachineDataDisk(9, DiskCreateOptionType.Attach) { ManagedDisk = new VirtualMachineManagedDisk { Id = new ResourceIdentifier(disk) } } } };
        await PatchAsync();
        disks.DataDisks.Clear();
        await PatchAsync();
        sandbox.Wire.Changes.Clear();

        async Task PatchAsync() => await OperationWaiter.WaitAsync(await vm.UpdateAsync(WaitUntil.Started, new VirtualMachinePatch { StorageProfile = disks }), sandbox.Context);
    }

    public static async Task<ResourceIdentifier> GeneralizeAsync(this SandboxSession sandbox, string machine)
    {
        VirtualMachineResource vm = await sandbox.GetVMAsync(machine);
        await OperationWaiter.WaitAsync(await vm.DeallocateAsync(WaitUntil.Started), sandbox.Context);
        await vm.GeneralizeAsync();
        return vm.Id;
    }

    public static async Task<ResourceIdentifier> MakeImageAsync(this SandboxSession sandbox, ResourceIdentifier disk, string name = "image")
    {
        VhdImageRequest request = new() { Name = name, ResourceGroupName = SandboxSession.Group, DiskId = disk.ToString() };
        CapturedImage image = await PlanRunner.RunAsync(await new VhdImageService(sandbox.Session).PlanAsync(request, sandbox.Context), sandbox.Context);
        return new ResourceIdentifier(image.Id);
    }

    /// <summary>A page blob that holds a fixed VHD, unless it is broken: then its making into a version fails at the end.</summary>
    public static async Task<Uri> UploadBlobAsync(this SandboxSession sandbox, string name = "web.vhd", bool isBroken = false, string account = "sandboximages")
    {
        PageBlobClient blob = sandbox.Session.Storage.PageBlob(new Uri($"https://{account}.blob.core.windows.net/vhds/{name}"));
        await sandbox.Session.Storage.Account(account).GetBlobContainerClient("vhds").CreateIfNotExistsAsync();
        await blob.CreateAsync(Capacity + 512);
        await blob.UploadPagesAsync(new MemoryStream(isBroken ? new byte[512] : FixedVhdFooter(Capacity)), Capacity);
        return blob.Uri;
    }

    public static async Task DefineAsync(this SandboxSession sandbox, string? securityType, string name = Definition, string osType = "Windows", OperatingSystemStateType? state = null)
    {
        GalleryImageData data = new("westeurope")
        {
            OSType = osType == "Windows" ? SupportedOperatingSystemType.Windows : SupportedOperatingSystemType.Linux,
            OSState = state ?? OperatingSystemStateType.Generalized,
            HyperVGeneration = HyperVGeneration.V2,
            Identifier = new GalleryImageIdentifier("Contoso", "Server", name),
        };
        if (securityType is not null)
        {
            data.Features.Add(new GalleryImageFeature { Name = "SecurityType", Value = securityType });
        }

        GalleryResource gallery = await sandbox.ResourceGroup.GetGalleryAsync(SandboxSession.Gallery);
        await OperationWaiter.WaitAsync(await gallery.GetGalleryImages().CreateOrUpdateAsync(WaitUntil.Started, name, data), sandbox.Context);
        sandbox.Wire.Changes.Clear();
    }

    // Virtual Hard Disk Image Format Specification, "Hard Disk Footer Format": what a reader of a fixed disk checks.
    private static byte[] FixedVhdFooter(long capacity)
    {
        byte[] footer = new byte[512];
        "conectix"u8.CopyTo(footer);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(12), 0x0001_0000);
        BinaryPrimitives.WriteInt64BigEndian(footer.AsSpan(16), -1);
        BinaryPrimitives.WriteInt64BigEndian(footer.AsSpan(40), capacity);
        BinaryPrimitives.WriteInt64BigEndian(footer.AsSpan(48), capacity);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(60), 2);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(64), ~(uint)footer.Sum(value => value));
        return footer;
    }
}

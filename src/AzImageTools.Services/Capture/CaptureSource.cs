using AzImageTools.Disks;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Capture;

/// <summary>What a capture needs to know of the virtual machine.</summary>
internal sealed record CaptureSource
{
    public required ResourceIdentifier Id { get; init; }

    public required AzureLocation Location { get; init; }

    public required SupportedOperatingSystemType OsType { get; init; }

    /// <summary>The machine's own id, which stays when it is moved; null when not told.</summary>
    public string? UniqueId { get; init; }

    /// <summary>The OS disk, with its size.</summary>
    public required SourceDisk OsDisk { get; init; }

    /// <summary>The data disks that are captured; none where the OS disk alone is.</summary>
    public IReadOnlyList<SourceDisk> DataDisks { get; init; } = [];

    /// <summary>The last part of the power state, such as <c>running</c>; empty when not told.</summary>
    public required string PowerState { get; init; }

    public required bool IsGeneralized { get; init; }

    /// <summary>What machines made of it can be.</summary>
    public required ImageFeatures Features { get; init; }

    /// <summary>Null or <c>Standard</c> for none.</summary>
    public string? SecurityType => Features.SecurityType;

    public string? Architecture => Features.Architecture;

    public HyperVGeneration? HyperVGeneration => Features.HyperVGeneration;

    public MarketplacePlan? Plan { get; init; }

    /// <summary>The image that the machine was made of, with its version; null where nobody tells.</summary>
    public string? BaseImage { get; init; }

    /// <summary>The machine in words.</summary>
    public string Description => $"virtual machine '{Id.Name}' in resource group '{Id.ResourceGroupName}'";

    public bool IsDeallocated => Is("deallocated");

    /// <summary>Whether the machine may be running: what is not known to have stopped may be.</summary>
    public bool MayBeRunning => !Is("deallocated") && !Is("deallocating") && !Is("stopped") && !Is("stopping");

    /// <summary>Whether the machine has Trusted Launch or is confidential.</summary>
    public bool HasSecurityType => SecurityTypes.IsSecured(SecurityType);

    /// <summary>Whether a key of the user's encrypts one of the disks.</summary>
    public bool HasEncryptionSet => Disks.Any(disk => disk.EncryptionSetId is not null);

    /// <summary>All disks that are captured, the OS disk first.</summary>
    public IEnumerable<SourceDisk> Disks => DataDisks.Prepend(OsDisk);

    /// <summary>What a gallery version of it holds.</summary>
    /// <param name="osState">The OS state that it is captured in.</param>
    public VersionContent ToContent(OsState osState) => new()
    {
        Description = Description,
        Target = Id.ToString(),
        Location = Location,
        OsType = OsType,
        OsState = osState,
        Features = Features,
        Plan = Plan,
        Disks = [.. Disks.Select(disk => new ContentDisk(disk.Lun, disk.EncryptionSetId))],
        ConfidentialProfile = ConfidentialDisk.ProfileOf(OsDisk.Data),
        Origin = new VersionOrigin { Identity = IdentityAs(osState.ToString()), BaseImage = BaseImage },
    };

    /// <summary>Where a gallery version of a clone of it comes from.</summary>
    public VersionOrigin CloneOrigin => new() { Identity = IdentityAs("clone"), BaseImage = BaseImage };

    /// <summary>Reads the machine and the disks that are captured. Machines that can't be captured at all are refused.</summary>
    public static Task<CaptureSource> ReadAsync(ImageSession session, CaptureRequest request, OperationContext context)
    {
        ResourceIdentifier id = ResourceNames.VirtualMachineId(session, request.VMId, request.VMResourceGroupName, request.VMName);
        return AzureErrors.CallAsync($"Reading the virtual machine '{id.Name}'", id.ToString(), async () =>
        {
            Response<VirtualMachineResource> vm = await session.Arm.GetVirtualMachineResource(id).GetAsync(InstanceViewType.InstanceView, context.Cancellation).ConfigureAwait(false);
            VirtualMachineData data = vm.Value.Data;
            CheckUnencrypted(data, id);
            SourceDisk osDisk = await ReadDiskAsync(session, FindOsDisk(data, id), lun: null, data.StorageProfile.OSDisk.Caching, context).ConfigureAwait(false);
            IEnumerable<VirtualMachineDataDisk> dataDisks = request.ImageType == ImageType.VmImage ? data.StorageProfile.DataDisks.Where(disk => disk.ToBeDetached != true) : [];
            CaptureSource source = From(data, id, osDisk) with
            {
                DataDisks = await Task.WhenAll(dataDisks.Select(disk => ReadDiskAsync(session, FindDataDisk(disk, id), disk.Lun, disk.Caching, context))).ConfigureAwait(false),
            };
            foreach (SourceDisk disk in source.Disks)
            {
                disk.CheckCapturable(source.Description);
                disk.CheckKey(source.Description, session.Context.SubscriptionId);
            }

            return source with { Features = request.Features.Complete(source.Features, source.Description, id.ToString()) };
        });
    }

    private string IdentityAs(string what) => $"machine:{UniqueId ?? Id.ToString()}:{what}:{DataDisks.Count}";

    private static async Task<SourceDisk> ReadDiskAsync(ImageSession session, ResourceIdentifier id, int? lun, CachingType? caching, OperationContext context)
    {
        Response<ManagedDiskResource> disk = await session.Arm.GetManagedDiskResource(id).GetAsync(context.Cancellation).ConfigureAwait(false);
        return new SourceDisk(disk.Value.Data, lun, caching);
    }

    private static CaptureSource From(VirtualMachineData vm, ResourceIdentifier id, SourceDisk osDisk)
    {
        IReadOnlyList<InstanceViewStatus> statuses = vm.InstanceView?.Statuses ?? [];
        return new CaptureSource
        {
            Id = id,
            Location = vm.Location,
            UniqueId = vm.VmId,
            OsType = vm.StorageProfile.OSDisk.OSType ?? osDisk.Data.OSType ?? SupportedOperatingSystemType.Linux,
            OsDisk = osDisk,
            PowerState = statuses.Select(status => After(status.Code, "PowerState/")).FirstOrDefault(state => state is not null) ?? string.Empty,
            IsGeneralized = statuses.Any(status => string.Equals(status.Code, "OSState/generalized", StringComparison.OrdinalIgnoreCase)),
            Features = ImageFeatures.Of(vm, osDisk.Data),
            BaseImage = Images.BaseImage.Of(vm.StorageProfile.ImageReference),
            Plan = MarketplacePlan.Of(vm.Plan) ?? MarketplacePlan.Of(osDisk.Data.PurchasePlan),
        };
    }

    /// <summary>Older ways of Azure Disk Encryption leave no trace on the disks: the machine's model, or only its extension, tells of them.</summary>
    private static void CheckUnencrypted(VirtualMachineData vm, ResourceIdentifier id)
    {
        if (vm.StorageProfile?.OSDisk?.EncryptionSettings?.Enabled == true)
        {
            throw SourceDisk.DiskEncryption($"The OS disk of the virtual machine '{id.Name}' is encrypted by Azure Disk Encryption", id.ToString());
        }

        VirtualMachineExtensionData? extension = vm.Resources?.FirstOrDefault(resource => resource.ExtensionType?.StartsWith("AzureDiskEncryption", StringComparison.OrdinalIgnoreCase) == true);
        if (extension is not null)
        {
            throw SourceDisk.DiskEncryption($"The virtual machine '{id.Name}' has the extension {extension.ExtensionType} of Azure Disk Encryption", id.ToString());
        }
    }

    private static ResourceIdentifier FindOsDisk(VirtualMachineData vm, ResourceIdentifier id)
    {
        VirtualMachineOSDisk? osDisk = vm.StorageProfile?.OSDisk;
        if (osDisk?.DiffDiskSettings is not null)
        {
            throw new ImageServiceException(
                "OsDiskEphemeral",
                ErrorKind.NotSupported,
                $"The OS disk of the virtual machine '{id.Name}' is ephemeral: Azure deletes it when the machine is deallocated.",
                "Build the image on a machine with a managed OS disk.",
                id.ToString());
        }

        return osDisk?.ManagedDisk?.Id ?? throw new ImageServiceException(
            "OsDiskUnmanaged",
            ErrorKind.NotSupported,
            $"The virtual machine '{id.Name}' has no managed OS disk.",
            "Convert it with ConvertTo-AzVMManagedDisk.",
            id.ToString());
    }

    private static ResourceIdentifier FindDataDisk(VirtualMachineDataDisk disk, ResourceIdentifier id)
        => disk.ManagedDisk?.Id ?? throw new ImageServiceException(
            "DataDiskUnmanaged",
            ErrorKind.NotSupported,
            $"The data disk '{disk.Name}' of the virtual machine '{id.Name}' is unmanaged: no image can be made of it beside the OS disk.",
            "Convert the machine's disks with ConvertTo-AzVMManagedDisk, detach it, or capture the OS disk alone with -ImageType OsImage.",
            id.ToString());

    private static string? After(string? code, string prefix) =>
        code is not null && code.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? code.Substring(prefix.Length) : null;

    private bool Is(string powerState) => string.Equals(PowerState, powerState, StringComparison.OrdinalIgnoreCase);
}

using AzImageTools.Disks;
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

    /// <summary>The OS disk as the machine sees it, with its size.</summary>
    public required ManagedDiskData OsDisk { get; init; }

    /// <summary>The last part of the power state, such as <c>running</c>; empty when not told.</summary>
    public required string PowerState { get; init; }

    public required bool IsGeneralized { get; init; }

    /// <summary>Null or <c>Standard</c> for none.</summary>
    public string? SecurityType { get; init; }

    public string? Architecture { get; init; }

    public HyperVGeneration? HyperVGeneration { get; init; }

    public ComputePlan? Plan { get; init; }

    /// <summary>The machine in words.</summary>
    public string Description => $"virtual machine '{Id.Name}' in resource group '{Id.ResourceGroupName}'";

    public bool IsDeallocated => Is("deallocated");

    /// <summary>Whether the machine may be running: what is not known to have stopped may be.</summary>
    public bool MayBeRunning => !Is("deallocated") && !Is("deallocating") && !Is("stopped") && !Is("stopping");

    /// <summary>Whether the machine has Trusted Launch or is confidential.</summary>
    public bool HasSecurityType => SecurityType is not null && !string.Equals(SecurityType, "Standard", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the machine and its OS disk. Machines that can't be captured at all are refused.</summary>
    public static Task<CaptureSource> ReadAsync(ImageSession session, CaptureRequest request, OperationContext context)
    {
        ResourceIdentifier id = request.VMId is { } text
            ? ResourceNames.RequireId(text, VirtualMachineResource.ResourceType, "virtual machine")
            : VirtualMachineResource.CreateResourceIdentifier(
                session.Context.SubscriptionId,
                ResourceNames.Require(request.VMResourceGroupName, "virtual machine's resource group"),
                ResourceNames.Require(request.VMName, "virtual machine"));
        return AzureErrors.CallAsync($"Reading the virtual machine '{id.Name}'", id.ToString(), async () =>
        {
            Response<VirtualMachineResource> vm = await session.Arm.GetVirtualMachineResource(id).GetAsync(InstanceViewType.InstanceView, context.Cancellation).ConfigureAwait(false);
            VirtualMachineData data = vm.Value.Data;
            Response<ManagedDiskResource> disk = await session.Arm.GetManagedDiskResource(FindOsDisk(data, id)).GetAsync(context.Cancellation).ConfigureAwait(false);
            return From(data, id, disk.Value.Data);
        });
    }

    private static CaptureSource From(VirtualMachineData vm, ResourceIdentifier id, ManagedDiskData osDisk)
    {
        IReadOnlyList<InstanceViewStatus> statuses = vm.InstanceView?.Statuses ?? [];
        return new CaptureSource
        {
            Id = id,
            Location = vm.Location,
            UniqueId = vm.VmId,
            OsType = vm.StorageProfile.OSDisk.OSType ?? osDisk.OSType ?? SupportedOperatingSystemType.Linux,
            OsDisk = osDisk,
            PowerState = statuses.Select(status => After(status.Code, "PowerState/")).FirstOrDefault(state => state is not null) ?? string.Empty,
            IsGeneralized = statuses.Any(status => string.Equals(status.Code, "OSState/generalized", StringComparison.OrdinalIgnoreCase)),
            SecurityType = vm.SecurityProfile?.SecurityType?.ToString(),
            Architecture = osDisk.SupportedCapabilities?.Architecture?.ToString(),
            HyperVGeneration = vm.InstanceView?.HyperVGeneration ?? osDisk.HyperVGeneration,
            Plan = vm.Plan,
        };
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

    private static string? After(string? code, string prefix) =>
        code is not null && code.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? code.Substring(prefix.Length) : null;

    private bool Is(string powerState) => string.Equals(PowerState, powerState, StringComparison.OrdinalIgnoreCase);
}

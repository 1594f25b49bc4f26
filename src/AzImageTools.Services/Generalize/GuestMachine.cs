using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Generalize;

/// <summary>What generalizing needs to know of a virtual machine.</summary>
internal sealed record GuestMachine
{
    private const string Power = "PowerState/";

    public required ResourceIdentifier Id { get; init; }

    public required AzureLocation Location { get; init; }

    public required bool IsWindows { get; init; }

    /// <summary>The machine's own id, which stays when it is moved; null when not told.</summary>
    public string? UniqueId { get; init; }

    public required ManagedDiskData OsDisk { get; init; }

    /// <summary>The last part of the power state, such as <c>running</c>; empty when not told.</summary>
    public required string PowerState { get; init; }

    /// <summary>Whether the agent reports that it is well.</summary>
    public required bool IsAgentReady { get; init; }

    /// <summary>Whether Azure has been told that it is generalized.</summary>
    public required bool IsMarked { get; init; }

    public bool IsRunning => Is("running");

    public bool IsStopped => Is("stopped") || Is("deallocated");

    /// <summary>The machine in words.</summary>
    public string Description => $"virtual machine '{Id.Name}' in resource group '{Id.ResourceGroupName}'";

    public GeneralizationMethod Method => IsWindows ? GeneralizationMethod.Sysprep : GeneralizationMethod.Deprovision;

    /// <summary>Reads the machine and its OS disk.</summary>
    public static Task<GuestMachine> ReadAsync(ImageSession session, GeneralizationRequest request, OperationContext context)
    {
        ResourceIdentifier id = ResourceNames.VirtualMachineId(session, request.VMId, request.VMResourceGroupName, request.VMName);
        return AzureErrors.CallAsync($"Reading the virtual machine '{id.Name}'", id.ToString(), async () =>
        {
            Response<VirtualMachineResource> vm = await session.Arm.GetVirtualMachineResource(id).GetAsync(InstanceViewType.InstanceView, context.Cancellation).ConfigureAwait(false);
            VirtualMachineData data = vm.Value.Data;
            Response<ManagedDiskResource> disk = await session.Arm.GetManagedDiskResource(OsDiskOf(data, id)).GetAsync(context.Cancellation).ConfigureAwait(false);
            return new GuestMachine
            {
                Id = id,
                Location = data.Location,
                UniqueId = data.VmId,
                IsWindows = (data.StorageProfile.OSDisk.OSType ?? disk.Value.Data.OSType) == SupportedOperatingSystemType.Windows,
                OsDisk = disk.Value.Data,
                PowerState = PowerStateOf(data.InstanceView),
                IsAgentReady = data.InstanceView?.VmAgent?.Statuses.Any(status => string.Equals(status.DisplayStatus, "Ready", StringComparison.OrdinalIgnoreCase)) == true,
                IsMarked = data.InstanceView?.Statuses.Any(status => string.Equals(status.Code, "OSState/generalized", StringComparison.OrdinalIgnoreCase)) == true,
            };
        });
    }

    /// <summary>Whether it runs now; what is in between is taken for running.</summary>
    public Task<bool> HasStoppedAsync(ImageSession session, OperationContext context) => AzureErrors.CallAsync($"Asking whether the {Description} has stopped", Id.ToString(), async () =>
    {
        Response<VirtualMachineInstanceView> view = await session.Arm.GetVirtualMachineResource(Id).InstanceViewAsync(context.Cancellation).ConfigureAwait(false);
        return (this with { PowerState = PowerStateOf(view.Value) }).IsStopped;
    });

    /// <summary>Starts it.</summary>
    public Task StartAsync(ImageSession session, OperationContext context) => AzureErrors.CallAsync($"Starting the {Description}", Id.ToString(), async () =>
    {
        ArmOperation operation = await session.Arm.GetVirtualMachineResource(Id).PowerOnAsync(WaitUntil.Started, context.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, context).ConfigureAwait(false);
    });

    /// <summary>Refuses a machine whose guest nothing can be run in.</summary>
    /// <exception cref="ImageServiceException">VMNotRunning, VMAgentNotReady.</exception>
    public void CheckReachable()
    {
        if (!IsRunning)
        {
            throw new ImageServiceException(
                "VMNotRunning",
                ErrorKind.InvalidState,
                $"The {Description} is {(PowerState.Length == 0 ? "not known to be running" : PowerState)}: nothing can be run in its guest.",
                "Wait until it has settled, or start it (Start-AzVM).",
                Id.ToString());
        }

        if (!IsAgentReady)
        {
            throw new ImageServiceException(
                "VMAgentNotReady",
                ErrorKind.InvalidState,
                $"The agent in the {Description} does not report that it is ready, so that nothing can be run in its guest.",
                $"Look whether the guest is up and its agent runs ({(IsWindows ? "the services RdAgent and WindowsAzureGuestAgent" : "the service walinuxagent or waagent")}), or generalize it by hand.",
                Id.ToString());
        }
    }

    private static string PowerStateOf(VirtualMachineInstanceView? view)
        => view?.Statuses.FirstOrDefault(status => status.Code?.StartsWith(Power, StringComparison.OrdinalIgnoreCase) == true)?.Code.Substring(Power.Length) ?? string.Empty;

    private static ResourceIdentifier OsDiskOf(VirtualMachineData vm, ResourceIdentifier id)
    {
        VirtualMachineOSDisk? disk = vm.StorageProfile?.OSDisk;
        return (disk?.DiffDiskSettings is null ? disk?.ManagedDisk?.Id : null) ?? throw new ImageServiceException(
            disk?.DiffDiskSettings is null ? "OsDiskUnmanaged" : "OsDiskEphemeral",
            ErrorKind.NotSupported,
            $"The virtual machine '{id.Name}' has {(disk?.DiffDiskSettings is null ? "no managed" : "an ephemeral")} OS disk: it can't be told from the disk whether its guest is generalized.",
            disk?.DiffDiskSettings is null ? "Convert it with ConvertTo-AzVMManagedDisk." : "Build the image on a machine with a managed OS disk.",
            id.ToString());
    }

    private bool Is(string powerState) => string.Equals(PowerState, powerState, StringComparison.OrdinalIgnoreCase);
}

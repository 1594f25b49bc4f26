using System.Net;
using System.Security;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Provision;

/// <summary>A virtual machine about to be made.</summary>
internal sealed record NewMachine
{
    /// <summary>The longest name of a Windows (NetBIOS).</summary>
    private const int LongestWindowsName = 15;

    /// <summary>Its id.</summary>
    public required ResourceIdentifier Id { get; init; }

    /// <summary>Its region.</summary>
    public required AzureLocation Location { get; init; }

    /// <summary>What it is made of.</summary>
    public required MachineSource Source { get; init; }

    /// <summary>The disk that it is made of, in place of <see cref="MachineSource.DiskId"/>.</summary>
    public ResourceIdentifier? DiskId { get; init; }

    /// <summary>The name of the OS disk that is made with it; Azure's choice when null.</summary>
    public string? OsDiskName { get; init; }

    /// <summary>Its size.</summary>
    public required MachineSize Size { get; init; }

    /// <summary>Its security type; <c>Standard</c> for none.</summary>
    public required string SecurityType { get; init; }

    /// <summary>Its zone; null for none.</summary>
    public string? Zone { get; init; }

    /// <summary>Its network interface.</summary>
    public required ResourceIdentifier InterfaceId { get; init; }

    /// <summary>The administrator's name; null where it is specialized.</summary>
    public string? UserName { get; init; }

    /// <summary>The administrator's password.</summary>
    public SecureString? Password { get; init; }

    /// <summary>The administrator's public keys.</summary>
    public IReadOnlyList<string> SshPublicKeys { get; init; } = [];

    /// <summary>The licence brought along.</summary>
    public string? LicenseType { get; init; }

    /// <summary>The storage of its OS disk.</summary>
    public string? StorageAccountType { get; init; }

    /// <summary>Whether its disks go with it, when it is deleted.</summary>
    public bool IsThrowaway { get; init; }

    /// <summary>It in words.</summary>
    public string Description => $"virtual machine '{Id.Name}' in resource group '{Id.ResourceGroupName}'";

    /// <summary>Makes it, and waits until Azure says that it is made, or that it failed.</summary>
    /// <exception cref="RequestFailedException">Azure refuses, or its guest did not come up.</exception>
    public async Task CreateAsync(ImageSession session, IReadOnlyDictionary<string, string> tags, OperationContext context)
    {
        VirtualMachineData data = Describe();
        foreach (KeyValuePair<string, string> tag in tags)
        {
            data.Tags[tag.Key] = tag.Value;
        }

        ResourceGroupResource group = session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(Id.SubscriptionId, Id.ResourceGroupName));
        ArmOperation<VirtualMachineResource> operation = await group.GetVirtualMachines().CreateOrUpdateAsync(WaitUntil.Started, Id.Name, data, context.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, context).ConfigureAwait(false);
    }

    /// <summary>What has to be allowed for it.</summary>
    public ResourceChange Change(IReadOnlyDictionary<string, string>? userTags) => ResourceChange.Create(Id, Location, userTags) with
    {
        Linked = Source.ReadId is { } read && DiskId is null
            ? [(InterfaceId, "Microsoft.Network/networkInterfaces/join/action"), (read, $"{read.ResourceType}/read")]
            : [(InterfaceId, "Microsoft.Network/networkInterfaces/join/action")],
    };

    private VirtualMachineData Describe()
    {
        VirtualMachineData data = new(Location)
        {
            HardwareProfile = new VirtualMachineHardwareProfile { VmSize = new VirtualMachineSizeType(Size.Name) },
            StorageProfile = new VirtualMachineStorageProfile
            {
                ImageReference = DiskId is null && Source.DiskId is null ? Source.Image : null,
                OSDisk = OsDisk(),
                DiskControllerType = Size.Controllers is ["NVMe"] ? DiskControllerType.NVMe : (DiskControllerType?)null,
            },
            NetworkProfile = new VirtualMachineNetworkProfile(),
            OSProfile = Source.IsSpecialized ? null : OsProfile(),
            SecurityProfile = SecurityTypes.IsSecured(SecurityType)
                ? new SecurityProfile { SecurityType = new Azure.ResourceManager.Compute.Models.SecurityType(SecurityType), UefiSettings = new UefiSettings { IsSecureBootEnabled = true, IsVirtualTpmEnabled = true } }
                : null,
            BootDiagnostics = new BootDiagnostics { Enabled = true },
            LicenseType = LicenseType,
            Plan = Source.Plan is { } plan ? new ComputePlan { Name = plan.Name, Product = plan.Product, Publisher = plan.Publisher } : null,
        };
        data.NetworkProfile.NetworkInterfaces.Add(new VirtualMachineNetworkInterfaceReference { Id = InterfaceId, Primary = true });
        if (Zone is not null)
        {
            data.Zones.Add(Zone);
        }

        return data;
    }

    private VirtualMachineOSDisk OsDisk()
    {
        bool isConfidential = string.Equals(SecurityType, SecurityTypes.ConfidentialVM, StringComparison.OrdinalIgnoreCase);
        ResourceIdentifier? attached = DiskId ?? Source.DiskId;
        return new VirtualMachineOSDisk(attached is null ? DiskCreateOptionType.FromImage : DiskCreateOptionType.Attach)
        {
            Name = attached is null ? OsDiskName : null,
            OSType = attached is null ? null : Source.IsWindows ? SupportedOperatingSystemType.Windows : SupportedOperatingSystemType.Linux,
            Caching = CachingType.ReadWrite,
            DeleteOption = IsThrowaway ? DiskDeleteOptionType.Delete : DiskDeleteOptionType.Detach,
            ManagedDisk = attached is null && StorageAccountType is null && !isConfidential ? null : new VirtualMachineManagedDisk
            {
                Id = attached,
                StorageAccountType = StorageAccountType is { } type ? new StorageAccountType(type) : (StorageAccountType?)null,
                SecurityProfile = isConfidential && attached is null ? new VirtualMachineDiskSecurityProfile { SecurityEncryptionType = SecurityEncryptionType.VmGuestStateOnly } : null,
            },
        };
    }

    private VirtualMachineOSProfile OsProfile()
    {
        string name = Source.IsWindows && Id.Name.Length > LongestWindowsName ? Id.Name.Substring(0, LongestWindowsName) : Id.Name;
        VirtualMachineOSProfile profile = new()
        {
            ComputerName = new string([.. name.Select(letter => letter is '_' or '.' ? '-' : letter)]).Trim('-'),
            AdminUsername = UserName,
            AdminPassword = Password is null ? null : new NetworkCredential(string.Empty, Password).Password,
        };
        if (!Source.IsWindows)
        {
            profile.LinuxConfiguration = new LinuxConfiguration { IsPasswordAuthenticationDisabled = Password is null };
            foreach (string key in SshPublicKeys)
            {
                profile.LinuxConfiguration.SshPublicKeys.Add(new SshPublicKeyConfiguration { Path = $"/home/{UserName}/.ssh/authorized_keys", KeyData = key });
            }
        }

        return profile;
    }
}

using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Images;

/// <summary>
/// What machines made of an image can be, beside its OS: worked out here alone, of what its source tells of itself (the disk's capabilities,
/// and how the machine runs) and of what the user knows. What neither tells is left to Azure.
/// </summary>
internal sealed record ImageFeatures
{
    /// <summary>The value of <see cref="ImageFeature.DiskControllerTypes"/> for both controllers. Azure keeps it in this order, and takes the other for a change (bicep-types-az#2430).</summary>
    public const string BothControllers = "SCSI, NVMe";

    private const string Nvme = "NVMe";

    /// <summary>The generation; null where nobody tells it.</summary>
    public HyperVGeneration? HyperVGeneration { get; init; }

    /// <summary>The architecture; null where nobody tells it.</summary>
    public string? Architecture { get; init; }

    /// <summary>The security type; null or <c>Standard</c> for none.</summary>
    public string? SecurityType { get; init; }

    /// <summary>Whether it starts behind NVMe too, which sizes of version 6 and later need.</summary>
    public bool TakesNvme { get; init; }

    /// <summary>Whether it has drivers for accelerated networking; null where nobody tells it.</summary>
    public bool? AcceleratedNetworking { get; init; }

    /// <summary>Whether machines made of it can be hibernated.</summary>
    public bool Hibernation { get; init; }

    /// <summary>What a machine and its OS disk tell.</summary>
    public static ImageFeatures Of(VirtualMachineData vm, ManagedDiskData osDisk) => new()
    {
        HyperVGeneration = vm.InstanceView?.HyperVGeneration ?? osDisk.HyperVGeneration,
        Architecture = osDisk.SupportedCapabilities?.Architecture?.ToString(),
        SecurityType = vm.SecurityProfile?.SecurityType?.ToString(),
        TakesNvme = HasNvme(vm.StorageProfile?.DiskControllerType?.ToString()) || HasNvme(osDisk.SupportedCapabilities?.DiskControllerTypes),
        AcceleratedNetworking = osDisk.SupportedCapabilities?.AcceleratedNetwork,
        Hibernation = vm.AdditionalCapabilities?.HibernationEnabled ?? osDisk.SupportsHibernation ?? false,
    };

    /// <summary>The features of a new definition.</summary>
    /// <param name="securityType">The definition's security type; null or <c>Standard</c> for none.</param>
    public IEnumerable<ImageFeature> ForDefinition(string? securityType)
    {
        if (SecurityTypes.IsSecured(securityType))
        {
            yield return new ImageFeature { Name = ImageFeature.SecurityType, Value = securityType! };
        }

        if (TakesNvme)
        {
            yield return new ImageFeature { Name = ImageFeature.DiskControllerTypes, Value = BothControllers };
        }

        if (AcceleratedNetworking is { } accelerated)
        {
            yield return new ImageFeature { Name = ImageFeature.AcceleratedNetworking, Value = accelerated ? "True" : "False" };
        }

        if (Hibernation)
        {
            yield return new ImageFeature { Name = ImageFeature.Hibernation, Value = "True" };
        }
    }

    /// <summary>What keeps machines of an existing definition from what the source can do. Accelerated networking is only kept from them where it is denied.</summary>
    /// <param name="existing">The definition's features.</param>
    public IEnumerable<ImageFeature> MissingFrom(IEnumerable<GalleryImageFeature> existing)
    {
        Dictionary<string, string> has = new(StringComparer.OrdinalIgnoreCase);
        foreach (GalleryImageFeature feature in existing)
        {
            has[feature.Name] = feature.Value;
        }

        return ForDefinition(securityType: null).Where(feature => feature.Name switch
        {
            ImageFeature.DiskControllerTypes => !HasNvme(Value(feature)),
            ImageFeature.AcceleratedNetworking => AcceleratedNetworking == true && string.Equals(Value(feature), "False", StringComparison.OrdinalIgnoreCase),
            _ => !string.Equals(Value(feature), feature.Value, StringComparison.OrdinalIgnoreCase),
        });

        string? Value(ImageFeature feature) => has.TryGetValue(feature.Name, out string? value) ? value : null;
    }

    private static bool HasNvme(string? controllers) => controllers?.IndexOf(Nvme, StringComparison.OrdinalIgnoreCase) >= 0;
}

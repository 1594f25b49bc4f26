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

    /// <summary>What a managed disk tells.</summary>
    public static ImageFeatures Of(ManagedDiskData disk) => Of(disk.HyperVGeneration, disk.SupportedCapabilities, disk.SecurityProfile, disk.SupportsHibernation);

    /// <summary>What a snapshot tells.</summary>
    public static ImageFeatures Of(SnapshotData snapshot) => Of(snapshot.HyperVGeneration, snapshot.SupportedCapabilities, snapshot.SecurityProfile, snapshot.SupportsHibernation);

    /// <summary>What an image definition tells of its versions.</summary>
    public static ImageFeatures Of(GalleryImageData definition)
    {
        Dictionary<string, string> features = Values(definition.Features);
        string? security = Value(features, ImageFeature.SecurityType);
        return new ImageFeatures
        {
            HyperVGeneration = definition.HyperVGeneration ?? Azure.ResourceManager.Compute.Models.HyperVGeneration.V1,
            Architecture = (definition.Architecture ?? ArchitectureType.X64).ToString(),
            SecurityType = VersionGuestState(security),
            TakesNvme = HasNvme(Value(features, ImageFeature.DiskControllerTypes)),
            AcceleratedNetworking = bool.TryParse(Value(features, ImageFeature.AcceleratedNetworking), out bool accelerated) ? accelerated : null,
            Hibernation = bool.TryParse(Value(features, ImageFeature.Hibernation), out bool hibernates) && hibernates,
        };
    }

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
        Dictionary<string, string> has = Values(existing);
        return ForDefinition(securityType: null).Where(feature => feature.Name switch
        {
            ImageFeature.DiskControllerTypes => !HasNvme(Value(feature)),
            ImageFeature.AcceleratedNetworking => AcceleratedNetworking == true && string.Equals(Value(feature), "False", StringComparison.OrdinalIgnoreCase),
            _ => !string.Equals(Value(feature), feature.Value, StringComparison.OrdinalIgnoreCase),
        });

        string? Value(ImageFeature feature) => ImageFeatures.Value(has, feature.Name);
    }

    private static ImageFeatures Of(HyperVGeneration? generation, SupportedCapabilities? capabilities, DiskSecurityProfile? security, bool? hibernates) => new()
    {
        HyperVGeneration = generation,
        Architecture = capabilities?.Architecture?.ToString(),
        SecurityType = security?.SecurityType?.ToString() switch
        {
            null => null,
            { } type when type.StartsWith(SecurityTypes.ConfidentialVM, StringComparison.OrdinalIgnoreCase) => SecurityTypes.ConfidentialVM,
            { } type => type,
        },
        TakesNvme = HasNvme(capabilities?.DiskControllerTypes),
        AcceleratedNetworking = capabilities?.AcceleratedNetwork,
        Hibernation = hibernates ?? false,
    };

    /// <summary>The security type of a definition's versions: those of one that ends with Supported hold no guest state.</summary>
    private static string? VersionGuestState(string? feature)
        => feature?.EndsWith("Supported", StringComparison.OrdinalIgnoreCase) == true ? null : feature;

    private static Dictionary<string, string> Values(IEnumerable<GalleryImageFeature> features)
    {
        Dictionary<string, string> values = new(StringComparer.OrdinalIgnoreCase);
        foreach (GalleryImageFeature feature in features)
        {
            values[feature.Name] = feature.Value;
        }

        return values;
    }

    private static string? Value(Dictionary<string, string> features, string name) => features.TryGetValue(name, out string? value) ? value : null;

    private static bool HasNvme(string? controllers) => controllers?.IndexOf(Nvme, StringComparison.OrdinalIgnoreCase) >= 0;
}

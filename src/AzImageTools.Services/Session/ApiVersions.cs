using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Session;

/// <summary>The API versions of requests that the SDK (Azure.ResourceManager.Compute 1.2.0) has no models for, each with its reason.</summary>
internal static class ApiVersions
{
    /// <summary>Resource type of image definitions.</summary>
    public static readonly ResourceType Definitions = new("Microsoft.Compute/galleries/images");

    /// <summary>Resource type of network interfaces.</summary>
    public static readonly ResourceType Interfaces = new("Microsoft.Network/networkInterfaces");

    /// <summary>Resource type of virtual networks.</summary>
    public static readonly ResourceType VirtualNetworks = new("Microsoft.Network/virtualNetworks");

    /// <summary>Resource type of network security groups.</summary>
    public static readonly ResourceType SecurityGroups = new("Microsoft.Network/networkSecurityGroups");

    /// <summary>
    /// The first with <c>allowUpdateImage</c> and a feature's <c>startsAtVersion</c> (azure-cli#33172), which the SDK's 2022-03-03 lacks. No
    /// newer one: from 2025-03-03 on a definition of generation V2 that says nothing of security is one for TrustedLaunchSupported.
    /// </summary>
    public const string ImageFeatures = "2024-03-03";

    /// <summary>The SDK's own; its models fail on entries without a resource id.</summary>
    public const string SharedGalleries = "2022-03-03";

    /// <summary>Microsoft.Authorization/locks: the newest, of Azure.ResourceManager's own models, which list those of one kind of scope each.</summary>
    public const string Locks = "2020-05-01";

    /// <summary>Microsoft.Authorization/permissions, what the caller may do: of a package that the module does not need otherwise.</summary>
    public const string Permissions = "2022-04-01";

    /// <summary>Microsoft.PolicyInsights/checkPolicyRestrictions: policies that deny; from 2023-03-01 on those that audit can be among them.</summary>
    public const string PolicyRestrictions = "2022-03-01";

    /// <summary>Virtual machines and managed images without a model: the SDK's own.</summary>
    public const string Machines = "2023-07-01";

    /// <summary>Disks and snapshots without a model: the SDK's own.</summary>
    public const string Disks = "2023-04-02";

    /// <summary>Gallery image versions without a model: the SDK's own.</summary>
    public const string GalleryVersions = "2022-03-03";

    /// <summary>Resource groups without a model: of Azure.ResourceManager.</summary>
    public const string Groups = "2022-09-01";

    /// <summary>Storage accounts and their network rules: of a package that the module does not need otherwise.</summary>
    public const string StorageAccounts = "2022-09-01";

    /// <summary>
    /// Networks, which the SDK's package has no models for. The version tells <c>defaultOutboundAccess</c>; from 2025-07-01 on it is false where
    /// nothing is said.
    /// </summary>
    public const string Networks = "2025-05-01";

    /// <summary>Machines and restore points as whole documents, for backups: the SDK's 2023-07-01 would lose what came later.</summary>
    public const string WholeMachines = "2024-07-01";

    /// <summary>Disks and snapshots as whole documents.</summary>
    public const string WholeDisks = "2024-03-02";

    /// <summary>Resource Graph, of a package that the module does not need otherwise.</summary>
    public const string Graph = "2022-10-01";

    /// <summary>The Marketplace's names, and versions with their properties in one answer (<c>$expand=properties</c>, as az sends it): the SDK's own version, whose models leave the properties out.</summary>
    public const string Marketplace = "2023-07-01";

    /// <summary>Versions with soft delete, which the SDK's 2022-03-03 has no model for (Microsoft Learn, "Soft Delete in Azure Compute Gallery": the first that has it).</summary>
    public const string SoftDelete = "2024-03-03";

    /// <summary>Microsoft.MarketplaceOrdering/agreements: terms of the Marketplace, of a package that the module does not need otherwise.</summary>
    public const string MarketplaceTerms = "2021-01-01";

    /// <summary>Has a client send raw bodies at these versions.</summary>
    public static void Apply(ArmClientOptions options)
    {
        options.SetApiVersion(Definitions, ImageFeatures);
        options.SetApiVersion(VirtualMachineResource.ResourceType, Machines);
        options.SetApiVersion(DiskImageResource.ResourceType, Machines);
        options.SetApiVersion(ManagedDiskResource.ResourceType, Disks);
        options.SetApiVersion(SnapshotResource.ResourceType, Disks);
        options.SetApiVersion(GalleryImageVersionResource.ResourceType, GalleryVersions);
        options.SetApiVersion(Interfaces, Networks);
        options.SetApiVersion(VirtualNetworks, Networks);
        options.SetApiVersion(SecurityGroups, Networks);
    }
}

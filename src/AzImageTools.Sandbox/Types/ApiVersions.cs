using System.Net;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Types;

/// <summary>The API versions that each type is asked with, and the tree that each is held against.</summary>
internal static class ApiVersions
{
    /// <summary>The type of resource groups, which their addresses do not name.</summary>
    public const string ResourceGroups = "Microsoft.Resources/resourceGroups";

    // Where versions were read of clients that have not been tried.
    private const string AzAuthorization = "Az.Resources: Azure/azure-powershell src/Resources/Authorization.Management.Sdk/README.md";
    private const string AzCompute = "Az.Compute: Azure/azure-powershell src/Compute/Compute.Management.Sdk/README.md";
    private const string AzNetwork = "Az.Network: Azure/azure-powershell src/Network/Network.Management.Sdk/README.md";
    private const string AzStorage = "Az.Storage: Azure/azure-powershell src/Storage/Storage.Management.Sdk/README.md; azurerm: internal/services/storage";
    private const string TerraformCompute = "azurerm: hashicorp/terraform-provider-azurerm internal/services/compute/client/client.go";
    private const string TerraformNetwork = "azurerm: hashicorp/terraform-provider-azurerm internal/services/network";

    /// <summary>What Resource Manager itself takes, for subscriptions, groups and lists, as its own error told in 2025 (ansible-collections/azure#1930).</summary>
    private static readonly string[] OfResourceManager =
    [
        "2025-04-01", "2025-03-01", "2024-11-01", "2024-08-01", "2024-07-01", "2024-03-01", "2023-07-01", "2022-12-01", "2022-09-01", "2022-06-01", "2022-05-01", "2022-01-01",
        "2021-04-01", "2021-01-01", "2020-10-01", "2020-09-01", "2020-08-01", "2020-07-01", "2020-06-01", "2020-05-01", "2020-01-01",
        "2019-11-01", "2019-10-01", "2019-09-01", "2019-08-01", "2019-07-01", "2019-06-01", "2019-05-10", "2019-05-01", "2019-03-01",
        "2018-11-01", "2018-09-01", "2018-08-01", "2018-07-01", "2018-06-01", "2018-05-01", "2018-02-01", "2018-01-01",
        "2017-12-01", "2017-08-01", "2017-06-01", "2017-05-10", "2017-05-01", "2017-03-01", "2016-09-01", "2016-07-01", "2016-06-01", "2016-02-01",
        "2015-11-01", "2015-01-01", "2014-04-01",
    ];

    /// <summary>Versions that clients send and whose trees are not here: the next newer tree judges them, the newest where there is none newer.</summary>
    private static readonly ListedVersion[] Listed =
    [
        new("Microsoft.Authorization/locks", "2016-09-01", "az 2.45 and Azure.ResourceManager 1.7"),
        new("Microsoft.Authorization/roleAssignments", "2020-04-01-preview", "az 2.45"),
        new("Microsoft.Authorization/roleAssignments", "2020-08-01-preview", AzAuthorization),
        new("Microsoft.Authorization/roleDefinitions", "2018-01-01-preview", "az 2.45"),
        new("Microsoft.Authorization/roleDefinitions", "2022-05-01-preview", AzAuthorization),
        new("Microsoft.Compute/availabilitySets", "2022-11-01", "az 2.45"),
        new("Microsoft.Compute/availabilitySets", "2023-09-01", AzCompute),
        new("Microsoft.Compute/availabilitySets", "2024-03-01", TerraformCompute),
        new("Microsoft.Compute/availabilitySets", "2026-04-01", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/diskAccesses", "2020-05-01", "az 2.45"),
        new("Microsoft.Compute/diskAccesses", "2024-03-02", AzCompute),
        new("Microsoft.Compute/diskAccesses", "2026-03-02", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/diskEncryptionSets", "2024-03-02", AzCompute),
        new("Microsoft.Compute/diskEncryptionSets", "2026-03-02", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/disks", "2024-03-02", AzCompute),
        new("Microsoft.Compute/disks", "2026-03-02", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/galleries/images/versions", "2023-07-03", TerraformCompute),
        new("Microsoft.Compute/images", "2022-03-01", TerraformCompute),
        new("Microsoft.Compute/images", "2022-11-01", "az 2.45"),
        new("Microsoft.Compute/images", "2023-09-01", AzCompute),
        new("Microsoft.Compute/images", "2026-04-01", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/restorePointCollections", "2022-11-01", "az 2.45"),
        new("Microsoft.Compute/restorePointCollections", "2023-09-01", AzCompute),
        new("Microsoft.Compute/restorePointCollections", "2024-03-01", TerraformCompute),
        new("Microsoft.Compute/restorePointCollections", "2026-04-01", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/restorePointCollections/restorePoints", "2022-11-01", "az 2.45"),
        new("Microsoft.Compute/restorePointCollections/restorePoints", "2023-09-01", AzCompute),
        new("Microsoft.Compute/restorePointCollections/restorePoints", "2024-03-01", TerraformCompute),
        new("Microsoft.Compute/restorePointCollections/restorePoints", "2026-04-01", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints", "2023-04-02", "Azure.ResourceManager.Compute 1.2"),
        new("Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints", "2024-03-02", AzCompute),
        new("Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints", "2026-03-02", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/snapshots", "2024-03-02", AzCompute),
        new("Microsoft.Compute/snapshots", "2026-03-02", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/virtualMachines", "2022-11-01", "az 2.45"),
        new("Microsoft.Compute/virtualMachines", "2023-09-01", AzCompute),
        new("Microsoft.Compute/virtualMachines", "2024-03-01", TerraformCompute),
        new("Microsoft.Compute/virtualMachines", "2026-04-01", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/virtualMachines/extensions", "2022-11-01", "az 2.45"),
        new("Microsoft.Compute/virtualMachines/extensions", "2023-09-01", AzCompute),
        new("Microsoft.Compute/virtualMachines/extensions", "2024-03-01", TerraformCompute),
        new("Microsoft.Compute/virtualMachines/extensions", "2026-04-01", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/virtualMachines/runCommands", "2022-11-01", "az 2.45"),
        new("Microsoft.Compute/virtualMachines/runCommands", "2023-03-01", TerraformCompute),
        new("Microsoft.Compute/virtualMachines/runCommands", "2023-09-01", AzCompute),
        new("Microsoft.Compute/virtualMachines/runCommands", "2026-04-01", "@azure/arm-compute 25.1"),
        new("Microsoft.Compute/virtualMachineScaleSets", "2022-11-01", "az 2.45"),
        new("Microsoft.Compute/virtualMachineScaleSets", "2023-09-01", AzCompute),
        new("Microsoft.Compute/virtualMachineScaleSets", "2024-03-01", TerraformCompute),
        new("Microsoft.Compute/virtualMachineScaleSets", "2026-04-01", "@azure/arm-compute 25.1"),
        new("Microsoft.MarketplaceOrdering/agreements/offers/plans", "2015-06-01", "az 2.45"),
        new("Microsoft.MarketplaceOrdering/offerTypes/publishers/offers/plans/agreements", "2015-06-01", "az 2.45"),
        new("Microsoft.Network/networkInterfaces", "2024-05-01", AzNetwork),
        new("Microsoft.Network/networkInterfaces", "2025-01-01", TerraformNetwork),
        new("Microsoft.Network/networkSecurityGroups", "2024-05-01", AzNetwork),
        new("Microsoft.Network/networkSecurityGroups", "2025-01-01", TerraformNetwork),
        new("Microsoft.Network/publicIPAddresses", "2024-05-01", AzNetwork),
        new("Microsoft.Network/publicIPAddresses", "2025-01-01", TerraformNetwork),
        new("Microsoft.Network/virtualNetworks", "2024-05-01", AzNetwork),
        new("Microsoft.Network/virtualNetworks", "2025-01-01", TerraformNetwork),
        new("Microsoft.Network/virtualNetworks/subnets", "2024-05-01", AzNetwork),
        new("Microsoft.Network/virtualNetworks/subnets", "2025-01-01", TerraformNetwork),
        new("Microsoft.Storage/storageAccounts", "2023-05-01", AzStorage),
        new("Microsoft.Storage/storageAccounts/blobServices", "2023-05-01", AzStorage),
        new("Microsoft.Storage/storageAccounts/blobServices/containers", "2023-05-01", AzStorage),
    ];

    /// <summary>Where operations are asked for, with the version of any type of the provider.</summary>
    private static readonly string[] OperationTypes = ["locations/capsOperations", "locations/diskOperations", "locations/operations"];

    /// <summary>What is served without a tree. Bicep's types are of resources that can be written: what is only read has none.</summary>
    private static readonly TreelessType[] Treeless =
    [
        new("Microsoft.Authorization/permissions", ["2015-07-01", "2018-07-01", "2022-04-01"], "Only read."),
        new("Microsoft.Authorization/policyAssignments", ["2020-09-01", "2021-06-01", "2025-03-01"], "Held against nothing: policies are only listed here."),
        new("Microsoft.Compute/galleries/softDeletedArtifactTypes", ["2024-03-03", "2025-03-03", "2025-12-03"], "Only listed and deleted."),
        new("Microsoft.Compute/locations/communityGalleries", [], "Only read.") { As = "Microsoft.Compute/galleries" },
        new("Microsoft.Compute/locations/publishers", [], "Only read.") { As = "Microsoft.Compute/virtualMachines" },
        new("Microsoft.Compute/locations/runCommands", [], "Only read.") { As = "Microsoft.Compute/virtualMachines" },
        new("Microsoft.Compute/locations/sharedGalleries", ["2022-01-03"], "Only read.") { As = "Microsoft.Compute/galleries" },
        new("Microsoft.Compute/locations/usages", [], "Only read.") { As = "Microsoft.Compute/virtualMachines" },
        new("Microsoft.Compute/locations/vmSizes", [], "Only read.") { As = "Microsoft.Compute/virtualMachines" },
        new("Microsoft.Compute/skus", ["2019-04-01", "2021-07-01"], "Only read."),
        new("Microsoft.MarketplaceOrdering/agreements", [], "As az recorded it, which is not as published: type and name are others."),
        new("Microsoft.MarketplaceOrdering/offerTypes", [], "As az recorded it, which is not as published: type and name are others."),
    ];

    /// <summary>Why a type has no tree; null where it has one, or no reason is written.</summary>
    public static string? ReasonForNoTree(string type) => IsOperation(type) ? "The state of an operation: no resource." : FindTreeless(type)?.Reason;

    /// <summary>The versions that a type takes, newest first; none where it is not known.</summary>
    public static IReadOnlyList<string> Supported(string type)
    {
        var versions = TypeTrees.Versions(type).Concat(Listed.Where(entry => JsonReading.Same(entry.Type, type)).Select(entry => entry.Version));
        if (FindTreeless(type) is { } treeless)
        {
            versions = versions.Concat(treeless.Versions).Concat(treeless.As is null ? [] : Supported(treeless.As));
        }
        else if (IsOperation(type))
        {
            var provider = type.Substring(0, type.IndexOf('/') + 1);
            versions = TypeTrees.Types.Where(other => other.StartsWith(provider, StringComparison.OrdinalIgnoreCase)).SelectMany(Supported);
        }

        return [.. versions.Distinct(StringComparer.OrdinalIgnoreCase).OrderByDescending(version => version, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The version of the tree that a type is held against; null where it has no tree.</summary>
    public static string? TreeVersion(string type, string version)
    {
        var versions = TypeTrees.Versions(type);
        return versions.Count == 0 ? null : versions.FirstOrDefault(tree => string.CompareOrdinal(tree, version) >= 0) ?? versions[versions.Count - 1];
    }

    /// <summary>Refuses a version that a type is not to be had in.</summary>
    /// <param name="type">As in <c>Microsoft.Compute/disks</c>; one that is not known at all passes.</param>
    /// <param name="version">What was asked with.</param>
    /// <param name="location">The region that the request is about.</param>
    public static void Check(string type, string version, string location)
    {
        var supported = Supported(type);
        if (supported.Count > 0 && !supported.Contains(version, StringComparer.OrdinalIgnoreCase))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "NoRegisteredProviderFound",
                "No registered resource provider found for location '" + location + "' and API version '" + version + "' for type '" + type.Substring(type.IndexOf('/') + 1)
                + "'. The supported api-versions are '" + string.Join(", ", supported.Reverse()) + "'. The supported locations are '" + Regions.Names.Replace(",", ", ") + "'.");
        }
    }

    /// <summary>Refuses a version that Resource Manager itself does not know.</summary>
    public static void CheckResourceManager(string version)
    {
        if (!OfResourceManager.Contains(version, StringComparer.OrdinalIgnoreCase))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "InvalidApiVersionParameter",
                "The api-version '" + version + "' is invalid. The supported versions are '" + string.Join(",", OfResourceManager) + "'.");
        }
    }

    /// <summary>Whether a type is where operations are asked for.</summary>
    public static bool IsOperation(string type) => OperationTypes.Contains(type.Substring(type.IndexOf('/') + 1), StringComparer.OrdinalIgnoreCase);

    private static TreelessType? FindTreeless(string type)
        => Array.Find(Treeless, entry => JsonReading.Same(entry.Type, type) || type.StartsWith(entry.Type + "/", StringComparison.OrdinalIgnoreCase));

    private sealed record ListedVersion(string Type, string Version, string SentBy);

    /// <summary>A type without a tree, and those below it.</summary>
    private sealed record TreelessType(string Type, string[] Versions, string Reason)
    {
        /// <summary>The type whose versions it takes as well.</summary>
        public string? As { get; init; }
    }
}

using Azure.Core;
using Azure.ResourceManager;

namespace AzImageTools.Services.Session;

/// <summary>The API versions of requests that the SDK (Azure.ResourceManager.Compute 1.2.0) has no models for, each with its reason.</summary>
internal static class ApiVersions
{
    /// <summary>Resource type of image definitions.</summary>
    public static readonly ResourceType Definitions = new("Microsoft.Compute/galleries/images");

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

    /// <summary>
    /// Machines and restore points as whole documents, of which the SDK's 2023-07-01 would lose what it does not know: the newest that is out of preview
    /// everywhere, Azure Government and China included.
    /// </summary>
    public const string WholeMachines = "2024-07-01";

    /// <summary>Disks and snapshots as whole documents.</summary>
    public const string WholeDisks = "2024-03-02";

    /// <summary>Has a client send raw bodies at these versions.</summary>
    public static void Apply(ArmClientOptions options) => options.SetApiVersion(Definitions, ImageFeatures);
}

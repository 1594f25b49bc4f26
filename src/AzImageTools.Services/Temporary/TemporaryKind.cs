using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Temporary;

/// <summary>A type of resource that runs make for a while.</summary>
/// <param name="Type">The type.</param>
/// <param name="Description">It in words.</param>
/// <param name="ApiVersion">What it is read, tagged and deleted with.</param>
internal sealed record TemporaryKind(ResourceType Type, string Description, string ApiVersion)
{
    /// <summary>All of them, in the order in which they can be deleted: what holds others comes before those.</summary>
    public static readonly IReadOnlyList<TemporaryKind> All =
    [
        new(VirtualMachineResource.ResourceType, "virtual machine", ApiVersions.Machines),
        new(GalleryImageVersionResource.ResourceType, "image version", ApiVersions.GalleryVersions),
        new(DiskImageResource.ResourceType, "managed image", ApiVersions.Machines),
        new(ApiVersions.Interfaces, "network interface", ApiVersions.Networks),
        new(ManagedDiskResource.ResourceType, "managed disk", ApiVersions.Disks),
        new(SnapshotResource.ResourceType, "snapshot", ApiVersions.Disks),
        new(ApiVersions.VirtualNetworks, "virtual network", ApiVersions.Networks),
        new(ApiVersions.SecurityGroups, "network security group", ApiVersions.Networks),
        new(ResourceGroupResource.ResourceType, "resource group", ApiVersions.Groups),
    ];

    /// <summary>Whether it holds all the others.</summary>
    public bool IsGroup => Type == ResourceGroupResource.ResourceType;

    /// <summary>Whether its bytes may be open to somebody, which keeps it from being deleted.</summary>
    public bool HasAccess => Type == ManagedDiskResource.ResourceType || Type == SnapshotResource.ResourceType;

    /// <summary>The kind of a resource; null where runs make none of it.</summary>
    public static TemporaryKind? Of(ResourceIdentifier id) => All.FirstOrDefault(kind => kind.Type == id.ResourceType);

    /// <summary>A resource in words.</summary>
    public string Describe(ResourceIdentifier id)
        => IsGroup ? $"resource group '{id.Name}'" : $"{Description} '{id.Name}' in resource group '{id.ResourceGroupName}'";

    /// <summary>Where it comes among the others when they are deleted.</summary>
    public int Order => All.TakeWhile(kind => kind != this).Count();
}

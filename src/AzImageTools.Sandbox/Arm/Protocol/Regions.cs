using System.Net;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>The regions of the sandbox; each has three availability zones.</summary>
internal static class Regions
{
    public static readonly (string Name, string Display)[] All =
    [
        ("westeurope", "West Europe"), ("northeurope", "North Europe"), ("germanywestcentral", "Germany West Central"), ("uksouth", "UK South"),
        ("eastus", "East US"), ("eastus2", "East US 2"), ("westus2", "West US 2"), ("westus3", "West US 3"),
    ];

    /// <summary>Of every region.</summary>
    public static IReadOnlyList<string> Zones { get; } = ["1", "2", "3"];

    /// <summary>All of them, between commas.</summary>
    public static string Names => string.Join(",", All.Select(region => region.Name));

    /// <summary>The name of a region as it is shown; what is no region's stays as it is.</summary>
    public static string DisplayOf(string name)
        => Array.Find(All, region => JsonReading.Same(region.Name, name)) is { Display: { } display } ? display : name;

    /// <summary>Refuses a resource in a region that is none.</summary>
    public static void Check(string location, string type)
    {
        if (!IsKnown(location))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "LocationNotAvailableForResourceType",
                "The provided location '" + location + "' is not available for resource type '" + type + "'. List of available regions for the resource type is '" + Names + "'.");
        }
    }

    /// <summary>Refuses a resource group in a region that is none.</summary>
    public static void CheckGroup(string location)
    {
        if (!IsKnown(location))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "LocationNotAvailableForResourceGroup",
                "The provided location '" + location + "' is not available for resource group. List of available regions is '" + Names + "'.");
        }
    }

    /// <summary>Refuses to look into a region that is none.</summary>
    public static void CheckListed(string location, string type, string apiVersion)
    {
        if (!IsKnown(location))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "NoRegisteredProviderFound",
                "No registered resource provider found for location '" + location + "' and API version '" + apiVersion + "' for type '" + type + "'. The supported locations are '" + Names.Replace(",", ", ") + "'.");
        }
    }

    /// <summary>Refuses a zone that the region does not have.</summary>
    public static void CheckZones(IEnumerable<string> zones, string resource, string location)
    {
        var unknown = zones.Except(Zones, StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "InvalidAvailabilityZone",
                "The zone(s) '" + string.Join(",", unknown) + "' for resource '" + resource + "' is not supported. The supported zones for location '" + location + "' are '" + string.Join(",", Zones) + "'");
        }
    }

    private static bool IsKnown(string location) => Array.Exists(All, region => JsonReading.Same(region.Name, location));
}

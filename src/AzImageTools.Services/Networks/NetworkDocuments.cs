using System.Text.Json.Nodes;
using Azure.Core;

namespace AzImageTools.Services.Networks;

/// <summary>The properties of what joins a machine to a private network (Microsoft.Network), for which the module has no models of the SDK.</summary>
internal static class NetworkDocuments
{
    /// <summary>A network security group with rules.</summary>
    public static JsonObject SecurityGroup(params JsonObject[] rules) => new() { ["securityRules"] = new JsonArray(rules) };

    /// <summary>A rule that denies all traffic one way.</summary>
    /// <param name="direction"><c>Inbound</c> or <c>Outbound</c>.</param>
    /// <param name="priority">100 to 4096; the lower comes first.</param>
    public static JsonObject Deny(string direction, int priority) => new()
    {
        ["name"] = $"DenyAll{direction}",
        ["properties"] = new JsonObject
        {
            ["priority"] = priority,
            ["direction"] = direction,
            ["access"] = "Deny",
            ["protocol"] = "*",
            ["sourceAddressPrefix"] = "*",
            ["sourcePortRange"] = "*",
            ["destinationAddressPrefix"] = "*",
            ["destinationPortRange"] = "*",
        },
    };

    /// <summary>A virtual network with one subnet.</summary>
    /// <param name="addresses">Its address space.</param>
    /// <param name="subnet">The subnet's name.</param>
    /// <param name="subnetAddresses">Its part of the space.</param>
    /// <param name="securityGroup">Its security group.</param>
    /// <param name="allowsOutbound">Whether machines in it reach the internet without more (<c>defaultOutboundAccess</c>).</param>
    public static JsonObject Network(string addresses, string subnet, string subnetAddresses, ResourceIdentifier securityGroup, bool allowsOutbound) => new()
    {
        ["addressSpace"] = new JsonObject { ["addressPrefixes"] = new JsonArray(addresses) },
        ["subnets"] = new JsonArray(new JsonObject
        {
            ["name"] = subnet,
            ["properties"] = new JsonObject
            {
                ["addressPrefix"] = subnetAddresses,
                ["defaultOutboundAccess"] = allowsOutbound,
                ["networkSecurityGroup"] = new JsonObject { ["id"] = securityGroup.ToString() },
            },
        }),
    };

    /// <summary>A network interface without a public address.</summary>
    public static JsonObject Interface(ResourceIdentifier subnet) => new()
    {
        ["ipConfigurations"] = new JsonArray(new JsonObject
        {
            ["name"] = "ipconfig1",
            ["properties"] = new JsonObject { ["subnet"] = new JsonObject { ["id"] = subnet.ToString() }, ["privateIPAllocationMethod"] = "Dynamic" },
        }),
    };
}

using AzImageTools.Services.Networks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Clone;

/// <summary>A clone's network interface: in a network of its own that leads nowhere, unless a subnet is named.</summary>
internal static class CloneNetwork
{
    private const string Addresses = "192.168.250.0/28";
    private const string SubnetName = "isolated";

    /// <summary>No rule comes before it.</summary>
    private const int FirstPriority = 100;

    /// <summary>The steps, the interface's last.</summary>
    /// <param name="things">What is made for a while.</param>
    /// <param name="group">The resource group.</param>
    /// <param name="location">The region.</param>
    /// <param name="subnet">A subnet that is there; null for a network of its own.</param>
    /// <returns>The steps, and the interface.</returns>
    public static (IReadOnlyList<Step> Steps, ResourceIdentifier Interface) Plan(TemporaryThings things, ResourceIdentifier group, AzureLocation location, ResourceIdentifier? subnet)
    {
        ResourceIdentifier card = IdOf(group, ApiVersions.Interfaces, things.NameFor("nic"));
        if (subnet is not null)
        {
            return ([CardStep(things, card, location, subnet)], card);
        }

        ResourceIdentifier rules = IdOf(group, ApiVersions.SecurityGroups, things.NameFor("nsg"));
        ResourceIdentifier network = IdOf(group, ApiVersions.VirtualNetworks, things.NameFor("vnet"));
        return (
            [
                things.CreateStep("Create a security group that denies everything, in and out", rules, location, NetworkDocuments.SecurityGroup(NetworkDocuments.Deny("Inbound", FirstPriority), NetworkDocuments.Deny("Outbound", FirstPriority))),
                things.CreateStep("Create a network without a way out", network, location, NetworkDocuments.Network(Addresses, SubnetName, Addresses, rules, allowsOutbound: false), (rules, "Microsoft.Network/networkSecurityGroups/join/action")),
                CardStep(things, card, location, new ResourceIdentifier($"{network}/subnets/{SubnetName}")),
            ],
            card);
    }

    private static ResourceIdentifier IdOf(ResourceIdentifier group, ResourceType type, string name)
        => new($"{group}/providers/{type}/{name}");

    private static Step CardStep(TemporaryThings things, ResourceIdentifier card, AzureLocation location, ResourceIdentifier subnet) => things.CreateStep(
        "Create a network interface without a public address",
        card,
        location,
        NetworkDocuments.Interface(subnet),
        (subnet, "Microsoft.Network/virtualNetworks/subnets/join/action"));
}

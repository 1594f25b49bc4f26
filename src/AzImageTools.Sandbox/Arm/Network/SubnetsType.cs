using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Network;

/// <summary>Microsoft.Network/virtualNetworks/subnets.</summary>
internal sealed class SubnetsType(ArmStore store, OperationReplies operations) : NetworkType(store, operations)
{
    /// <summary>
    /// The first version whose new subnets have no way out unless they ask for it
    /// (https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access).
    /// </summary>
    private const string FirstPrivate = "2025-07-01";

    public override string Type => Subnets;

    public override JsonObject Describe(ArmResource resource)
    {
        var copy = (JsonObject)resource.Document.DeepClone();
        var used = Users(resource).Select(user => (JsonNode)new JsonObject { ["id"] = user.Configuration.Text("id") }).ToArray();
        if (used.Length > 0)
        {
            copy.Child("properties")["ipConfigurations"] = new JsonArray(used);
        }

        return copy;
    }

    /// <summary>Makes a subnet of what a network's request says of it, without keeping it.</summary>
    public ArmResource Prepare(ArmRequest request, ArmResource network, JsonObject given)
    {
        var name = given.Text("name") ?? throw new ArmException(HttpStatusCode.BadRequest, "InvalidRequestFormat", "Cannot parse the request: a subnet of '" + network.Name + "' has no name.");
        var id = network.ResourceId with { Type = Subnets, Names = [network.Name, name] };
        return Complete(request, new ArmResource(id, new JsonObject { ["properties"] = given["properties"]?.DeepClone() }), Store.Find(id), network.Location);
    }

    /// <summary>Refuses subnets that do not lie in their network, or on each other.</summary>
    public static void CheckRanges(ArmResource network, IReadOnlyList<ArmResource> subnets)
    {
        var space = network.Properties.Items("addressSpace", "addressPrefixes").Select(prefix => AddressPrefix.TryParse(prefix.Text())).OfType<AddressPrefix>().ToList();
        var before = new List<AddressPrefix>();
        foreach (var subnet in subnets)
        {
            var text = PrefixOf(subnet);
            var prefix = AddressPrefix.TryParse(text)
                ?? throw new ArmException(HttpStatusCode.BadRequest, "InvalidAddressPrefixFormat", "Address prefix '" + text + "' of subnet '" + subnet.Name + "' is not formatted correctly.");
            if (!space.Exists(whole => whole.Contains(prefix)))
            {
                throw new ArmException(
                    HttpStatusCode.BadRequest,
                    "NetcfgInvalidSubnet",
                    "Subnet '" + subnet.Name + "' is not valid because its IP address range is outside the IP address range of virtual network '" + network.Name + "'.");
            }

            if (before.Exists(prefix.Overlaps))
            {
                throw new ArmException(
                    HttpStatusCode.BadRequest,
                    "NetcfgSubnetRangesOverlap",
                    "Subnet '" + subnet.Name + "' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '" + network.Name + "'.");
            }

            before.Add(prefix);
        }
    }

    /// <summary>Refuses to delete a subnet that interfaces lie in.</summary>
    public void CheckUnused(ArmResource subnet)
    {
        // Met by packer, see hashicorp/packer-plugin-azure's issues.
        if (Users(subnet).Select(user => user.Configuration.Text("id")).FirstOrDefault() is { } user)
        {
            throw InUse(
                "InUseSubnetCannotBeDeleted",
                "Subnet " + subnet.Name + " is in use by " + user + " and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.");
        }
    }

    /// <summary>An address in a subnet that no interface has yet.</summary>
    public string FindFreeAddress(ArmResource subnet, IEnumerable<string> alsoTaken)
    {
        var taken = Users(subnet).Select(user => user.Configuration.Text("properties", "privateIPAddress")).OfType<string>().Concat(alsoTaken).ToList();
        return AddressPrefix.TryParse(PrefixOf(subnet))?.FindFree(taken)
            ?? throw InUse("SubnetIsFull", "Subnet " + subnet.Name + " with address prefix " + PrefixOf(subnet) + " does not have enough capacity for 1 IP addresses.");
    }

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        var network = Store.Get(request.ParentId!);
        var subnet = Complete(request, NewResource(request, body), existing, network.Location);
        CheckRanges(network, [.. Store.List(Subnets, network.ResourceId).Where(other => other != existing), subnet]);
        Store.Add(subnet);
        return ArmReply.Json(existing is null ? HttpStatusCode.Created : HttpStatusCode.OK, Describe(subnet));
    }

    protected override void CheckDelete(ArmResource resource) => CheckUnused(resource);

    private static string? PrefixOf(ArmResource subnet)
        => subnet.Properties.Text("addressPrefix") ?? subnet.Properties.Items("addressPrefixes").FirstOrDefault()?.Text();

    private IEnumerable<(ArmResource Interface, JsonNode Configuration)> Users(ArmResource subnet)
        => Configurations().Where(entry => JsonReading.Same(entry.Configuration.Text("properties", "subnet", "id"), subnet.Id));

    private ArmResource Complete(ArmRequest request, ArmResource subnet, ArmResource? existing, string location)
    {
        var properties = subnet.Properties;
        properties.Remove("ipConfigurations");
        _ = FindReferred(properties.Text("networkSecurityGroup", "id"), SecurityGroups, subnet.Id, location);
        if (existing is null)
        {
            if (string.CompareOrdinal(request.ApiVersion, FirstPrivate) >= 0)
            {
                properties["defaultOutboundAccess"] ??= false;
            }
        }
        else if (properties["defaultOutboundAccess"] is null)
        {
            properties.CopyFrom(existing.Properties, "defaultOutboundAccess");
        }

        properties["delegations"] ??= new JsonArray();
        properties["privateEndpointNetworkPolicies"] ??= "Disabled";
        properties["privateLinkServiceNetworkPolicies"] ??= "Enabled";
        Stamp(subnet);
        return subnet;
    }
}

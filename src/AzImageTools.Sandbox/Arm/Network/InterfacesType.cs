using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Network;

/// <summary>Microsoft.Network/networkInterfaces. That an interface is attached is told by its machine's network profile.</summary>
internal sealed class InterfacesType(ArmStore store, OperationReplies operations, SubnetsType subnets) : NetworkType(store, operations)
{
    public override string Type => Interfaces;

    /// <summary>The machine that an interface is attached to; null for none.</summary>
    public static ArmResource? MachineOf(ArmStore store, string id)
        => store.All.FirstOrDefault(machine => machine.Machine is not null
            && machine.Properties.Items("networkProfile", "networkInterfaces").Any(card => JsonReading.Same(card.Text("id"), id)));

    public override JsonObject Describe(ArmResource resource)
    {
        if (MachineOf(Store, resource.Id) is not { } machine)
        {
            return resource.Document;
        }

        var copy = (JsonObject)resource.Document.DeepClone();
        copy.Child("properties")["virtualMachine"] = new JsonObject { ["id"] = machine.Id };
        return copy;
    }

    /// <summary>Fills in what the service tells of an interface, after checking what it refers to.</summary>
    public void Complete(ArmResource card, ArmResource? existing)
    {
        var properties = card.Properties;
        properties.Remove("virtualMachine");
        var configurations = properties.Items("ipConfigurations").OfType<JsonObject>().ToList();
        if (configurations.Count == 0)
        {
            throw new ArmException(
                HttpStatusCode.BadRequest, "NetworkInterfaceMustHaveAtLeastOneIpConfiguration", "Network interface " + card.Id + " must have at least one IP configuration.");
        }

        _ = FindReferred(properties.Text("networkSecurityGroup", "id"), SecurityGroups, card.Id, card.Location);
        var taken = new List<string>();
        for (var index = 0; index < configurations.Count; index++)
        {
            taken.Add(CompleteConfiguration(card, configurations[index], isFirst: index == 0, existing, taken));
        }

        properties["dnsSettings"] ??= new JsonObject { ["dnsServers"] = new JsonArray(), ["appliedDnsServers"] = new JsonArray() };
        properties["enableAcceleratedNetworking"] ??= false;
        properties["enableIPForwarding"] ??= false;
        properties["nicType"] ??= "Standard";
    }

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var card = NewResource(request, body);
        Complete(card, existing);
        return Keep(card, existing);
    }

    protected override void CheckDelete(ArmResource resource)
    {
        // Met by packer, see hashicorp/packer-plugin-azure's issues.
        if (MachineOf(Store, resource.Id) is { } machine)
        {
            throw InUse(
                "NicInUse",
                "Network Interface " + resource.Id + " is used by existing resource " + machine.Id
                + ". In order to delete the network interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.");
        }
    }

    private string CompleteConfiguration(ArmResource card, JsonObject configuration, bool isFirst, ArmResource? existing, List<string> taken)
    {
        var name = configuration.Text("name") ?? throw new ArmException(HttpStatusCode.BadRequest, "InvalidRequestFormat", "Cannot parse the request: an IP configuration of '" + card.Name + "' has no name.");
        var id = card.Id + "/ipConfigurations/" + name;
        var properties = configuration.Child("properties");
        var subnet = FindReferred(properties.Text("subnet", "id"), Subnets, card.Id, card.Location)
            ?? throw new ArmException(HttpStatusCode.BadRequest, "SubnetIsRequired", "Subnet reference is required for ipconfiguration " + id + ".");
        var address = FindReferred(properties.Text("publicIPAddress", "id"), PublicAddresses, card.Id, card.Location);
        if (address is not null && Configurations().Any(other => JsonReading.Same(other.Configuration.Text("properties", "publicIPAddress", "id"), address.Id) && !JsonReading.Same(other.Configuration.Text("id"), id)))
        {
            throw InUse("PublicIPAddressInUse", "Resource " + id + " is referencing public IP address " + address.Id + " that is already allocated to another resource.");
        }

        var own = existing?.Properties.Items("ipConfigurations").FirstOrDefault(other => JsonReading.Same(other.Text("name"), name)).Text("properties", "privateIPAddress");
        var isStatic = JsonReading.Same(properties.Text("privateIPAllocationMethod"), "Static");
        var chosen = (isStatic ? properties.Text("privateIPAddress") : null) ?? own ?? subnets.FindFreeAddress(subnet, taken);
        configuration["id"] = id;
        configuration["etag"] = NewETag();
        configuration["type"] = Interfaces + "/ipConfigurations";
        properties["provisioningState"] = "Succeeded";
        properties["privateIPAddress"] = chosen;
        properties["privateIPAllocationMethod"] ??= "Dynamic";
        properties["privateIPAddressVersion"] ??= "IPv4";
        properties["primary"] ??= isFirst;
        return chosen;
    }
}

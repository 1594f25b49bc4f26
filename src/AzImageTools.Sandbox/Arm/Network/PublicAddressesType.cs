using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Network;

/// <summary>Microsoft.Network/publicIPAddresses.</summary>
internal sealed class PublicAddressesType(ArmStore store, OperationReplies operations) : NetworkType(store, operations)
{
    private const string Standard = "Standard";

    /// <summary>Addresses for documentation (RFC 5737): they lead nowhere.</summary>
    private static readonly AddressPrefix Pool = AddressPrefix.TryParse("203.0.113.0/24")!;

    public override string Type => PublicAddresses;

    public override JsonObject Describe(ArmResource resource)
    {
        if (FindUser(resource) is not { } user)
        {
            return resource.Document;
        }

        var copy = (JsonObject)resource.Document.DeepClone();
        copy.Child("properties")["ipConfiguration"] = new JsonObject { ["id"] = user };
        return copy;
    }

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var address = NewResource(request, body);
        var properties = address.Properties;
        properties.Remove("ipConfiguration");
        address.Document.Child("sku")["name"] ??= Standard;
        address.Document.Child("sku")["tier"] ??= "Regional";
        properties["publicIPAllocationMethod"] ??= JsonReading.Same(address.Document.Text("sku", "name"), Standard) ? "Static" : "Dynamic";
        properties["publicIPAddressVersion"] ??= "IPv4";
        properties["idleTimeoutInMinutes"] ??= 4;
        if (JsonReading.Same(properties.Text("publicIPAllocationMethod"), "Static"))
        {
            var taken = Store.All.Where(other => JsonReading.Same(other.ResourceId.Type, PublicAddresses)).Select(other => other.Properties.Text("ipAddress")).OfType<string>().ToList();
            properties["ipAddress"] = existing?.Properties.Text("ipAddress") ?? Pool.FindFree(taken);
        }

        return Keep(address, existing);
    }

    protected override void CheckDelete(ArmResource resource)
    {
        // Met by packer, see hashicorp/packer-plugin-azure's issues.
        if (FindUser(resource) is { } user)
        {
            throw InUse(
                "PublicIPAddressCannotBeDeleted",
                "Public IP address " + resource.Id + " can not be deleted since it is still allocated to resource " + user
                + ". In order to delete the public IP, disassociate/detach the Public IP address from the resource.  To learn how to do this, see aka.ms/deletepublicip.");
        }
    }

    private string? FindUser(ArmResource address)
        => Configurations().Where(entry => JsonReading.Same(entry.Configuration.Text("properties", "publicIPAddress", "id"), address.Id)).Select(entry => entry.Configuration.Text("id")).FirstOrDefault();
}

using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Network;

/// <summary>Microsoft.Network/networkSecurityGroups.</summary>
internal sealed class SecurityGroupsType(ArmStore store, OperationReplies operations) : NetworkType(store, operations)
{
    public override string Type => SecurityGroups;

    public override JsonObject Describe(ArmResource resource)
    {
        var copy = (JsonObject)resource.Document.DeepClone();
        foreach (var (name, type) in new[] { ("networkInterfaces", Interfaces), ("subnets", Subnets) })
        {
            var users = Users(resource, type).Select(user => (JsonNode)new JsonObject { ["id"] = user.Id }).ToArray();
            if (users.Length > 0)
            {
                copy.Child("properties")[name] = new JsonArray(users);
            }
        }

        return copy;
    }

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var group = NewResource(request, body);
        group.Properties.Remove("networkInterfaces");
        group.Properties.Remove("subnets");
        group.Properties["securityRules"] ??= new JsonArray();
        return Keep(group, existing);
    }

    protected override void CheckDelete(ArmResource resource)
    {
        // Met by hashicorp/terraform-provider-azurerm and by Microsoft's Visual Studio tools' tests.
        var users = Users(resource, Interfaces).Concat(Users(resource, Subnets)).Select(user => user.Id).ToList();
        if (users.Count > 0)
        {
            throw InUse(
                "InUseNetworkSecurityGroupCannotBeDeleted",
                "Network security group " + resource.Id + " cannot be deleted because it is in use by the following resources: " + string.Join(", ", users)
                + ". In order to delete the Network security group, remove the association with the resource(s). To learn how to do this, see aka.ms/deletensg.");
        }
    }

    private IEnumerable<ArmResource> Users(ArmResource group, string type)
        => Store.All.Where(resource => JsonReading.Same(resource.ResourceId.Type, type) && JsonReading.Same(resource.Properties.Text("networkSecurityGroup", "id"), group.Id));
}

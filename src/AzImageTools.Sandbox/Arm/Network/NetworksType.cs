using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Network;

/// <summary>Microsoft.Network/virtualNetworks. Their subnets are resources of their own, which a network's document holds too.</summary>
internal sealed class NetworksType(ArmStore store, OperationReplies operations, SubnetsType subnets) : NetworkType(store, operations)
{
    public override string Type => Networks;

    public override JsonObject Describe(ArmResource resource)
    {
        var copy = (JsonObject)resource.Document.DeepClone();
        copy.Child("properties")["subnets"] = new JsonArray([.. Store.List(Subnets, resource.ResourceId).Select(subnet => subnets.Describe(subnet).DeepClone())]);
        return copy;
    }

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var network = NewResource(request, body);
        if (!network.Properties.Items("addressSpace", "addressPrefixes").Any())
        {
            throw new ArmException(HttpStatusCode.BadRequest, "InvalidRequestFormat", "Cannot parse the request: the address space of the virtual network '" + network.Name + "' is missing.");
        }

        var wanted = network.Properties["subnets"] is JsonArray given
            ? given.OfType<JsonObject>().Select(subnet => subnets.Prepare(request, network, subnet)).ToList()
            : [.. Store.List(Subnets, network.ResourceId)];
        network.Properties.Remove("subnets");
        SubnetsType.CheckRanges(network, wanted);
        var gone = Store.List(Subnets, network.ResourceId).Where(subnet => !wanted.Exists(other => JsonReading.Same(other.Id, subnet.Id))).ToList();
        gone.ForEach(subnets.CheckUnused);
        gone.ForEach(Store.Remove);
        wanted.ForEach(Store.Add);
        network.Properties["enableDdosProtection"] ??= false;
        return Keep(network, existing);
    }

    protected override void CheckDelete(ArmResource resource)
    {
        foreach (var subnet in Store.List(Subnets, resource.ResourceId))
        {
            subnets.CheckUnused(subnet);
        }
    }

    protected override void OnDeleted(ArmResource resource) => Store.List(Subnets, resource.ResourceId).ToList().ForEach(Store.Remove);
}

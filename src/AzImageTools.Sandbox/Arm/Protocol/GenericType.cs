using System.Net;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>A type that virtual machines refer to and the sandbox only remembers, such as a network interface.</summary>
internal sealed class GenericType(ArmStore store, OperationReplies operations, string type) : ResourceType(store, operations)
{
    public override string Type { get; } = type;

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        if (request.Names.Count == 1)
        {
            CheckLocation(body, existing);
        }

        var resource = NewResource(request, body);
        resource.Properties["provisioningState"] = "Succeeded";
        resource.Document["etag"] = "W/\"" + Guid.NewGuid().ToString() + "\"";
        Store.Add(resource);
        return ArmReply.Json(existing is null ? HttpStatusCode.Created : HttpStatusCode.OK, resource.Document);
    }
}

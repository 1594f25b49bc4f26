using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/restorePointCollections: the restore points of one machine.</summary>
internal sealed class RestorePointCollectionsType(ArmStore store, OperationReplies operations) : ResourceType(store, operations)
{
    public const string Name = "Microsoft.Compute/restorePointCollections";

    public override string Type => Name;

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        if (existing is not null)
        {
            if (body.Text("properties", "source", "id") is { } other && !JsonReading.Same(other, existing.Properties.Text("source", "id")))
            {
                throw ArmException.ChangeNotAllowed("restorePointCollection.source.id");
            }

            existing.Document.CopyFrom(body, "tags");
            return ArmReply.Ok(existing.Document);
        }

        var collection = NewResource(request, body);
        var id = collection.Properties.Text("source", "id") ?? throw ArmException.Missing("restorePointCollection.source.id");
        var isCopy = JsonReading.Same(ResourceId.TryParse(id)?.Type, Name);
        var source = Store.GetReferred(id, isCopy ? Name : MachinesType.Name, "restorePointCollection.source.id");
        if (!isCopy && !JsonReading.Same(source.Location, collection.Location))
        {
            throw ArmException.InvalidParameter(
                "location", "The restore point collection must be in the location of its source virtual machine, '" + source.Location + "', not in '" + collection.Location + "'.");
        }

        collection.Properties["source"] = new JsonObject { ["id"] = source.Id, ["location"] = source.Location };
        collection.Properties["restorePointCollectionId"] = Guid.NewGuid().ToString();
        collection.Properties["provisioningState"] = "Succeeded";
        Store.Add(collection);
        return ArmReply.Json(HttpStatusCode.Created, collection.Document);
    }

    protected override HttpResponseMessage GetReply(ArmRequest request, ArmResource resource)
    {
        if (!JsonReading.Same(request.Http.QueryValue("$expand"), "restorePoints"))
        {
            return ArmReply.Ok(resource.Document);
        }

        var copy = (JsonObject)resource.Document.DeepClone();
        copy.Child("properties")["restorePoints"] = new JsonArray([.. Store.List(RestorePointsType.Name, resource.ResourceId).Select(point => point.Document.DeepClone())]);
        return ArmReply.Ok(copy);
    }

    protected override void OnDeleted(ArmResource resource)
    {
        foreach (var nested in Store.All.Where(other => resource.ResourceId.Holds(other.ResourceId)).ToList())
        {
            Store.Remove(nested);
        }
    }
}

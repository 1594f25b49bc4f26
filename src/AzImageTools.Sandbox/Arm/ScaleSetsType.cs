using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>
/// Microsoft.Compute/virtualMachineScaleSets: what their machines are to be made of. The sandbox makes no machines of them: it takes those alone that are to have none.
/// </summary>
internal sealed class ScaleSetsType(ArmStore store, OperationReplies operations) : ResourceType(store, operations)
{
    private const string Target = "virtualMachineScaleSet.properties.virtualMachineProfile.storageProfile.imageReference";

    public override string Type => "Microsoft.Compute/virtualMachineScaleSets";

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var set = NewResource(request, body);
        if (body["sku"] is null && existing is null)
        {
            throw ArmException.Missing("sku");
        }

        if ((body.Number("sku", "capacity") ?? 0) > 0)
        {
            throw new ArmException(HttpStatusCode.BadRequest, "BadRequest", "The sandbox makes no machines of scale sets: their capacity has to be 0.");
        }

        Check(set);
        if (existing is not null)
        {
            existing.Document.CopyFrom(set.Document, "tags");
            existing.Document.CopyFrom(set.Document, "sku");
            foreach (var property in set.Properties.ToList())
            {
                existing.Properties[property.Key] = property.Value?.DeepClone();
            }

            return Create(request, existing, HttpStatusCode.OK, "Updating");
        }

        set.Properties["orchestrationMode"] ??= "Uniform";
        set.Properties["uniqueId"] = Guid.NewGuid().ToString();
        set.Properties["timeCreated"] = Store.Cloud.Now.ToString("O", CultureInfo.InvariantCulture);
        return Create(request, set, HttpStatusCode.Created, "Creating");
    }

    /// <summary>What is secret goes in and never comes out; what the image refers to has to be there.</summary>
    private void Check(ArmResource set)
    {
        if (set.Properties.At("virtualMachineProfile", "osProfile") is JsonObject profile)
        {
            profile.Remove("adminPassword");
            profile.Remove("customData");
        }

        if (set.Properties.At("virtualMachineProfile", "storageProfile", "imageReference") is not JsonObject reference || reference.Text("id") is not { } id)
        {
            return;
        }

        var type = ResourceId.TryParse(id)?.Type;
        Store.GetReferred(id, JsonReading.Same(type, ImageResolver.Images) ? ImageResolver.Images : JsonReading.Same(type, DefinitionsType.Name) ? DefinitionsType.Name : ImageResolver.Versions, Target);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Galleries;

/// <summary>Writes image definitions with the features that the SDK's models lack.</summary>
internal static class DefinitionDocuments
{
    /// <summary>Makes a definition.</summary>
    public static Task CreateAsync(ImageSession session, ResourceIdentifier id, AzureLocation location, DefinitionBody body, IReadOnlyDictionary<string, string>? tag, StepRun run)
    {
        GenericResourceData data = new(location) { Properties = BinaryData.FromString(JsonSerializer.Serialize(body)) };
        RunTag.Apply(data.Tags, tag, run.RunId);
        return PutAsync(session, id, data, run);
    }

    /// <summary>Adds features to a definition that is there, in the place of those of the same name; everything else stays as it is.</summary>
    public static async Task AddFeaturesAsync(ImageSession session, ResourceIdentifier id, IReadOnlyList<ImageFeature> features, StepRun run)
    {
        Response<GenericResource> current = await session.RawArm.GetGenericResource(id).GetAsync(run.Cancellation).ConfigureAwait(false);
        JsonObject properties = JsonNode.Parse(current.Value.Data.Properties.ToString())!.AsObject();
        properties.Remove("provisioningState");
        IEnumerable<JsonNode?> others = (properties["features"] as JsonArray ?? [])
            .Where(known => !features.Any(feature => string.Equals(feature.Name, (string?)known?["name"], StringComparison.OrdinalIgnoreCase)))
            .Select(known => known?.DeepClone());
        properties["features"] = new JsonArray([.. others, .. features.Select(feature => JsonSerializer.SerializeToNode(feature))]);
        properties["allowUpdateImage"] = true;
        GenericResourceData data = new(current.Value.Data.Location) { Properties = BinaryData.FromString(properties.ToJsonString()) };
        foreach (KeyValuePair<string, string> tag in current.Value.Data.Tags)
        {
            data.Tags[tag.Key] = tag.Value;
        }

        await PutAsync(session, id, data, run).ConfigureAwait(false);
    }

    private static async Task PutAsync(ImageSession session, ResourceIdentifier id, GenericResourceData data, StepRun run)
    {
        ArmOperation<GenericResource> operation = await session.RawArm.GetGenericResources().CreateOrUpdateAsync(WaitUntil.Started, id, data, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    }
}

using System.Text.Json.Nodes;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Provision;

/// <summary>Makes and removes resources that the SDK has no models for.</summary>
internal static class ArmResources
{
    /// <summary>Makes a resource and waits until it is there.</summary>
    public static Task PutAsync(ImageSession session, string what, ResourceIdentifier id, AzureLocation location, JsonObject properties, IReadOnlyDictionary<string, string> tags, OperationContext context)
        => AzureErrors.CallAsync($"Creating the {what}", id.ToString(), async () =>
        {
            GenericResourceData data = new(location) { Properties = BinaryData.FromString(properties.ToJsonString()) };
            foreach (KeyValuePair<string, string> tag in tags)
            {
                data.Tags[tag.Key] = tag.Value;
            }

            ArmOperation<GenericResource> operation = await session.RawArm.GetGenericResources().CreateOrUpdateAsync(WaitUntil.Started, id, data, context.Cancellation).ConfigureAwait(false);
            await OperationWaiter.WaitAsync(operation, context).ConfigureAwait(false);
        });

    /// <summary>Deletes a resource again, if the run made it.</summary>
    public static Task<bool> DeleteOwnAsync(ImageSession session, string what, ResourceIdentifier id, StepRun run) => OwnResource.DeleteAsync(
        run,
        what,
        cancellation => Lookup.FindAsync(() => session.RawArm.GetGenericResource(id).GetAsync(cancellation)),
        resource => resource.Data.Tags,
        (resource, cancellation) => resource.DeleteAsync(WaitUntil.Started, cancellation));

    /// <summary>Whether a resource is there.</summary>
    public static Task<bool> ExistsAsync(ImageSession session, string what, ResourceIdentifier id, OperationContext context)
        => AzureErrors.CallAsync($"Looking for the {what}", id.ToString(), async () =>
            await Lookup.FindAsync(() => session.RawArm.GetGenericResource(id).GetAsync(context.Cancellation)).ConfigureAwait(false) is not null);
}

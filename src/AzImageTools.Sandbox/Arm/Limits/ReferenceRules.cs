using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Limits;

/// <summary>The encryption sets and disk accesses that a body names are there, and a network policy agrees with its disk access.</summary>
internal static class ReferenceRules
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        ["diskAccessId"] = "Microsoft.Compute/diskAccesses",
        ["diskEncryptionSetId"] = "Microsoft.Compute/diskEncryptionSets",
        ["secureVMDiskEncryptionSetId"] = "Microsoft.Compute/diskEncryptionSets",
    };

    /// <summary>Checks whatever a body refers to, at any depth.</summary>
    public static void CheckReferences(ArmStore store, JsonNode? node, string path = "")
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
            {
                CheckReferences(store, item, path);
            }
        }

        foreach (var (name, value) in (node as JsonObject ?? []).Select(member => (member.Key, member.Value)))
        {
            var place = path.Length == 0 ? name : path + "." + name;
            if (Types.TryGetValue(name, out var type) && value?.GetValueKind() == JsonValueKind.String)
            {
                CheckReference(store, value.GetValue<string>(), type, place);
            }
            else if (JsonReading.Same(name, "diskEncryptionSet") && value.Text("id") is { } id)
            {
                CheckReference(store, id, "Microsoft.Compute/diskEncryptionSets", place + ".id");
            }
            else
            {
                CheckReferences(store, value, place);
            }
        }
    }

    /// <summary>Checks the network policy of a disk or snapshot.</summary>
    /// <param name="body">What is asked for.</param>
    /// <param name="existing">What is there already, where it is only changed.</param>
    public static void CheckPolicy(JsonObject body, JsonObject? existing)
    {
        var policy = body.Text("properties", "networkAccessPolicy") ?? existing.Text("properties", "networkAccessPolicy");
        var isCleared = body.At("properties") is JsonObject properties && properties.ContainsKey("diskAccessId") && properties["diskAccessId"] is null;
        var access = body.Text("properties", "diskAccessId") ?? (isCleared ? null : existing.Text("properties", "diskAccessId"));
        var isPrivate = JsonReading.Same(policy, "AllowPrivate");
        if (isPrivate && string.IsNullOrEmpty(access))
        {
            throw Conflicting("AllowPrivate NetworkAccessPolicy can only supported with Disk Access.");
        }

        if (!isPrivate && !string.IsNullOrEmpty(access))
        {
            throw Conflicting("Disk Access is only supported for disks with NetworkAccessPolicy AllowPrivate");
        }
    }

    private static void CheckReference(ArmStore store, string id, string type, string path)
    {
        if (ResourceId.TryParse(id) is not { } parsed || !JsonReading.Same(parsed.Type, type))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "LinkedInvalidPropertyId",
                "Property id '" + id + "' at path '" + path + "' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{subscriptionId}'"
                + " or '/providers/{resourceProviderNamespace}/'.");
        }

        if (store.Find(parsed) is null)
        {
            throw ArmException.NotFound(parsed);
        }
    }

    private static ArmException Conflicting(string text) => new ArmException(HttpStatusCode.Conflict, "ConflictingUserInput", text);
}

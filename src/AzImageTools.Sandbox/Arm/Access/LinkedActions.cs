using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Network;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>What a request must be allowed to do with the resources that its body refers to.</summary>
internal static class LinkedActions
{
    /// <summary>
    /// Networks are joined, what is copied or published is read, and a disk that is copied is exported
    /// (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/compute: Disk Snapshot Contributor).
    /// </summary>
    private static readonly Dictionary<string, string> ByType = new(StringComparer.OrdinalIgnoreCase)
    {
        [NetworkType.Interfaces] = "join/action",
        [NetworkType.Subnets] = "join/action",
        [NetworkType.PublicAddresses] = "join/action",
        [NetworkType.SecurityGroups] = "join/action",
        [ImageResolver.Images] = "read",
        [ImageResolver.Versions] = "read",
        [DefinitionsType.Name] = "read",
        [MachinesType.Name] = "read",
        [SourceResolver.Disks] = "read",
        [SourceResolver.Snapshots] = "read",
        ["Microsoft.Compute/diskEncryptionSets"] = "read",
    };

    public static IEnumerable<RequestedAction> Of(ArmRequest request)
    {
        if (request.Method is not ("PUT" or "PATCH") || !request.HasName || request.ResourceGroup is null)
        {
            return [];
        }

        var own = request.Id.ToId();
        return References(request.ReadBody())
            .Where(reference => !Scope.Holds(own, reference.Id.ToId()))
            .Select(reference => Find(reference.Name, reference.Id))
            .OfType<RequestedAction>()
            .Distinct();
    }

    private static RequestedAction? Find(string name, ResourceId id)
    {
        if (JsonReading.Same(name, "sourceResourceId"))
        {
            return new RequestedAction(id.Type + "/beginGetAccess/action", id.ToId());
        }

        return ByType.TryGetValue(id.Type, out var action) ? new RequestedAction(id.Type + "/" + action, id.ToId()) : null;
    }

    private static IEnumerable<(string Name, ResourceId Id)> References(JsonNode? node, string name = "") => node switch
    {
        JsonObject entries => entries.SelectMany(entry => References(entry.Value, entry.Key)),
        JsonArray items => items.SelectMany(item => References(item, name)),
        _ => ResourceId.TryParse(node.Text()) is { } id ? [(name, id)] : [],
    };
}

using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>
/// Image versions that were deleted in a gallery with soft delete (https://learn.microsoft.com/azure/virtual-machines/soft-delete-gallery, a preview): kept for seven days, listed,
/// brought back by a PUT of the version with its region, or deleted for good. That page's PUT has a region alone;
/// Azure's own types have a flag for it (<c>restore</c>), and no PUT without a storage profile: the sandbox wants both, which holds for either. They are resources of a type of their own, whose documents have no region, so that no other
/// list tells of them. Used under the cloud's lock.
/// </summary>
internal sealed class SoftDeletedVersions(ArmStore store)
{
    private const string Type = "Microsoft.Compute/galleries/softDeletedArtifactTypes/artifacts/versions";
    private const string Artifact = "Images";

    private static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    /// <returns>The answer; null where the path is another.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        if (!JsonReading.Same(request.Type, Type) || request.ResourceGroup is null)
        {
            return null;
        }

        var gallery = store.Get(new ResourceId(request.SubscriptionId, request.ResourceGroup, GalleriesType.Name, [request.Names[0]]));
        if (!JsonReading.Same(request.Names[1], Artifact))
        {
            throw ArmException.InvalidParameter("artifactType", "The artifact type '" + request.Names[1] + "' is not supported.");
        }

        if (request is { HasName: false, Method: "GET" })
        {
            return ListPage.Of(request, store.Cloud.Options, Of(gallery.ResourceId, request.Names[2]).Select(Describe));
        }

        if (request is { HasName: true, Method: "DELETE" })
        {
            if (Of(gallery.ResourceId, request.Names[2]).FirstOrDefault(kept => JsonReading.Same(kept.Name, request.Names[3])) is not { } found)
            {
                return ArmReply.Empty(HttpStatusCode.NoContent);
            }

            store.Remove(found);
            return ArmReply.Empty(HttpStatusCode.OK);
        }

        return null;
    }

    /// <summary>Whether a gallery keeps what is deleted in it.</summary>
    public bool IsKeptBy(ResourceId version) => store.Find(version.Parent()!.Parent()!)?.Properties.Flag("softDeletePolicy", "isSoftDeleteEnabled") == true;

    /// <summary>Whether a definition has any.</summary>
    public bool Has(ResourceId definition) => Of(definition.Parent()!, definition.Name).Count > 0;

    /// <summary>Keeps a version that is deleted; the version itself goes afterwards.</summary>
    public void Keep(ArmResource version)
    {
        var kept = new ArmResource(IdOf(version.ResourceId), new JsonObject
        {
            ["properties"] = new JsonObject { ["softDeletedTime"] = store.Cloud.Now.ToString("O", CultureInfo.InvariantCulture), ["version"] = version.Document.DeepClone() },
        })
        {
            Plan = version.Plan,
            GuestState = version.GuestState,
        };
        foreach (var disk in version.Disks)
        {
            kept.Disks.Add(disk.Key, disk.Value);
        }

        store.Add(kept);
    }

    /// <summary>The version as it was, taken out of what is kept; null where it is not kept.</summary>
    public ArmResource? Restore(ResourceId version)
    {
        if (Of(version.Parent()!.Parent()!, version.Parent()!.Name).FirstOrDefault(kept => JsonReading.Same(kept.Name, version.Name)) is not { } found)
        {
            return null;
        }

        var restored = new ArmResource(version, (JsonObject)found.Properties["version"]!.DeepClone()) { Plan = found.Plan, GuestState = found.GuestState };
        foreach (var disk in found.Disks)
        {
            restored.Disks.Add(disk.Key, disk.Value);
        }

        // Added first: pages that nothing holds would go.
        store.Add(restored);
        store.Remove(found);
        return restored;
    }

    private static ResourceId IdOf(ResourceId version) => version with { Type = Type, Names = [version.Names[0], Artifact, version.Names[1], version.Names[2]] };

    private static JsonObject Describe(ArmResource kept) => new()
    {
        ["id"] = kept.Id,
        ["name"] = kept.Name,
        ["type"] = Type,
        ["location"] = kept.Properties["version"].Text("location"),
        ["properties"] = new JsonObject
        {
            ["resourceArmId"] = kept.Properties["version"].Text("id"),
            ["softDeletedArtifactType"] = Artifact,
            ["softDeletedTime"] = kept.Properties.Text("softDeletedTime"),
        },
    };

    /// <summary>Those of a definition that are not older than they are kept.</summary>
    private List<ArmResource> Of(ResourceId gallery, string definition)
    {
        var all = store.List(Type, gallery).ToList();
        foreach (var old in all.Where(kept => store.Cloud.Now - DateTimeOffset.Parse(kept.Properties.Text("softDeletedTime")!, CultureInfo.InvariantCulture) >= Retention).ToList())
        {
            store.Remove(old);
            all.Remove(old);
        }

        return all.FindAll(kept => JsonReading.Same(kept.ResourceId.Names[2], definition));
    }
}

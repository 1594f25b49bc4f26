using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/galleries/images/versions.</summary>
internal sealed class VersionsType(ArmStore store, OperationReplies operations, VersionSources sources, VersionEncryption encryption, SoftDeletedVersions deleted) : ResourceType(store, operations)
{
    private static readonly Regex NameRule = new("^[0-9]{1,10}[.][0-9]{1,10}[.][0-9]{1,10}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private const string Regions = "galleryImageVersion.properties.publishingProfile.targetRegions";

    /// <summary>The first version whose documents have a safety profile.</summary>
    private const string FirstSafe = "2022-08-03";

    /// <summary>The first version with soft delete.</summary>
    private const string FirstSoft = "2024-03-03";

    private static readonly string[] Changeable = ["publishingProfile", "safetyProfile"];

    public override string Type => ImageResolver.Versions;

    protected override string OperationKind => "capsOperations";

    protected override TimeSpan RetryAfter => Store.Cloud.Options.VersionRetryAfter ?? base.RetryAfter;

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        var name = request.Id.Name;
        if (!NameRule.IsMatch(name) || name.Split('.').Any(part => !int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            throw ArmException.InvalidParameter(
                "galleryImageVersion.name",
                "The image version name is invalid. The image version name should follow Major(int).Minor(int).Patch(int) format, for e.g: 1.0.0, 2018.12.1 etc.");
        }

        CheckLocation(body, existing);
        if (existing is null && string.CompareOrdinal(request.ApiVersion, FirstSoft) >= 0 && body.Flag("properties", "restore") && deleted.Restore(request.Id) is { } restored)
        {
            return Create(request, restored, HttpStatusCode.Created, "Creating");
        }

        if (body.Flag("properties", "restore"))
        {
            throw ArmException.InvalidParameter("galleryImageVersion.properties.restore", "The image version '" + name + "' can not be restored, because it is not soft-deleted.");
        }

        var version = NewResource(request, body);
        if (existing is not null)
        {
            return Update(request, version, existing);
        }

        var definition = Store.Get(version.ResourceId.Parent()!);
        CompleteProfile(version);
        CheckEnd(version);
        var taken = sources.Take(version, definition);
        encryption.Check(version, Luns(version));
        Publish(version, Store.Cloud.Now);
        if (string.CompareOrdinal(request.ApiVersion, FirstSafe) >= 0)
        {
            var safety = version.Properties.Child("safetyProfile");
            safety["reportedForPolicyViolation"] = false;
            safety["allowDeletionOfReplicatedLocations"] ??= false;
        }

        return Create(request, version, HttpStatusCode.Created, "Creating", taken.Tell, PageCopies.Start(taken.Copies));
    }

    /// <summary>Changes tags, regions, dates and what protects the version.</summary>
    protected override HttpResponseMessage Patch(ArmRequest request, JsonObject body, ArmResource resource)
    {
        var wanted = new ArmResource(resource.ResourceId, (JsonObject)resource.Document.DeepClone());
        if (body["tags"] is { } tags)
        {
            wanted.Document["tags"] = tags.DeepClone();
        }

        foreach (var name in Changeable)
        {
            foreach (var property in (body.At("properties", name) as JsonObject ?? []).ToList())
            {
                wanted.Properties.Child(name)[property.Key] = property.Value?.DeepClone();
            }
        }

        return Update(request, wanted, resource);
    }

    protected override void CheckDelete(ArmResource resource)
    {
        if (resource.Properties.Flag("safetyProfile", "blockDeletionBeforeEndOfLife") && EndOf(resource) is { } end && end > Store.Cloud.Now)
        {
            throw new ArmException(
                HttpStatusCode.Conflict,
                "DeleteGalleryImageVersionBlockedBeforeEndOfLife",
                "Deletion of Gallery image version is not allowed because the image is enabled for blockDeletionBeforeEndOfLife and its endOfLifeDate has not reached yet.");
        }
    }

    protected override void OnDeleting(ArmResource resource)
    {
        if (deleted.IsKeptBy(resource.ResourceId))
        {
            deleted.Keep(resource);
        }
    }

    /// <summary>Fills in regions as the service does, which echoes their display names.</summary>
    public static void CompleteProfile(ArmResource version)
    {
        var profile = version.Properties.Child("publishingProfile");
        var regions = profile.Items("targetRegions").OfType<JsonObject>().ToList();
        if (regions.Count == 0)
        {
            var home = new JsonObject { ["name"] = version.Location };
            profile["targetRegions"] = new JsonArray(home);
            regions.Add(home);
        }

        var names = regions.ConvertAll(region => Normalize(region.Text("name")));
        if (!names.Contains(version.Location, StringComparer.OrdinalIgnoreCase))
        {
            throw ArmException.InvalidParameter(
                Regions,
                "Gallery image version publishing profile regions '" + string.Join(",", regions.Select(region => region.Text("name")))
                + "' must contain the location of image version '" + version.Location + "'.");
        }

        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Count)
        {
            throw ArmException.InvalidParameter(Regions, "Duplicate regions are not allowed in target publishing regions.");
        }

        var replicas = profile.Number("replicaCount") ?? 1;
        profile["replicaCount"] = replicas;
        profile["excludeFromLatest"] ??= false;
        profile["storageAccountType"] ??= "Standard_LRS";
        foreach (var region in regions)
        {
            region["name"] = Protocol.Regions.DisplayOf(Normalize(region.Text("name")));
            region["regionalReplicaCount"] ??= replicas;
            region["storageAccountType"] ??= profile.Text("storageAccountType");
        }
    }

    public static void Publish(ArmResource version, DateTimeOffset now)
        => version.Properties.Child("publishingProfile")["publishedDate"] = now.ToString("O", CultureInfo.InvariantCulture);

    protected override HttpResponseMessage GetReply(ArmRequest request, ArmResource resource)
    {
        if (!JsonReading.Same(request.Http.QueryValue("$expand"), "ReplicationStatus"))
        {
            return ArmReply.Ok(resource.Document);
        }

        var copy = (JsonObject)resource.Document.DeepClone();
        copy.Child("properties")["replicationStatus"] = ReplicationStatus.Describe(resource, Store.Cloud.Now);
        return ArmReply.Ok(copy);
    }

    public static string Normalize(string? region) => (region ?? "").Replace(" ", "");

    private static DateTimeOffset? EndOf(ArmResource version)
        => DateTimeOffset.TryParse(version.Properties.Text("publishingProfile", "endOfLifeDate"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) ? end : null;

    private static List<int> Luns(ArmResource version) => [.. version.Disks.Keys.Where(key => key != ArmResource.OsDiskKey)];

    private void CheckEnd(ArmResource version)
    {
        if (EndOf(version) is { } end && end <= Store.Cloud.Now)
        {
            throw ArmException.InvalidParameter("galleryImageVersion.properties.publishingProfile.endOfLifeDate", "EndOfLifeDate must be set to a future date.");
        }
    }

    private HttpResponseMessage Update(ArmRequest request, ArmResource version, ArmResource existing)
    {
        var source = version.Properties.Text("storageProfile", "source", "id");
        if (source is not null && !JsonReading.Same(source, existing.Properties.Text("storageProfile", "source", "id")))
        {
            throw ArmException.ChangeNotAllowed("galleryImageVersion.properties.storageProfile.source.id");
        }

        CompleteProfile(version);
        encryption.Check(version, Luns(existing));
        if (version.Properties.Items("storageProfile", "dataDiskImages").Any(disk => !Luns(existing).Contains((int)(disk.Number("lun") ?? -1))))
        {
            throw ArmException.InvalidParameter(
                "galleryImageVersion.properties.storageProfile.dataDiskImages", "Adding new Data Disks or changing the LUN of a Data Disk in an existing Image is not allowed.");
        }

        if (EndOf(version) != EndOf(existing))
        {
            CheckEnd(version);
        }

        version.Properties.Child("publishingProfile")["publishedDate"] = existing.Properties.At("publishingProfile", "publishedDate")?.DeepClone();
        existing.Properties.CopyFrom(version.Properties, "publishingProfile");
        foreach (var property in version.Properties["safetyProfile"] as JsonObject ?? [])
        {
            existing.Properties.Child("safetyProfile")[property.Key] = property.Value?.DeepClone();
        }

        existing.Document.CopyFrom(version.Document, "tags");
        return Create(request, existing, HttpStatusCode.OK, "Updating");
    }
}

using System.Text.Json;
using AzImageTools.Services.Graph;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;
using Azure.Core;

namespace AzImageTools.Services.Retire;

/// <summary>Finds what was made of one's own images, in all subscriptions that the sign-in sees, by one question to Resource Graph.</summary>
/// <param name="session">The session.</param>
public sealed class ImageConsumerService(ImageSession session)
{
    private const string MachineType = "microsoft.compute/virtualmachines";
    private const string ScaleSetType = "microsoft.compute/virtualmachinescalesets";
    private const string VersionType = "microsoft.compute/galleries/images/versions";
    private const string Versions = "/versions/";

    /// <summary>What nobody can see here, for messages.</summary>
    public const string Unseen = "Machines of other tenants, host pools, image templates, and what the sign-in may not read are not seen.";

    /// <summary>Lists machines, scale sets and image versions with the own image that each was made of.</summary>
    /// <param name="imageId">The id of a managed image, image definition or version; null for all.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">Resource Graph refused or could not be reached.</exception>
    public async Task<IReadOnlyList<ImageConsumer>> FindAsync(string? imageId, OperationContext context)
    {
        Dictionary<string, List<(string Number, bool IsExcluded)>> versions = new(StringComparer.OrdinalIgnoreCase);
        List<ImageConsumer> found = [];
        string query = $"Resources | where type in~ ('{MachineType}', '{ScaleSetType}', '{VersionType}') | project id, name, type, location, resourceGroup, subscriptionId, properties | order by id asc";
        ResourceGraph graph = new(session);
        await foreach (JsonElement row in graph.RowsAsync(query, "Listing machines and image versions", context).ConfigureAwait(false))
        {
            Note(row, versions);
            if (Read(row) is { } consumer && IsOf(consumer, imageId))
            {
                found.Add(consumer);
            }
        }

        foreach (string hidden in await graph.HiddenSubscriptionsAsync(context).ConfigureAwait(false))
        {
            context.Log.Warning($"Subscription {hidden} is not looked through: the sign-in may not read it.");
        }

        return [.. found.Select(consumer => WithLatest(consumer, versions))];
    }

    private static bool IsOf(ImageConsumer consumer, string? imageId)
    {
        if (imageId is null)
        {
            return true;
        }

        string wanted = imageId.TrimEnd('/');
        string whole = consumer.ImageVersion is { } version ? consumer.ImageId + Versions + version : consumer.ImageId;
        return string.Equals(consumer.ImageId, wanted, StringComparison.OrdinalIgnoreCase)
            || string.Equals(whole, wanted, StringComparison.OrdinalIgnoreCase)

            // Which version it was is not told: it may be this one.
            || (consumer.ImageVersion is null && wanted.StartsWith(consumer.ImageId + Versions, StringComparison.OrdinalIgnoreCase));
    }

    private static void Note(JsonElement row, Dictionary<string, List<(string Number, bool IsExcluded)>> versions)
    {
        if (ArmDocuments.Text(row, "id") is { } id && id.IndexOf(Versions, StringComparison.OrdinalIgnoreCase) is > 0 and var at && ArmDocuments.Text(row, "properties", "provisioningState") is null or "Succeeded" or "Updating")
        {
            string definition = id.Substring(0, at);
            if (!versions.TryGetValue(definition, out List<(string Number, bool IsExcluded)>? known))
            {
                versions.Add(definition, known = []);
            }

            bool isExcluded = row.GetProperty("properties").TryGetProperty("publishingProfile", out JsonElement profile)
                && profile.TryGetProperty("excludeFromLatest", out JsonElement excluded) && excluded.ValueKind == JsonValueKind.True;
            known.Add((id.Substring(at + Versions.Length), isExcluded));
        }
    }

    private static ImageConsumer? Read(JsonElement row)
    {
        (ImageConsumerKind Kind, string[] Path)? place = ArmDocuments.Text(row, "type")?.ToLowerInvariant() switch
        {
            MachineType => (ImageConsumerKind.VirtualMachine, ["properties", "storageProfile", "imageReference"]),
            ScaleSetType => (ImageConsumerKind.ScaleSet, ["properties", "virtualMachineProfile", "storageProfile", "imageReference"]),
            VersionType => (ImageConsumerKind.ImageVersion, ["properties", "storageProfile", "source"]),
            _ => null,
        };
        if (place is not var (kind, path) || ArmDocuments.Text(row, "id") is not { } id || ArmDocuments.Text(row, [.. path, "id"]) is not { } image || !IsImage(image))
        {
            return null;
        }

        int at = image.IndexOf(Versions, StringComparison.OrdinalIgnoreCase);
        return new ImageConsumer
        {
            Kind = kind,
            Id = id,
            Name = ArmDocuments.Text(row, "name") ?? string.Empty,
            ResourceGroupName = new ResourceIdentifier(id).ResourceGroupName,
            Location = ArmDocuments.Text(row, "location"),
            SubscriptionId = ArmDocuments.Text(row, "subscriptionId"),
            ImageId = at < 0 ? image : image.Substring(0, at),
            ImageVersion = at < 0 ? ArmDocuments.Text(row, [.. path, "exactVersion"]) : image.Substring(at + Versions.Length),
        };
    }

    /// <summary>A managed image, or one of a gallery: versions are made of disks and machines too.</summary>
    private static bool IsImage(string id) => id.IndexOf("/images/", StringComparison.OrdinalIgnoreCase) >= 0;

    private static ImageConsumer WithLatest(ImageConsumer consumer, Dictionary<string, List<(string Number, bool IsExcluded)>> versions)
    {
        string? latest = versions.TryGetValue(consumer.ImageId, out List<(string Number, bool IsExcluded)>? known)
            ? known.Where(static version => !version.IsExcluded).Select(static version => version.Number).OrderByDescending(static number => number, VersionOrder.Instance).FirstOrDefault()
            : null;
        return consumer with
        {
            LatestVersion = latest,
            IsOutdated = latest is null || consumer.ImageVersion is null ? null : VersionOrder.Instance.Compare(consumer.ImageVersion, latest) < 0,
        };
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>
/// The customers' keys of an image version's regions. Texts are those of
/// https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images, which tells no codes.
/// </summary>
internal sealed class VersionEncryption(ArmStore store)
{
    private const string Target = "galleryArtifactVersion.properties.publishingProfile.targetRegions.encryption";
    private const string OsDisk = Target + ".osDiskImage.diskEncryptionSetId";

    /// <summary>Refuses keys that are not there, not of the version's subscription, or not of each region alike.</summary>
    /// <param name="version">The version.</param>
    /// <param name="luns">Of its data disks.</param>
    public void Check(ArmResource version, IReadOnlyCollection<int> luns)
    {
        var regions = version.Properties.Items("publishingProfile", "targetRegions").Select(region => ReadRegion(region, luns)).ToList();
        foreach (var set in regions.SelectMany(region => region.Sets.Values))
        {
            CheckSet(version, set);
        }

        foreach (var disk in regions.SelectMany(region => region.Sets.Keys).Distinct(StringComparer.Ordinal))
        {
            var (with, set) = regions.Where(region => region.Sets.ContainsKey(disk)).Select(region => (region.Name, region.Sets[disk])).First();
            if (regions.Find(region => !region.Sets.ContainsKey(disk)) is { } without)
            {
                throw ArmException.InvalidParameter(
                    Target,
                    "A disk encryption set is required for disk '" + disk + "' in target region '" + without.Name + "' since disk encryption set '" + set
                    + "' is used for the corresponding disk in region '" + with + "'.");
            }
        }
    }

    private static RegionKeys ReadRegion(JsonNode region, IReadOnlyCollection<int> luns)
    {
        var name = region.Text("name") ?? "";
        var sets = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (region.Text("encryption", "osDiskImage", "diskEncryptionSetId") is { } own)
        {
            sets.Add(OsDisk, own);
        }

        var seen = new HashSet<int>();
        foreach (var disk in region.Items("encryption", "dataDiskImages"))
        {
            var lun = (int)(disk.Number("lun") ?? -1);
            var text = lun.ToString(CultureInfo.InvariantCulture);
            if (!luns.Contains(lun))
            {
                throw ArmException.InvalidParameter(
                    Target + ".dataDiskImages", "An invalid lun [" + text + "] was specified in encryption.dataDiskImages. The lun must be one of the following values ['" + string.Join(",", luns) + "'].");
            }

            if (!seen.Add(lun))
            {
                throw ArmException.InvalidParameter(Target + ".dataDiskImages", "Duplicate luns '" + text + "' were specified in target region '" + name + "' encryption.dataDiskImages.");
            }

            if (disk.Text("diskEncryptionSetId") is { } set)
            {
                sets.Add("LUN " + text, set);
            }
        }

        return new RegionKeys(name, sets);
    }

    private void CheckSet(ArmResource version, string set)
    {
        var id = ResourceId.TryParse(set);
        if (id is null || !JsonReading.Same(id.Type, DiskEncryptionSetsType.Name))
        {
            throw ArmException.InvalidParameter(OsDisk, "The value of parameter " + OsDisk + " is invalid.");
        }

        var own = version.ResourceId.SubscriptionId;
        if (!JsonReading.Same(id.SubscriptionId, own))
        {
            throw ArmException.InvalidParameter(Target, "The disk encryption set '" + set + "' must be in the same subscription '" + own + "' as the gallery resource.");
        }

        if (store.Find(id) is null)
        {
            throw ArmException.InvalidParameter(Target, "The disk encryption set " + set + " was not found.");
        }
    }

    /// <param name="Name">The region.</param>
    /// <param name="Sets">The encryption sets by what the texts call their disk.</param>
    private sealed record RegionKeys(string Name, Dictionary<string, string> Sets);
}

using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources.Models;

namespace AzImageTools.Services.Galleries;

/// <summary>Where a version is kept, how often, in what storage, and by whose keys it is encrypted there: all that Azure would refuse only at the end.</summary>
internal static class VersionRegions
{
    /// <summary>Microsoft's page on galleries, "Limits": replicas of a version in a region.</summary>
    private const int MostReplicas = 100;

    private static readonly string[] StorageTypes = [StandardLocal, ZoneRedundant, "Premium_LRS"];

    private const string StandardLocal = "Standard_LRS";
    private const string ZoneRedundant = "Standard_ZRS";

    /// <summary>The storage of regions that say nothing else; null for Azure's default.</summary>
    public static string? StorageOf(GalleryTarget target) => target.StorageAccountType ?? (target.ZoneResilient ? ZoneRedundant : null);

    /// <summary>The version's regions, its own first.</summary>
    /// <exception cref="ImageServiceException">
    /// A region is none (RegionNotFound), given twice (TargetRegionGivenTwice), without the zones that its storage needs (RegionWithoutZones), or none for such an image (ConfidentialImageNotReplicable); its copies or
    /// storage can't be so (ReplicaCountInvalid, StorageAccountTypeInvalid); keys are missing or not of it (EncryptionSetNeededInRegion,
    /// EncryptionDiskUnknown, EncryptionSetInAnotherSubscription, EncryptionSetInAnotherRegion, EncryptionSetNotFound).
    /// </exception>
    public static async Task<IReadOnlyList<TargetRegion>> PrepareAsync(ImageSession session, GalleryTarget target, VersionContent content, OperationContext context)
    {
        CheckGiven(target, content);
        await CheckRegionsAsync(session, target, content, context).ConfigureAwait(false);
        Region[] regions =
        [
            new Region(target.TargetRegions.FirstOrDefault(region => IsHome(region, content)) ?? content.Location.Name, IsHome: true),
            .. target.TargetRegions.Where(region => !IsHome(region, content)).Select(region => new Region(region, IsHome: false)),
        ];
        CheckKeys(regions, content);
        HashSet<AzureLocation> never = [.. target.ExcludeFromLatestIn.Select(static name => new AzureLocation(name))];
        if (never.FirstOrDefault(region => !Array.Exists(regions, one => one.Location == region)) is { Name: not null } other)
        {
            throw Invalid("RegionNotTarget", $"The version will not be in '{other.Name}', in which it is to be kept from being the latest.", $"It will be in {string.Join(", ", regions.Select(static region => region.Location.Name))}: leave the others out of -ExcludeFromLatestIn.", content);
        }

        await EncryptionSets.CheckAsync(session, [.. regions.SelectMany(region => region.Named.Select(set => (set, region.Location)))], context).ConfigureAwait(false);
        return [.. regions.Select(region => (never.Contains(region.Location) ? region with { Asked = region.Asked with { ExcludeFromLatest = true } } : region).Describe(content))];
    }

    /// <summary>Regions in words: <c>westeurope, northeurope (2 copies, Standard_ZRS)</c>.</summary>
    public static string Describe(IEnumerable<TargetRegion> regions) => string.Join(", ", regions.Select(region =>
    {
        string[] more =
        [
            .. region.RegionalReplicaCount is { } count ? [FormattableString.Invariant($"{count} {(count == 1 ? "copy" : "copies")}")] : Array.Empty<string>(),
            .. region.StorageAccountType is { } storage ? [storage.ToString()] : Array.Empty<string>(),
            .. region.Encryption is not null ? ["encrypted with your keys"] : Array.Empty<string>(),
            .. region.IsExcludedFromLatest == true ? ["never the latest"] : Array.Empty<string>(),
        ];
        return more.Length == 0 ? region.Name : $"{region.Name} ({string.Join(", ", more)})";
    }));

    private static bool IsZoneRedundant(string? storage) => string.Equals(storage, ZoneRedundant, StringComparison.OrdinalIgnoreCase);

    private static bool IsHome(ImageTargetRegion region, VersionContent content) => new AzureLocation(region.Name) == content.Location;

    private static void CheckGiven(GalleryTarget target, VersionContent content)
    {
        if (target.TargetRegions.GroupBy(region => new AzureLocation(region.Name)).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw Invalid("TargetRegionGivenTwice", $"The region '{twice.Key.Name}' is given twice.", "Give each region once with -TargetRegion.", content);
        }

        foreach (int count in target.TargetRegions.Select(region => region.ReplicaCount).Append(target.ReplicaCount).OfType<int>())
        {
            if (count is < 1 or > MostReplicas)
            {
                throw Invalid("ReplicaCountInvalid", FormattableString.Invariant($"{count} copies of an image in a region are not possible."), $"Give a number from 1 to {MostReplicas}.", content);
            }
        }

        foreach (string type in target.TargetRegions.Select(region => region.StorageAccountType).Append(target.StorageAccountType).OfType<string>())
        {
            if (!StorageTypes.Contains(type, StringComparer.OrdinalIgnoreCase))
            {
                throw Invalid("StorageAccountTypeInvalid", $"Image versions are not kept in storage of the type '{type}'.", $"Use one of {string.Join(", ", StorageTypes)}.", content);
            }
        }

        if (target.ZoneResilient && target.StorageAccountType is { } other && !string.Equals(other, ZoneRedundant, StringComparison.OrdinalIgnoreCase))
        {
            throw Invalid("StorageAccountTypeInvalid", $"Storage of the type {other} is not zone-redundant.", "Leave -ZoneResilient or -StorageAccountType out.", content);
        }

        string[] others = [.. target.TargetRegions.Where(region => !IsHome(region, content)).Select(region => region.Name)];
        if (others.Length > 0 && content.IsConfidential)
        {
            // The service's own words: packer-plugin-azure#373.
            throw new ImageServiceException(
                "ConfidentialImageNotReplicable",
                ErrorKind.NotSupported,
                $"The {content.Description} is confidential: its image can only be in its own region '{content.Location.Name}', not in {string.Join(", ", others)}.",
                "Leave -TargetRegion out.",
                content.Target);
        }
    }

    private static async Task CheckRegionsAsync(ImageSession session, GalleryTarget target, VersionContent content, OperationContext context)
    {
        AzureLocation[] zoneRedundant =
        [
            .. target.TargetRegions.Where(region => IsZoneRedundant(region.StorageAccountType ?? StorageOf(target))).Select(region => new AzureLocation(region.Name)),
            .. IsZoneRedundant(StorageOf(target)) && !target.TargetRegions.Any(region => IsHome(region, content)) ? [content.Location] : Array.Empty<AzureLocation>(),
        ];
        if (target.TargetRegions.Count == 0 && zoneRedundant.Length == 0)
        {
            return;
        }

        Dictionary<AzureLocation, bool> regions = [];
        await foreach (LocationExpanded location in session.Subscription.GetLocationsAsync(cancellationToken: context.Cancellation).InBounds().ConfigureAwait(false))
        {
            regions[new AzureLocation(location.Name)] = location.AvailabilityZoneMappings.Count > 0;
        }

        // A cloud that tells of no zones at all does not tell of them.
        string[] without = regions.ContainsValue(true) ? [.. zoneRedundant.Where(region => regions.TryGetValue(region, out bool hasZones) && !hasZones).Select(region => region.Name)] : [];
        if (without.Length > 0)
        {
            throw Invalid(
                "RegionWithoutZones",
                $"Storage of the type {ZoneRedundant} needs availability zones, and {string.Join(", ", without)} {(without.Length == 1 ? "has" : "have")} none for this subscription.",
                $"Give other storage there: -TargetRegion {without[0]}=1={StandardLocal}, or leave the zone redundancy out.",
                content);
        }

        if (target.TargetRegions.FirstOrDefault(region => !regions.ContainsKey(new AzureLocation(region.Name))) is { } unknown)
        {
            throw new ImageServiceException(
                "RegionNotFound",
                ErrorKind.NotFound,
                $"There is no region '{unknown.Name}' in the subscription.",
                $"Give one of those with -TargetRegion: {string.Join(", ", regions.Keys.Select(region => region.Name).OrderBy(name => name, StringComparer.Ordinal))}.",
                unknown.Name);
        }
    }

    /// <summary>A disk that a key of the user's encrypts in one region has to be encrypted so in each.</summary>
    private static void CheckKeys(IReadOnlyList<Region> regions, VersionContent content)
    {
        foreach (int lun in regions.SelectMany(region => region.Asked.DataDiskEncryptionSetIds.Keys))
        {
            if (content.Disks.All(disk => disk.Lun != lun))
            {
                throw Invalid("EncryptionDiskUnknown", FormattableString.Invariant($"A key is given for a data disk of LUN {lun}, which the {content.Description} does not have."), "Leave it out of -TargetRegion.", content);
            }
        }

        foreach (ContentDisk disk in content.Disks)
        {
            string[] without = [.. regions.Where(region => region.KeyOf(disk) is null).Select(region => region.Asked.Name)];
            if (without.Length > 0 && without.Length < regions.Count)
            {
                // "A disk encryption set is required for disk … in target region …": azure/virtual-machines/troubleshooting-shared-images.
                throw new ImageServiceException(
                    "EncryptionSetNeededInRegion",
                    ErrorKind.NotSupported,
                    $"The {disk.Description} of the {content.Description} is encrypted with a key of yours, and an image of it has to be in each of its regions; those of {string.Join(", ", without)} are not known here, since an encryption set is of one region.",
                    disk.Lun is { } number
                        ? FormattableString.Invariant($"Name them: -TargetRegion @{{ Name = '{without[0]}'; Encryption = @{{ DataDiskImages = @(@{{ Lun = {number}; DiskEncryptionSetId = '<id>' }}) }} }}. Or leave those regions out.")
                        : $"Name them: -TargetRegion @{{ Name = '{without[0]}'; Encryption = @{{ OSDiskImage = @{{ DiskEncryptionSetId = '<id>' }} }} }}. Or leave those regions out.",
                    content.Target);
            }
        }
    }

    private static ImageServiceException Invalid(string errorId, string message, string remedy, VersionContent content)
        => new(errorId, ErrorKind.InvalidArgument, message, remedy, content.Target);

    /// <param name="Asked">What was asked for.</param>
    /// <param name="IsHome">Whether it is the source's own region, where the source's own keys serve.</param>
    private sealed record Region(ImageTargetRegion Asked, bool IsHome)
    {
        public AzureLocation Location => new(Asked.Name);

        /// <summary>The encryption sets that were named.</summary>
        public IEnumerable<string> Named => Asked.DataDiskEncryptionSetIds.Values.Concat(Asked.OsDiskEncryptionSetId is { } set ? [set] : Array.Empty<string>());

        /// <summary>The encryption set for a disk; null for Azure's own key.</summary>
        public ResourceIdentifier? KeyOf(ContentDisk disk)
        {
            string? named = disk.Lun is not { } lun ? Asked.OsDiskEncryptionSetId : Asked.DataDiskEncryptionSetIds.TryGetValue(lun, out string? set) ? set : null;
            return named is not null ? EncryptionSets.Parse(named) : IsHome ? disk.EncryptionSetId : null;
        }

        /// <summary>The region as a version's profile has it.</summary>
        public TargetRegion Describe(VersionContent content) => new(Location.Name)
        {
            RegionalReplicaCount = Asked.ReplicaCount,
            StorageAccountType = Asked.StorageAccountType is { } type ? new ImageStorageAccountType(type) : (ImageStorageAccountType?)null,
            Encryption = EncryptionOf(content),
            IsExcludedFromLatest = Asked.ExcludeFromLatest ? true : null,
        };

        private EncryptionImages? EncryptionOf(VersionContent content)
        {
            EncryptionImages images = new();
            foreach (ContentDisk disk in content.Disks)
            {
                ResourceIdentifier? key = KeyOf(disk);
                if (disk.Lun is { } lun && key is not null)
                {
                    images.DataDiskImages.Add(new DataDiskImageEncryption(lun) { DiskEncryptionSetId = key });
                }
                else if (disk.Lun is null && (key is not null || content.ConfidentialProfile is not null))
                {
                    images.OSDiskImage = new OSDiskImageEncryption { SecurityProfile = content.ConfidentialProfile, DiskEncryptionSetId = key };
                }
            }

            return images.OSDiskImage is null && images.DataDiskImages.Count == 0 ? null : images;
        }
    }
}

using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Galleries;

/// <summary>A version that is to be copied, as the sign-in that sees it reads it.</summary>
internal sealed class CopySource
{
    private const string Read = "Microsoft.Compute/galleries/images/versions/read";

    private readonly GalleryImageVersionData _version;

    private CopySource(GalleryImageVersionData version, VersionContent content)
    {
        _version = version;
        Content = content;
    }

    /// <summary>What the copy will hold.</summary>
    public VersionContent Content { get; }

    /// <summary>Its id.</summary>
    public ResourceIdentifier Id => Content.CopyOf!.Id;

    /// <summary>Reads it.</summary>
    /// <param name="source">The session that sees it.</param>
    /// <param name="destination">The session that the copy is made in.</param>
    /// <param name="request">What to copy where.</param>
    /// <param name="context">Log, time and cancellation.</param>
    /// <exception cref="ImageServiceException">It is not there, not ready (SourceNotReady), or can't be copied there (EncryptedVersionInAnotherSubscription).</exception>
    public static Task<CopySource> ReadAsync(ImageSession source, ImageSession destination, VersionCopyRequest request, OperationContext context)
    {
        ResourceIdentifier id = GalleryIds.VersionOf(source, request.SourceId, request.SourceResourceGroupName, request.SourceGalleryName, request.SourceGalleryImageDefinitionName, request.SourceImageVersion);
        string description = GalleryIds.Describe(id);
        return AzureErrors.CallAsync($"Reading the {description}", id.ToString(), async () =>
        {
            GalleryImageVersionData version = (await ReplicationWait.FindAsync(source, id, context.Cancellation).ConfigureAwait(false)).Data;
            GalleryImageData definition = (await source.Arm.GetGalleryImageResource(id.Parent!).GetAsync(context.Cancellation).ConfigureAwait(false)).Value.Data;
            if (version.ProvisioningState != GalleryProvisioningState.Succeeded)
            {
                throw new ImageServiceException(
                    "SourceNotReady", ErrorKind.InvalidState, $"The {description} is not ready to be copied: it is {version.ProvisioningState}.", "Wait for it with Wait-AzImageVersion; one that failed can't be copied.", id.ToString());
            }

            CopiedDefinition copied = await CopiedDefinition.ReadAsync(source, id.Parent!, context).ConfigureAwait(false);
            VersionContent content = new()
            {
                Description = description,
                Target = id.ToString(),
                Location = version.Location,
                OsType = definition.OSType ?? throw new ImageServiceException("OsTypeRequired", ErrorKind.InvalidData, $"The definition of the {description} does not say which OS it has.", string.Empty, id.ToString()),
                OsState = CapturedImages.ToOsState(definition.OSState),
                Features = ImageFeatures.Of(definition),
                DefinitionSecurity = ImageDefinition.SecurityTypeOf(definition.Features),
                Plan = MarketplacePlan.Of(definition.PurchasePlan),
                Disks = DisksOf(version),
                ConfidentialProfile = HomeOf(version)?.Encryption?.OSDiskImage?.SecurityProfile,
                Origin = OriginOf(id, version),
                SourceSession = source,
                CopyOf = new CopiedVersion { Id = id, PublishedOn = version.PublishingProfile?.PublishedOn, Definition = AtNumber(copied, id, request), AskedTags = request.Tag },
                Linked = IsSeenBy(source, destination) ? [(id, Read)] : [],
            };
            RequireKeysHere(content, version, id, destination);
            return new CopySource(version, content);
        });
    }

    /// <summary>Where the copy goes, with what the source says of itself where nothing else is asked for.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="context">Its log is warned of what can't be kept.</param>
    public GalleryTarget TargetOf(VersionCopyRequest request, OperationContext context)
    {
        GalleryImageVersionPublishingProfile? profile = _version.PublishingProfile;
        DateTimeOffset? end = request.EndOfLifeDate ?? profile?.EndOfLifeOn;
        if (request.EndOfLifeDate is null && end <= context.Time.GetUtcNow())
        {
            context.Log.Warning(FormattableString.Invariant($"The end of life of the {Content.Description} was {end:yyyy-MM-dd}, and Azure takes none that is over: its copy gets none. Give another with -EndOfLifeDate."));
            end = null;
        }

        return new GalleryTarget
        {
            GalleryName = ResourceNames.Require(request.GalleryName, "gallery"),
            ResourceGroupName = ResourceNames.Require(request.GalleryResourceGroupName ?? Id.ResourceGroupName, "gallery's resource group"),
            DefinitionName = ResourceNames.Require(request.GalleryImageDefinitionName ?? Id.Parent!.Name, "image definition"),
            Version = request.ImageVersion ?? Id.Name,
            Publisher = request.Publisher,
            Offer = request.Offer,
            Sku = request.Sku,
            UpdateDefinition = request.UpdateDefinition,
            TargetRegions = request.TargetRegions.Count > 0 ? request.TargetRegions : [.. (profile?.TargetRegions ?? []).Select(region => RegionOf(region, request))],
            ReplicaCount = request.ReplicaCount ?? profile?.ReplicaCount,
            StorageAccountType = request.StorageAccountType ?? profile?.StorageAccountType?.ToString(),
            EndOfLife = end,
            ExcludeFromLatest = request.ExcludeFromLatest ?? profile?.IsExcludedFromLatest ?? false,
            Tag = RunTag.Merge(_version.Tags, request.Tag),
            DefinitionParameter = "-DestinationGalleryImageDefinitionName",
            GroupParameter = "-DestinationResourceGroupName",
        };
    }

    private static ImageTargetRegion RegionOf(TargetRegion region, VersionCopyRequest request) => new()
    {
        Name = new AzureLocation(region.Name).Name,
        ReplicaCount = request.ReplicaCount is null ? region.RegionalReplicaCount : null,
        StorageAccountType = request.StorageAccountType is null ? region.StorageAccountType?.ToString() : null,
        ExcludeFromLatest = region.IsExcludedFromLatest == true,
        OsDiskEncryptionSetId = region.Encryption?.OSDiskImage?.DiskEncryptionSetId?.ToString(),
        DataDiskEncryptionSetIds = (region.Encryption?.DataDiskImages ?? []).Where(static disk => disk.DiskEncryptionSetId is not null).ToDictionary(static disk => disk.Lun, static disk => disk.DiskEncryptionSetId.ToString()),
    };

    /// <summary>A definition under which versions get other numbers has its features from the first one on.</summary>
    private static CopiedDefinition AtNumber(CopiedDefinition definition, ResourceIdentifier id, VersionCopyRequest request)
        => request.ImageVersion is null || request.ImageVersion == id.Name ? definition : definition with { Features = [.. definition.Features.Select(static feature => feature with { StartsAtVersion = null })] };

    private static TargetRegion? HomeOf(GalleryImageVersionData version) => version.PublishingProfile?.TargetRegions.FirstOrDefault(region => new AzureLocation(region.Name) == version.Location);

    private static IReadOnlyList<ContentDisk> DisksOf(GalleryImageVersionData version)
    {
        EncryptionImages? keys = HomeOf(version)?.Encryption;
        return
        [
            new ContentDisk(Lun: null, keys?.OSDiskImage?.DiskEncryptionSetId),
            .. (version.StorageProfile?.DataDiskImages ?? []).Select(disk => new ContentDisk(disk.Lun, keys?.DataDiskImages.FirstOrDefault(key => key.Lun == disk.Lun)?.DiskEncryptionSetId)),
        ];
    }

    private static VersionOrigin OriginOf(ResourceIdentifier id, GalleryImageVersionData version) => new()
    {
        Identity = $"version:{id}",
        Content = version.PublishingProfile?.PublishedOn?.ToString("O", CultureInfo.InvariantCulture),
        BaseImage = VersionOrigin.Read(version.Tags, VersionOrigin.BaseTag),
        Checksum = VersionOrigin.Read(version.Tags, VersionOrigin.ChecksumTag),
        ReadinessHash = VersionOrigin.Read(version.Tags, VersionOrigin.ReadinessTag),
    };

    /// <summary>Whether the copy's own sign-in, which is another than the source's, has to be allowed to read the source too: as it has in one tenant.</summary>
    private static bool IsSeenBy(ImageSession source, ImageSession destination)
        => !ReferenceEquals(source.Arm, destination.Arm) && string.Equals(source.Context.TenantId, destination.Context.TenantId, StringComparison.OrdinalIgnoreCase);

    /// <summary>"Encrypted source … is in a different subscription": azure/virtual-machines/troubleshooting-shared-images.</summary>
    private static void RequireKeysHere(VersionContent content, GalleryImageVersionData version, ResourceIdentifier id, ImageSession destination)
    {
        bool isEncrypted = content.ConfidentialProfile?.SecureVmDiskEncryptionSetId is not null
            || (version.PublishingProfile?.TargetRegions ?? []).Any(static region => region.Encryption is { } keys && (keys.OSDiskImage?.DiskEncryptionSetId is not null || keys.DataDiskImages.Any(static disk => disk.DiskEncryptionSetId is not null)));
        if (isEncrypted && !string.Equals(id.SubscriptionId, destination.Context.SubscriptionId, StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "EncryptedVersionInAnotherSubscription",
                ErrorKind.NotSupported,
                $"The {content.Description} is encrypted with keys of yours, and such a version can only be copied within its subscription {id.SubscriptionId}, not into {destination.Context.SubscriptionId}.",
                "Copy it into a gallery there, or copy the disk that it was made of (Copy-AzVhd) and publish that with a key of the other subscription (Publish-AzImageVersion).",
                id.ToString());
        }
    }
}

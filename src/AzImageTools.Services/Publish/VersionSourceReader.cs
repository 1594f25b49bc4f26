using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Publish;

/// <summary>Reads what a version is published of.</summary>
/// <param name="session">The session.</param>
/// <param name="request">What is published.</param>
/// <param name="context">Log and cancellation.</param>
internal sealed class VersionSourceReader(ImageSession session, PublishRequest request, OperationContext context)
{
    private const string Arm64 = "Arm64";

    /// <summary>Reads it.</summary>
    /// <exception cref="ImageServiceException">It is none that a version can be made of (SourceNotSupported, SourceAmbiguous, DataDiskNotPossible), or says other things of itself than the user.</exception>
    public Task<VersionSource> ReadAsync()
    {
        string? id = string.IsNullOrEmpty(request.DiskName) ? request.SourceId : ManagedDiskResource.CreateResourceIdentifier(
            session.Context.SubscriptionId, ResourceNames.Require(request.SourceResourceGroupName, "resource group"), ResourceNames.Require(request.DiskName, "managed disk")).ToString();
        if (id is null == request.BlobUri is null)
        {
            throw Invalid("SourceAmbiguous", "A version is made of one thing.", "Give the id of a disk, snapshot, virtual machine, image or version, or the address of a page blob.", request.GalleryImageDefinitionName);
        }

        if (id is null)
        {
            return ReadBlobAsync();
        }

        ResourceType? type = ResourceIdentifier.TryParse(id, out ResourceIdentifier? parsed) ? parsed!.ResourceType : null;
        if (type == ManagedDiskResource.ResourceType || type == SnapshotResource.ResourceType)
        {
            return ReadDiskAsync(id);
        }

        if (request.DataDisks.Count > 0)
        {
            throw Invalid("DataDiskNotPossible", $"'{id}' brings its own data disks.", "Give data disks beside a managed disk, a snapshot or a page blob.", id);
        }

        return type == VirtualMachineResource.ResourceType ? ReadMachineAsync(id)
            : type == DiskImageResource.ResourceType ? ReadImageAsync(parsed!)
            : type == GalleryImageVersionResource.ResourceType ? ReadVersionAsync(parsed!)
            : throw Invalid("SourceNotSupported", $"'{id}' is nothing that a gallery image version can be made of.", "Give the id of a managed disk, snapshot, virtual machine, managed image or gallery image version.", id);
    }

    private async Task<VersionSource> ReadDiskAsync(string id)
    {
        OriginDisk disk = await OriginDisk.ReadAsync(session, id, context).ConfigureAwait(false);
        IReadOnlyList<DataDisk> dataDisks = await DataDisk.ReadAsync(session, request.DataDisks, disk, context).ConfigureAwait(false);
        return OfDisks(disk, dataDisks, found => new GalleryDiskImageSource { Id = found.Id }, VersionSourceKind.Disk, tellsPlan: true);
    }

    private async Task<VersionSource> ReadBlobAsync()
    {
        StorageBlobs blobs = new(session, context);
        OriginDisk disk = await blobs.ReadAsync(OriginDisk.FromBlob(request.BlobUri!)).ConfigureAwait(false);
        List<DataDisk> dataDisks = [];
        foreach (DataDisk dataDisk in await DataDisk.ReadAsync(session, request.DataDisks, disk, context).ConfigureAwait(false))
        {
            dataDisks.Add(dataDisk with { Disk = await blobs.ReadAsync(dataDisk.Disk).ConfigureAwait(false) });
        }

        return OfDisks(disk, dataDisks, found => new GalleryDiskImageSource { Uri = found.BlobUri, StorageAccountId = blobs.AccountOf(found).Id }, VersionSourceKind.PageBlob, tellsPlan: false);
    }

    private VersionSource OfDisks(OriginDisk disk, IReadOnlyList<DataDisk> dataDisks, Func<OriginDisk, GalleryDiskImageSource> name, VersionSourceKind kind, bool tellsPlan)
    {
        SupportedOperatingSystemType osType = ChooseOsType(disk);
        ImageFeatures features = request.Features.Complete(disk.Features, disk.Description, disk.Target);
        HyperVGeneration generation = features.HyperVGeneration
            ?? throw Invalid("HyperVGenerationRequired", $"The {disk.Description} does not say which generation it has.", "Give -HyperVGeneration.", disk.Target);
        OsState state = request.OsState ?? OsState.Generalized;
        GalleryImageVersionStorageProfile profile = new() { OSDiskImage = new GalleryOSDiskImage { GallerySource = name(disk) } };
        foreach (DataDisk dataDisk in dataDisks)
        {
            profile.DataDiskImages.Add(new GalleryDataDiskImage(dataDisk.Lun)
            {
                GallerySource = name(dataDisk.Disk),
                HostCaching = CachingOf(dataDisk.Caching),
            });
        }

        OriginDisk[] all = [.. dataDisks.Select(dataDisk => dataDisk.Disk).Prepend(disk)];
        string obstacle = ImageObstacle(disk, features, state);
        return new VersionSource
        {
            Id = disk.Id,
            Content = new VersionContent
            {
                Description = disk.Description,
                Target = disk.Target,
                Location = Locate(disk.Location!.Value, disk.Description, disk.Target),
                OsType = osType,
                OsState = state,
                Features = features,
                Plan = disk.Plan,
                TellsPlan = tellsPlan,
                Disks = [new ContentDisk(Lun: null, disk.EncryptionSetId), .. dataDisks.Select(dataDisk => new ContentDisk(dataDisk.Lun, dataDisk.Disk.EncryptionSetId))],
                ConfidentialProfile = disk.ConfidentialProfile,
                Origin = OriginOf(
                    string.Join("|", dataDisks.Select(dataDisk => FormattableString.Invariant($"{dataDisk.Lun}={dataDisk.Disk.Identity}")).Prepend(disk.Identity)),
                    Array.TrueForAll(all, one => one.Content is not null) ? string.Join("|", all.Select(one => one.Content)) : null,
                    disk.BaseImage),
            },
            Ways = [new VersionWay(kind, string.Join(", ", all.Select(one => $"the {one.Description}")), profile)],
            Image = obstacle.Length > 0 ? null : () => ManagedImageOfDisks.Describe(disk, dataDisks, osType, generation, disk.Location.Value),
            ImageObstacle = obstacle,
            Copyable = disk.Id is null || SecurityTypes.IsSecured(features.SecurityType) ? [] : [new CopyableDisk(disk.Id, Lun: null, Caching: null), .. dataDisks.Select(dataDisk => new CopyableDisk(dataDisk.Disk.Id!, dataDisk.Lun, CachingOf(dataDisk.Caching)))],
            NotExportable = [.. all.Where(one => !one.IsExportable).Select(one => one.Description)],
        };
    }

    private async Task<VersionSource> ReadMachineAsync(string id)
    {
        CaptureRequest capture = new()
        {
            VMId = id,
            HyperVGeneration = request.HyperVGeneration,
            Architecture = request.Architecture,
            SecurityType = request.SecurityType,
            Nvme = request.Nvme,
            AcceleratedNetworking = request.AcceleratedNetworking,
            Hibernation = request.Hibernation,
        };
        CaptureSource machine = await CaptureSource.ReadAsync(session, capture, context).ConfigureAwait(false);
        OsState own = machine.IsGeneralized ? OsState.Generalized : OsState.Specialized;
        if (own == OsState.Specialized && request.OsState != OsState.Specialized)
        {
            throw new ImageServiceException(
                "VMNotGeneralized",
                ErrorKind.InvalidState,
                $"The {machine.Description} is not generalized.",
                "New-AzCapturedImage -GalleryName marks it as generalized and makes the version of it; or publish it as it is, with -OsState Specialized.",
                id);
        }

        CheckState(own, machine.Description, id);
        VersionContent content = machine.ToContent(own);
        string obstacle = own == OsState.Specialized ? "is specialized" : machine.HasSecurityType ? $"is of security type {machine.SecurityType}" : IsArm64(machine.Architecture) ? "is Arm64" : string.Empty;
        return new VersionSource
        {
            Id = machine.Id,
            Content = content with { Location = Locate(machine.Location, machine.Description, id), Origin = OriginOf(content.Origin.Identity, ContentOf(machine), content.Origin.BaseImage) },
            Ways =
            [
                .. machine.HasEncryptionSet ? Array.Empty<VersionWay>() : [new VersionWay(VersionSourceKind.VirtualMachine, $"the {machine.Description}", MachineProfiles.Of(machine, VersionSourceKind.VirtualMachine))],
                new VersionWay(VersionSourceKind.Disk, string.Join(", ", machine.Disks.Select(disk => $"the {disk.Description}")), MachineProfiles.Of(machine, VersionSourceKind.Disk)),
            ],
            Image = obstacle.Length > 0 ? null : () => MachineImage.Describe(capture, machine),
            ImageObstacle = obstacle,

            // Of a machine that runs, copies of several disks would not be of one moment.
            Copyable = machine.HasSecurityType || !(machine.IsDeallocated || machine.DataDisks.Count == 0) ? [] : [.. machine.Disks.Select(disk => new CopyableDisk(disk.Data.Id, disk.Lun, Caching: null))],
            NotExportable = [.. machine.Disks.Where(disk => !disk.IsExportable).Select(disk => disk.Description)],
        };
    }

    private Task<VersionSource> ReadImageAsync(ResourceIdentifier id) => AzureErrors.CallAsync($"Reading the image '{id.Name}'", id.ToString(), async () =>
    {
        Response<DiskImageResource> answer = await session.Arm.GetDiskImageResource(id).GetAsync(expand: null, context.Cancellation).ConfigureAwait(false);
        DiskImageData image = answer.Value.Data;
        string description = $"managed image '{id.Name}' in resource group '{id.ResourceGroupName}'";
        CheckSucceeded(image.ProvisioningState, description, id);
        ImageOSDisk? osDisk = image.StorageProfile?.OSDisk;
        OsState state = CapturedImages.ToOsState(osDisk?.OSState);
        CheckState(state, description, id.ToString());
        ImageFeatures own = new() { HyperVGeneration = image.HyperVGeneration ?? HyperVGeneration.V1, Architecture = "x64" };
        return new VersionSource
        {
            Id = id,
            Content = new VersionContent
            {
                Description = description,
                Target = id.ToString(),
                Location = Locate(image.Location, description, id.ToString()),
                OsType = ChooseOsType(osDisk?.OSType.ToString(), description, id.ToString()),
                OsState = state,
                Features = request.Features.Complete(own, description, id.ToString()),
                Plan = MarketplacePlan.Of(image.Tags),
                Disks = [new ContentDisk(Lun: null, osDisk?.DiskEncryptionSetId), .. (image.StorageProfile?.DataDisks ?? []).Select(disk => new ContentDisk(disk.Lun, disk.DiskEncryptionSetId))],

                // A managed image never changes; another of its name was made by another run.
                Origin = OriginOf($"image:{id}", Plans.RunTag.Read(image.Tags), baseImage: null),
            },
            Ways = [new VersionWay(VersionSourceKind.ManagedImage, $"the {description}", new GalleryImageVersionStorageProfile { GallerySource = new GalleryArtifactVersionFullSource { Id = id } })],
            ImageObstacle = "is one already",
        };
    });

    private Task<VersionSource> ReadVersionAsync(ResourceIdentifier id) => AzureErrors.CallAsync($"Reading the {GalleryIds.Describe(id)}", id.ToString(), async () =>
    {
        Response<GalleryImageVersionResource> answer = await session.Arm.GetGalleryImageVersionResource(id).GetAsync(expand: null, context.Cancellation).ConfigureAwait(false);
        Response<GalleryImageResource> definition = await session.Arm.GetGalleryImageResource(id.Parent!).GetAsync(context.Cancellation).ConfigureAwait(false);
        GalleryImageVersionData version = answer.Value.Data;
        string description = GalleryIds.Describe(id);
        CheckSucceeded(version.ProvisioningState?.ToString(), description, id);
        OsState state = CapturedImages.ToOsState(definition.Value.Data.OSState);
        CheckState(state, description, id.ToString());
        TargetRegion? home = version.PublishingProfile?.TargetRegions.FirstOrDefault(region => new AzureLocation(region.Name) == version.Location);
        return new VersionSource
        {
            Id = id,
            Content = new VersionContent
            {
                Description = description,
                Target = id.ToString(),
                Location = Locate(version.Location, description, id.ToString()),
                OsType = ChooseOsType(definition.Value.Data.OSType?.ToString(), description, id.ToString()),
                OsState = state,
                Features = request.Features.Complete(ImageFeatures.Of(definition.Value.Data), description, id.ToString()),
                DefinitionSecurity = ImageDefinition.SecurityTypeOf(definition.Value.Data.Features),
                Plan = MarketplacePlan.Of(definition.Value.Data.PurchasePlan),
                Disks =
                [
                    new ContentDisk(Lun: null, home?.Encryption?.OSDiskImage?.DiskEncryptionSetId),
                    .. (version.StorageProfile?.DataDiskImages ?? []).Select(disk => new ContentDisk(
                        disk.Lun, home?.Encryption?.DataDiskImages.FirstOrDefault(key => key.Lun == disk.Lun)?.DiskEncryptionSetId)),
                ],
                Origin = OriginOf(
                    $"version:{id}",
                    version.PublishingProfile?.PublishedOn?.ToString("O", CultureInfo.InvariantCulture),
                    VersionOrigin.Read(version.Tags, VersionOrigin.BaseTag) ?? id.ToString(),
                    VersionOrigin.Read(version.Tags, VersionOrigin.ChecksumTag)),
            },
            Ways = [new VersionWay(VersionSourceKind.GalleryVersion, $"the {description}", new GalleryImageVersionStorageProfile { GallerySource = new GalleryArtifactVersionFullSource { Id = id } })],
            ImageObstacle = "is a version of a gallery",
        };
    });

    private static HostCaching? CachingOf(CachingType? caching) => caching switch
    {
        CachingType.None => HostCaching.None,
        CachingType.ReadOnly => HostCaching.ReadOnly,
        CachingType.ReadWrite => HostCaching.ReadWrite,
        _ => (HostCaching?)null,
    };

    /// <summary>A generalized machine can't be started: its disks stay as they are, as long as they are its own.</summary>
    private static string? ContentOf(CaptureSource machine)
        => machine.IsGeneralized ? string.Join("|", machine.Disks.Select(disk => FormattableString.Invariant($"{disk.Data.UniqueId}:{disk.Data.LastOwnershipUpdateOn?.UtcTicks}"))) : null;

    private static bool IsArm64(string? architecture) => string.Equals(architecture, Arm64, StringComparison.OrdinalIgnoreCase);

    private static string ImageObstacle(OriginDisk disk, ImageFeatures features, OsState state)
        => state == OsState.Specialized ? "would be specialized"
            : SecurityTypes.IsSecured(features.SecurityType) ? $"is of security type {features.SecurityType}"
            : IsArm64(features.Architecture) ? "is Arm64"
            : disk.Id is null ? "is a page blob"
            : string.Empty;

    private static void CheckSucceeded(string? state, string description, ResourceIdentifier id)
    {
        if (!string.Equals(state, "Succeeded", StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException("SourceNotReady", ErrorKind.InvalidState, $"The {description} is not ready ({state ?? "state not known"}).", "Wait until it has succeeded, or give another source.", id.ToString());
        }
    }

    private VersionOrigin OriginOf(string identity, string? content, string? baseImage, string? checksum = null) => new()
    {
        Identity = identity,
        Content = content,
        BaseImage = request.BaseImage ?? baseImage,
        Checksum = request.Checksum ?? checksum,
        ReadinessHash = request.ReadinessReportPath is { } path ? ReportHash.Of(path) : null,
    };

    private void CheckState(OsState own, string description, string target)
    {
        if (request.OsState is { } asked && asked != own)
        {
            throw Invalid("OsStateMismatch", $"OsState {asked} was asked for, but the {description} is {own}.", "Leave -OsState out.", target);
        }
    }

    private SupportedOperatingSystemType ChooseOsType(OriginDisk disk) => ChooseOsType(disk.OsType, disk.Description, disk.Target);

    private SupportedOperatingSystemType ChooseOsType(string? own, string description, string target)
    {
        if (request.OsType is { } asked && own is not null && !string.Equals(asked, own, StringComparison.OrdinalIgnoreCase))
        {
            throw Invalid("OsTypeMismatch", $"OsType {asked} was asked for, but the {description} is {own}.", "Leave -OsType out.", target);
        }

        return (own ?? request.OsType)?.ToUpperInvariant() switch
        {
            "WINDOWS" => SupportedOperatingSystemType.Windows,
            "LINUX" => SupportedOperatingSystemType.Linux,
            null => throw Invalid("OsTypeRequired", $"The {description} does not say which OS it has.", "Give -OsType.", target),
            _ => throw Invalid("OsTypeInvalid", $"There is no OS type '{own ?? request.OsType}'.", "Use Windows or Linux.", target),
        };
    }

    private AzureLocation Locate(AzureLocation own, string description, string target)
        => request.Location is { } asked && new AzureLocation(asked) != own
            ? throw Invalid("LocationMismatch", $"The {description} is in '{own.Name}': its version can't be made in '{asked}'.", "Leave -Location out; -TargetRegion replicates the version.", target)
            : own;

    private static ImageServiceException Invalid(string errorId, string message, string remedy, string? target) => new(errorId, ErrorKind.InvalidArgument, message, remedy, target);
}

using AzImageTools.Disks;
using AzImageTools.Services.Copy;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;
using Azure.Core;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Publish;

/// <summary>
/// The page blobs that a version is made of where its definition takes neither the source's disks nor a managed image of them; deleted afterwards. They lie in a storage account that the user
/// names: one made for the while would have to suit the subscription's policies and networks.
/// </summary>
internal sealed class BlobsOnTheWay : IDisposable
{
    /// <summary>Copies are limited by storage, not by this machine.</summary>
    private const int RequestsInFlight = 32;

    private readonly UploadBudget _budget;
    private readonly List<(CopyableDisk Disk, TemporaryBlob Blob)> _blobs = [];
    private readonly ResourceIdentifier _account;

    private BlobsOnTheWay(ResourceIdentifier account, OperationContext context)
    {
        _account = account;
        _budget = UploadBudget.Create(RequestsInFlight, context.Time);
    }

    /// <summary>The blobs in words.</summary>
    public string Words => _blobs.Count == 1 ? "that page blob" : "those page blobs";

    /// <summary>What the version is made of.</summary>
    public GalleryImageVersionStorageProfile Profile
    {
        get
        {
            GalleryImageVersionStorageProfile profile = new();
            foreach ((CopyableDisk disk, TemporaryBlob blob) in _blobs)
            {
                GalleryDiskImageSource source = new() { Uri = blob.Uri, StorageAccountId = _account };
                if (disk.Lun is { } lun)
                {
                    profile.DataDiskImages.Add(new GalleryDataDiskImage(lun) { GallerySource = source, HostCaching = disk.Caching });
                }
                else
                {
                    profile.OSDiskImage = new GalleryOSDiskImage { GallerySource = source };
                }
            }

            return profile;
        }
    }

    /// <summary>The steps that delete them.</summary>
    public IEnumerable<Step> Deletions => _blobs.Select(one => one.Blob.DeleteStep());

    /// <summary>Plans them.</summary>
    /// <param name="session">The session.</param>
    /// <param name="request">It names the storage account.</param>
    /// <param name="source">The source, whose disks can be copied.</param>
    /// <param name="version">The version that they are for.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="ImageServiceException">The storage account is not there (StorageAccountNotFound) or elsewhere (StorageAccountInAnotherRegion), or a disk can't be read out.</exception>
    public static async Task<BlobsOnTheWay> PlanAsync(ImageSession session, PublishRequest request, VersionSource source, NewGalleryVersion version, OperationContext context)
    {
        string name = ResourceNames.Require(request.TemporaryStorageAccountName, "temporary storage account");
        string container = ResourceNames.Require(request.TemporaryContainer, "temporary container");
        (ResourceIdentifier account, AzureLocation location) = await new StorageBlobs(session, context).FindAsync(name).ConfigureAwait(false);
        if (location != source.Content.Location)
        {
            throw new ImageServiceException(
                "StorageAccountInAnotherRegion",
                ErrorKind.InvalidArgument,
                $"The storage account '{name}' is in '{location.Name}', and the {source.Content.Description} in '{source.Content.Location.Name}': a version is made of blobs of its own region.",
                "Name a storage account there with -TemporaryStorageAccountName.",
                account.ToString());
        }

        await StorageFirewall.WarnAsync(session, [session.Storage.BlobUri(name, container, "x")], context).ConfigureAwait(false);
        BlobsOnTheWay made = new(account, context);
        string prefix = ImageOnTheWay.NameFor(version.Id);
        string suffix = RunTag.NewRunId().Substring(0, 4);
        foreach (CopyableDisk disk in source.Copyable)
        {
            string part = disk.Lun is { } lun ? FormattableString.Invariant($"data{lun}") : "os";
            made._blobs.Add((disk, await TemporaryBlob.PlanAsync(
                session, new ManagedSource { ResourceId = disk.Id.ToString(), Tags = request.Tag }, account, new PageBlobTarget(name, container, $"{prefix}{part}-{suffix}.vhd"), version.Id, made._budget, context).ConfigureAwait(false)));
        }

        return made;
    }

    /// <summary>The steps that make them.</summary>
    /// <param name="neededBy">The step that makes the version.</param>
    /// <param name="isNeeded">Whether the version is on its way after a failure, so that they stay; null where it is never left so.</param>
    public IEnumerable<Step> Creations(Step neededBy, Func<bool>? isNeeded) => _blobs.Select(one => one.Blob.CreateStep(neededBy, isNeeded));

    /// <summary>The steps that delete what a run made on the way to a version: the version itself tells that it was made of them, and all are of one run.</summary>
    /// <param name="session">The session.</param>
    /// <param name="version">The version.</param>
    /// <param name="run">The run that made it; null for none of ours.</param>
    /// <param name="profile">What it was made of; null where it does not tell.</param>
    public static IEnumerable<Step> DeleteLeftSteps(ImageSession session, ResourceIdentifier version, string? run, GalleryImageVersionStorageProfile? profile)
    {
        if (run is null || profile is null)
        {
            return [];
        }

        IEnumerable<Uri?> named = profile.DataDiskImages.Select(disk => disk.GallerySource?.Uri).Prepend(profile.OSDiskImage?.GallerySource?.Uri);
        return named.OfType<Uri>()
            .Where(blob => session.Storage.IsOwn(blob) && blob.Segments[blob.Segments.Length - 1].StartsWith(ImageOnTheWay.NameFor(version), StringComparison.OrdinalIgnoreCase))
            .Select(blob => TemporaryBlob.DeleteStep(session, SecretText.WithoutQuery(blob), run));
    }

    /// <inheritdoc/>
    public void Dispose() => _budget.Dispose();
}

/// <summary>A disk of a source that can be copied to a page blob.</summary>
/// <param name="Id">The managed disk or snapshot.</param>
/// <param name="Lun">Its number among the data disks; null for the OS disk.</param>
/// <param name="Caching">How machines cache it; null for Azure's default.</param>
internal sealed record CopyableDisk(ResourceIdentifier Id, int? Lun, HostCaching? Caching);

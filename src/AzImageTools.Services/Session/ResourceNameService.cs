using System.Runtime.CompilerServices;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Session;

/// <summary>Lists what there is to name, for completing what a user types.</summary>
/// <param name="session">The session.</param>
public sealed class ResourceNameService(ImageSession session)
{
    /// <summary>The tag of what holds a machine's model, and so is a backup.</summary>
    internal const string BackupTag = "azimagetools-model";

    /// <summary>What the name of a backup's snapshot of the OS disk ends with, after the backup's name.</summary>
    internal const string BackupSuffix = "-os";

    /// <summary>More names than anybody reads through.</summary>
    private const int MostNames = 500;

    private readonly ImageSession _session = session ?? throw new ArgumentNullException(nameof(session));

    /// <summary>The names of all resources of a kind, sorted, at most 500.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="scope">In what they are.</param>
    /// <param name="context">Cancellation.</param>
    /// <exception cref="ImageServiceException">Azure refused or could not be reached.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(ResourceKind kind, ResourceScope scope, OperationContext context)
    {
        if (scope is null)
        {
            throw new ArgumentNullException(nameof(scope));
        }

        if (kind == ResourceKind.BlobContainer && scope.StorageAccountName is null)
        {
            return [];
        }

        SubscriptionResource subscription = _session.Subscription;
        CancellationToken cancellation = context.Cancellation;
        IAsyncEnumerable<ResourceName> all = kind switch
        {
            ResourceKind.Subscription => Select(_session.Arm.GetSubscriptions().GetAllAsync(cancellation), static found => new(found.Data.SubscriptionId)),
            ResourceKind.ResourceGroup => Select(subscription.GetResourceGroups().GetAllAsync(cancellationToken: cancellation), static group => new(group.Data.Name)),
            ResourceKind.Location => Select(subscription.GetLocationsAsync(cancellationToken: cancellation), static location => new(location.Name)),
            ResourceKind.VirtualMachine => Select(subscription.GetVirtualMachinesAsync(cancellationToken: cancellation), static vm => new(vm.Data.Name, vm.Id.ResourceGroupName)),
            ResourceKind.ManagedDisk => Select(subscription.GetManagedDisksAsync(cancellation), static disk => new(disk.Data.Name, disk.Id.ResourceGroupName)),
            ResourceKind.Snapshot => Select(subscription.GetSnapshotsAsync(cancellation), static snapshot => new(snapshot.Data.Name, snapshot.Id.ResourceGroupName)),
            ResourceKind.ManagedDiskUnderUpload => Select(
                subscription.GetManagedDisksAsync(cancellation),
                static disk => new(disk.Data.Name, disk.Id.ResourceGroupName),
                static disk => disk.Data.DiskState == DiskState.ReadyToUpload || disk.Data.DiskState == DiskState.ActiveUpload),
            ResourceKind.StorageAccount => Select(
                subscription.GetGenericResourcesAsync("resourceType eq 'Microsoft.Storage/storageAccounts'", cancellationToken: cancellation), static account => new(account.Data.Name, account.Id.ResourceGroupName)),
            ResourceKind.BlobContainer => Select(_session.Storage.Account(scope.StorageAccountName!).GetBlobContainersAsync(cancellationToken: cancellation), static container => new(container.Name)),
            ResourceKind.Gallery => Select(subscription.GetGalleriesAsync(cancellation), static gallery => new(gallery.Data.Name, gallery.Id.ResourceGroupName)),
            ResourceKind.VMBackup => ListBackups(subscription, cancellation),
            ResourceKind.GalleryImageDefinition or ResourceKind.GalleryImageVersion => ListGalleryImages(subscription, kind, scope, cancellation),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown kind."),
        };
        return await AzureErrors.CallAsync("Listing names", kind, () => CollectAsync(all, scope.ResourceGroupName)).ConfigureAwait(false);
    }

    /// <summary>The image definitions of the galleries of the scope's name, or the versions of the one of the scope's name.</summary>
    private static async IAsyncEnumerable<ResourceName> ListGalleryImages(
        SubscriptionResource subscription, ResourceKind kind, ResourceScope scope, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (GalleryResource gallery in subscription.GetGalleriesAsync(cancellation).InBounds().ConfigureAwait(false))
        {
            if (!string.Equals(gallery.Data.Name, scope.GalleryName, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            await foreach (GalleryImageResource definition in gallery.GetGalleryImages().GetAllAsync(cancellation).InBounds().ConfigureAwait(false))
            {
                if (kind == ResourceKind.GalleryImageDefinition)
                {
                    yield return new ResourceName(definition.Data.Name, gallery.Id.ResourceGroupName);
                }
                else if (string.Equals(definition.Data.Name, scope.GalleryImageDefinitionName, StringComparison.OrdinalIgnoreCase))
                {
                    await foreach (GalleryImageVersionResource version in definition.GetGalleryImageVersions().GetAllAsync(cancellation).InBounds().ConfigureAwait(false))
                    {
                        yield return new ResourceName(version.Data.Name, gallery.Id.ResourceGroupName);
                    }
                }
            }
        }
    }

    private static async IAsyncEnumerable<ResourceName> ListBackups(SubscriptionResource subscription, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (SnapshotResource snapshot in subscription.GetSnapshotsAsync(cancellation).InBounds().ConfigureAwait(false))
        {
            if (snapshot.Data.Tags.ContainsKey(BackupTag) && snapshot.Data.Name.EndsWith(BackupSuffix, StringComparison.OrdinalIgnoreCase))
            {
                yield return new ResourceName(snapshot.Data.Name.Substring(0, snapshot.Data.Name.Length - BackupSuffix.Length), snapshot.Id.ResourceGroupName);
            }
        }

        await foreach (RestorePointGroupResource collection in subscription.GetRestorePointGroupsAsync(cancellation).InBounds().ConfigureAwait(false))
        {
            if (collection.Data.Tags.ContainsKey(BackupTag))
            {
                yield return new ResourceName(collection.Data.Name, collection.Id.ResourceGroupName);
            }
        }
    }

    private static async Task<IReadOnlyList<string>> CollectAsync(IAsyncEnumerable<ResourceName> all, string? resourceGroupName)
    {
        SortedSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        await foreach ((string name, string? group) in all.ConfigureAwait(false))
        {
            if (resourceGroupName is null || group is null || string.Equals(group, resourceGroupName, StringComparison.OrdinalIgnoreCase))
            {
                names.Add(name);
            }

            if (names.Count == MostNames)
            {
                break;
            }
        }

        return [.. names];
    }

    private static async IAsyncEnumerable<ResourceName> Select<T>(AsyncPageable<T> items, Func<T, ResourceName> selector, Func<T, bool>? filter = null)
        where T : notnull
    {
        await foreach (T item in items.InBounds().ConfigureAwait(false))
        {
            if (filter?.Invoke(item) != false)
            {
                yield return selector(item);
            }
        }
    }

    private sealed record ResourceName(string Name, string? ResourceGroupName = null);
}

/// <summary>In what the resources are whose names are listed; what has no meaning for their kind is ignored.</summary>
public sealed record ResourceScope
{
    /// <summary>Only those in this resource group; null for all.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>The gallery of image definitions and versions; without it, none is listed.</summary>
    public string? GalleryName { get; init; }

    /// <summary>The image definition of versions; without it, none is listed.</summary>
    public string? GalleryImageDefinitionName { get; init; }

    /// <summary>The storage account of containers; without it, none is listed.</summary>
    public string? StorageAccountName { get; init; }
}

/// <summary>Kinds of things that commands name.</summary>
public enum ResourceKind
{
    /// <summary>Subscriptions that the connection sees, by their ids.</summary>
    Subscription,

    /// <summary>Resource groups.</summary>
    ResourceGroup,

    /// <summary>Regions that the subscription may use.</summary>
    Location,

    /// <summary>Virtual machines.</summary>
    VirtualMachine,

    /// <summary>Backups of virtual machines.</summary>
    VMBackup,

    /// <summary>Managed disks.</summary>
    ManagedDisk,

    /// <summary>Snapshots of managed disks.</summary>
    Snapshot,

    /// <summary>Managed disks that wait for an upload or its end.</summary>
    ManagedDiskUnderUpload,

    /// <summary>Storage accounts.</summary>
    StorageAccount,

    /// <summary>Containers for blobs.</summary>
    BlobContainer,

    /// <summary>Galleries.</summary>
    Gallery,

    /// <summary>Image definitions of a gallery.</summary>
    GalleryImageDefinition,

    /// <summary>Versions of an image definition.</summary>
    GalleryImageVersion,
}

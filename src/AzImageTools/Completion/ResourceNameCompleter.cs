using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;

namespace AzImageTools.Completion;

/// <summary>Completes names of resources from the subscription that this session is connected to.</summary>
public abstract class ResourceNameCompleter : SessionNameCompleter
{
    private readonly ResourceKind _kind;

    private protected ResourceNameCompleter(ResourceKind kind)
    {
        _kind = kind;
    }

    private protected sealed override IReadOnlyList<string> Shipped(CompletionRequest request) => _kind == ResourceKind.Location ? ShippedNames.Locations : [];

    private protected sealed override (object Key, Func<ImageSession, OperationContext, Task<IReadOnlyList<string>>> List)? Choose(CompletionRequest request)
    {
        ResourceScope scope = new()
        {
            ResourceGroupName = request.Read("ResourceGroupName"),
            GalleryName = request.Read("GalleryName"),
            GalleryImageDefinitionName = request.Read("GalleryImageDefinitionName"),
            StorageAccountName = request.Read("StorageAccountName"),
        };
        if (_kind is ResourceKind.Gallery or ResourceKind.GalleryImageDefinition or ResourceKind.GalleryImageVersion && request.Read("GalleryResourceGroupName") is { } group)
        {
            scope = scope with { ResourceGroupName = group };
        }

        return ((_kind, scope), (session, context) => new ResourceNameService(session).ListAsync(_kind, scope, context));
    }
}

/// <summary>Completes the ids of subscriptions.</summary>
public sealed class SubscriptionCompleter() : ResourceNameCompleter(ResourceKind.Subscription);

/// <summary>Completes the names of resource groups.</summary>
public sealed class ResourceGroupCompleter() : ResourceNameCompleter(ResourceKind.ResourceGroup);

/// <summary>Completes the names of regions.</summary>
public sealed class LocationCompleter() : ResourceNameCompleter(ResourceKind.Location);

/// <summary>Completes the names of virtual machines.</summary>
public sealed class VirtualMachineCompleter() : ResourceNameCompleter(ResourceKind.VirtualMachine);

/// <summary>Completes the names of backups of virtual machines.</summary>
public sealed class VMBackupCompleter() : ResourceNameCompleter(ResourceKind.VMBackup);

/// <summary>Completes the names of managed disks.</summary>
public sealed class ManagedDiskCompleter() : ResourceNameCompleter(ResourceKind.ManagedDisk);

/// <summary>Completes the names of snapshots.</summary>
public sealed class SnapshotCompleter() : ResourceNameCompleter(ResourceKind.Snapshot);

/// <summary>Completes the names of managed disks that wait for an upload or its end.</summary>
public sealed class PendingUploadCompleter() : ResourceNameCompleter(ResourceKind.ManagedDiskUnderUpload);

/// <summary>Completes the names of storage accounts.</summary>
public sealed class StorageAccountCompleter() : ResourceNameCompleter(ResourceKind.StorageAccount);

/// <summary>Completes the names of the containers of the storage account that was given.</summary>
public sealed class BlobContainerCompleter() : ResourceNameCompleter(ResourceKind.BlobContainer);

/// <summary>Completes the names of galleries.</summary>
public sealed class GalleryCompleter() : ResourceNameCompleter(ResourceKind.Gallery);

/// <summary>Completes the names of the image definitions of the gallery that was given.</summary>
public sealed class GalleryImageDefinitionCompleter() : ResourceNameCompleter(ResourceKind.GalleryImageDefinition);

/// <summary>Completes the versions of the image definition that was given.</summary>
public sealed class GalleryImageVersionCompleter() : ResourceNameCompleter(ResourceKind.GalleryImageVersion);

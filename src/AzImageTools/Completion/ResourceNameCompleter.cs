using System.Collections;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Completion;

/// <summary>
/// Completes names of resources from the subscription that this session is connected to. It offers nothing where nobody is
/// connected, or where Azure does not answer at once: completing never signs in, and never keeps the user waiting.
/// </summary>
public abstract class ResourceNameCompleter : NameCompleter
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly ResourceKind _kind;

    private protected ResourceNameCompleter(ResourceKind kind)
    {
        _kind = kind;
    }

    private protected sealed override IEnumerable<(string Name, string ToolTip)> ListNames(string commandName, IDictionary? boundParameters)
    {
        using SessionLease? lease = SessionStore.Current.TryLeaseKnown();
        if (lease is null)
        {
            return [];
        }

        string? resourceGroupName = boundParameters?["ResourceGroupName"] as string;
        using CancellationTokenSource timeout = new(Timeout);
        OperationContext context = new() { Cancellation = timeout.Token };
        try
        {
            IReadOnlyList<string> names = Task.Run(
                () => new ResourceNameService(lease.Session).ListAsync(_kind, resourceGroupName, context), timeout.Token).GetAwaiter().GetResult();
            return names.Select(name => (name, name));
        }
        catch (Exception exception) when (exception is ImageServiceException or OperationCanceledException)
        {
            // The user can still type the name.
            return [];
        }
    }
}

/// <summary>Completes the names of resource groups.</summary>
public sealed class ResourceGroupCompleter() : ResourceNameCompleter(ResourceKind.ResourceGroup);

/// <summary>Completes the names of regions.</summary>
public sealed class LocationCompleter() : ResourceNameCompleter(ResourceKind.Location);

/// <summary>Completes the names of virtual machines.</summary>
public sealed class VirtualMachineCompleter() : ResourceNameCompleter(ResourceKind.VirtualMachine);

/// <summary>Completes the names of galleries.</summary>
public sealed class GalleryCompleter() : ResourceNameCompleter(ResourceKind.Gallery);

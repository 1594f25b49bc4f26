using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Session;

/// <summary>Lists what there is to name, for completing what a user types.</summary>
/// <param name="session">The session.</param>
public sealed class ResourceNameService(ImageSession session)
{
    /// <summary>More names than anybody reads through.</summary>
    private const int MostNames = 500;

    private readonly ImageSession _session = session ?? throw new ArgumentNullException(nameof(session));

    /// <summary>The names of all resources of a kind, sorted, at most 500.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="resourceGroupName">Only those in this resource group; null for all. Has no meaning for groups and regions.</param>
    /// <param name="context">Cancellation.</param>
    /// <exception cref="ImageServiceException">Azure refused or could not be reached.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(ResourceKind kind, string? resourceGroupName, OperationContext context)
    {
        SubscriptionResource subscription = _session.Subscription;
        CancellationToken cancellation = context.Cancellation;
        IAsyncEnumerable<(string Name, string? Group)> all = kind switch
        {
            ResourceKind.ResourceGroup => Select(subscription.GetResourceGroups().GetAllAsync(cancellationToken: cancellation), group => (group.Data.Name, null)),
            ResourceKind.Location => Select(subscription.GetLocationsAsync(cancellationToken: cancellation), location => (location.Name, null)),
            ResourceKind.VirtualMachine => Select(subscription.GetVirtualMachinesAsync(cancellationToken: cancellation), vm => (vm.Data.Name, vm.Id.ResourceGroupName)),
            ResourceKind.Gallery => Select(subscription.GetGalleriesAsync(cancellation), gallery => (gallery.Data.Name, gallery.Id.ResourceGroupName)),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown kind."),
        };
        return await AzureErrors.CallAsync("Listing names", kind, () => CollectAsync(all, resourceGroupName)).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<string>> CollectAsync(IAsyncEnumerable<(string Name, string? Group)> all, string? resourceGroupName)
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

    private static async IAsyncEnumerable<(string Name, string? Group)> Select<T>(AsyncPageable<T> items, Func<T, (string Name, string? Group)> selector)
        where T : notnull
    {
        await foreach (T item in items.InBounds().ConfigureAwait(false))
        {
            yield return selector(item);
        }
    }
}

/// <summary>Kinds of things that commands name.</summary>
public enum ResourceKind
{
    /// <summary>Resource groups.</summary>
    ResourceGroup,

    /// <summary>Regions that the subscription may use.</summary>
    Location,

    /// <summary>Virtual machines.</summary>
    VirtualMachine,

    /// <summary>Galleries.</summary>
    Gallery,
}

using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Temporary;

/// <summary>Finds what may be left of runs: what manifests of this machine list, and what carries our tag.</summary>
internal sealed class LeftoverSearch
{
    private const int MostManifests = 1000;
    private const int NotFoundStatus = 404;
    private const string Expand = "createdTime";
    private static readonly string TagFilter = $"tagName eq '{TemporaryTags.BoundName}'";

    private readonly ImageSession _session;
    private readonly OperationContext _context;
    private readonly Dictionary<ResourceIdentifier, DateTimeOffset?> _created = [];
    private readonly HashSet<string> _listedGroups = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, DateTimeOffset?> _groupLeases = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _alive = new(StringComparer.Ordinal);

    private LeftoverSearch(ImageSession session, OperationContext context)
    {
        _session = session;
        _context = context;
    }

    /// <summary>The manifests of runs that have ended, in this subscription of this cloud. Nobody else has them while they are not disposed of.</summary>
    public List<RunManifest> Manifests { get; } = [];

    /// <summary>Opens the manifests of this machine.</summary>
    /// <param name="session">The session.</param>
    /// <param name="purpose">Only of runs for this; null for all.</param>
    /// <param name="context">Log and cancellation.</param>
    public static LeftoverSearch Begin(ImageSession session, string? purpose, OperationContext context)
    {
        LeftoverSearch search = new(session, context);
        foreach (string path in Files(session.RunFolder).Take(MostManifests))
        {
            RunManifest? manifest = RunManifest.TryTake(path, out bool isInUse);
            if (isInUse)
            {
                search._alive.Add(Path.GetFileNameWithoutExtension(path));
            }

            if (manifest is not null && search.IsHere(manifest.Content) && (purpose is null || manifest.Content.Run.Purpose == purpose))
            {
                search.Manifests.Add(manifest);
            }
            else
            {
                manifest?.Dispose();
            }
        }

        return search;
    }

    /// <summary>What the manifests list and is there.</summary>
    public async Task<IReadOnlyList<Leftover>> ReadManifestsAsync()
    {
        List<Leftover> found = [];
        foreach (RunManifest manifest in Manifests)
        {
            foreach (KeyValuePair<ResourceIdentifier, DateTimeOffset> made in manifest.Content.Made.Where(made => string.Equals(made.Key.SubscriptionId, _session.Context.SubscriptionId, StringComparison.OrdinalIgnoreCase)))
            {
                if (await ReadAsync(made.Key).ConfigureAwait(false) is { } leftover)
                {
                    found.Add(leftover with { Manifest = manifest, Announced = made.Value });
                }
            }
        }

        return found;
    }

    /// <summary>What carries our tag, in the subscription or one group.</summary>
    public async Task<IReadOnlyList<Leftover>> ReadTaggedAsync(string? group)
    {
        List<ResourceIdentifier> ids = [];
        AsyncPageable<GenericResource> resources = group is null
            ? _session.Subscription.GetGenericResourcesAsync(TagFilter, Expand, top: null, _context.Cancellation)
            : Group(group).GetGenericResourcesAsync(TagFilter, Expand, top: null, _context.Cancellation);
        await foreach (GenericResource resource in resources.InBounds().ConfigureAwait(false))
        {
            ids.Add(resource.Id);
            _created[resource.Id] = resource.Data.CreatedOn;
        }

        await foreach (ResourceGroupResource tagged in _session.Subscription.GetResourceGroups().GetAllAsync(TagFilter, top: null, _context.Cancellation).InBounds().ConfigureAwait(false))
        {
            if (group is null || string.Equals(group, tagged.Id.Name, StringComparison.OrdinalIgnoreCase))
            {
                ids.Add(tagged.Id);
            }
        }

        List<Leftover> found = [];
        foreach (ResourceIdentifier id in ids)
        {
            if (await ReadAsync(id).ConfigureAwait(false) is { } leftover)
            {
                found.Add(leftover);
            }
        }

        return found;
    }

    /// <summary>Reads one anew; null where it is gone.</summary>
    public async Task<Leftover?> ReadAgainAsync(Leftover leftover)
        => await TemporaryResource.FindAsync(_session, leftover.Id, _context.Cancellation).ConfigureAwait(false) is { } now ? leftover with { Resource = now } : null;

    /// <summary>All that lies in a group.</summary>
    public async Task<IReadOnlyList<GroupContent>> ContentOfAsync(Leftover group)
    {
        List<GroupContent> content = [];
        await foreach (GenericResource resource in Group(group.Id.Name).GetGenericResourcesAsync(filter: null, expand: null, top: null, _context.Cancellation).InBounds().ConfigureAwait(false))
        {
            content.Add(new GroupContent(resource.Id, resource.Data.ManagedBy));
        }

        return content;
    }

    private static IEnumerable<string> Files(string? folder)
    {
        try
        {
            return folder is null || !Directory.Exists(folder)
                ? []
                : Directory.GetFiles(folder, "*" + RunManifest.Extension).Where(path => RunIdentity.IsRunId(Path.GetFileNameWithoutExtension(path)));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private bool IsHere(ManifestContent content)
        => string.Equals(content.SubscriptionId, _session.Context.SubscriptionId, StringComparison.OrdinalIgnoreCase)
            && string.Equals(content.SandboxId, _session.SandboxId, StringComparison.Ordinal);

    private async Task<Leftover?> ReadAsync(ResourceIdentifier id)
    {
        if (await TemporaryResource.FindAsync(_session, id, _context.Cancellation).ConfigureAwait(false) is not { } resource)
        {
            return null;
        }

        RunIdentity? tagged = TemporaryTags.Read(resource.Tags, id, out _);
        return new Leftover(resource)
        {
            IsAliveHere = tagged is not null && _alive.Contains(tagged.RunId),
            Created = resource.Created ?? await ReadCreatedAsync(resource).ConfigureAwait(false),
            GroupLease = tagged is not null && !resource.Kind.IsGroup && tagged.OwnsGroupOf(id) ? await ReadGroupLeaseAsync(tagged, id).ConfigureAwait(false) : null,
        };
    }

    /// <summary>What the resource itself does not tell, lists do where they are asked to.</summary>
    private async Task<DateTimeOffset?> ReadCreatedAsync(TemporaryResource resource)
    {
        if (resource.Kind.IsGroup)
        {
            return null;
        }

        if (!_created.TryGetValue(resource.Id, out DateTimeOffset? created) && _listedGroups.Add(resource.Id.ResourceGroupName!))
        {
            await foreach (GenericResource listed in Group(resource.Id.ResourceGroupName!).GetGenericResourcesAsync(filter: null, Expand, top: null, _context.Cancellation).InBounds().ConfigureAwait(false))
            {
                _created[listed.Id] = listed.Data.CreatedOn;
            }

            _created.TryGetValue(resource.Id, out created);
        }

        return created;
    }

    private async Task<DateTimeOffset?> ReadGroupLeaseAsync(RunIdentity run, ResourceIdentifier id)
    {
        string name = id.ResourceGroupName!;
        if (!_groupLeases.TryGetValue(name, out DateTimeOffset? lease))
        {
            ResourceIdentifier groupId = ResourceGroupResource.CreateResourceIdentifier(id.SubscriptionId, name);
            TemporaryResource? group = await TemporaryResource.FindAsync(_session, groupId, _context.Cancellation).ConfigureAwait(false);
            lease = group is not null && TemporaryTags.Read(group.Tags, groupId, out bool isBound) == run && isBound ? TemporaryTags.ReadLease(group.Tags) : null;
            _groupLeases.Add(name, lease);
        }

        return lease;
    }

    private ResourceGroupResource Group(string name)
        => _session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(_session.Context.SubscriptionId, name));
}

/// <summary>Something that lies in a group.</summary>
/// <param name="Id">It.</param>
/// <param name="ManagedBy">What it belongs to, such as a disk to its machine; null for nothing.</param>
internal sealed record GroupContent(ResourceIdentifier Id, string? ManagedBy);

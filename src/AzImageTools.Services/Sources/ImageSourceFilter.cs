using AzImageTools.Disks.Items;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Sources;

/// <summary>Which image sources to look for. Texts are patterns with PowerShell's wildcards (<see cref="Wildcard"/>), whatever the case, unless they say otherwise.</summary>
public sealed record ImageSourceFilter
{
    /// <summary>
    /// The kinds to look among. When empty, those that the other parts of the filter belong to;
    /// for a resource group alone Gallery and ManagedImage; for a name, or nothing at all, these and Marketplace.
    /// </summary>
    public IReadOnlyCollection<ImageSourceKind> Kinds { get; init; } = [];

    /// <summary>The region, for the Marketplace and for community and shared galleries; when null that of the resource group, or of the subscription's first one.</summary>
    public string? Location { get; init; }

    /// <summary>Several regions, in place of <see cref="Location"/>: the Marketplace and shared galleries are looked through in each.</summary>
    public IReadOnlyList<string> Locations { get; init; } = [];

    /// <summary>What is printed as the name (<see cref="ImageSource.Name"/>): a managed image's name, a Marketplace SKU, a gallery version's number; or its image definition's name.</summary>
    public string? Name { get; init; }

    /// <summary>Words that have to stand in the names of an image; the best match comes first. No pattern.</summary>
    public string? Search { get; init; }

    /// <summary>Words that have to stand in the publisher's, offer's or SKU's name, such as <c>SQL Server</c>. No pattern.</summary>
    public string? Application { get; init; }

    /// <summary>The resource group of galleries and managed images; no pattern.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>Marketplace publishers; when empty those of the usual operating systems (<see cref="ImageSourceService.DefaultPublishers"/>).</summary>
    public IReadOnlyList<string> Publishers { get; init; } = [];

    /// <summary>The Marketplace offer.</summary>
    public string? Offer { get; init; }

    /// <summary>The Marketplace SKU.</summary>
    public string? Sku { get; init; }

    /// <summary>The version; without a pattern in it just that one.</summary>
    public string? Version { get; init; }

    /// <summary>Marketplace images that can't be deployed any more as well.</summary>
    public bool IncludeDeprecated { get; init; }

    /// <summary>Every version rather than the latest of those that match.</summary>
    public bool AllVersions { get; init; }

    /// <summary>The gallery's name.</summary>
    public string? GalleryName { get; init; }

    /// <summary>Public names of community galleries; no patterns, since they can't be listed.</summary>
    public IReadOnlyList<string> CommunityGalleries { get; init; } = [];

    /// <summary>Unique names of galleries shared with the subscription; when empty, and the kind is asked for, all of them. No patterns.</summary>
    public IReadOnlyList<string> SharedGalleries { get; init; } = [];

    /// <summary><c>Windows</c> or <c>Linux</c>; null for both.</summary>
    public string? OsType { get; init; }

    /// <summary><c>x64</c> or <c>Arm64</c>; null for both.</summary>
    public string? Architecture { get; init; }

    /// <summary><c>V1</c> or <c>V2</c>; null for both.</summary>
    public string? HyperVGeneration { get; init; }

    /// <summary>A security type that machines of it can have: <c>TrustedLaunch</c>, <c>ConfidentialVM</c>, <c>Standard</c>; null for any.</summary>
    public string? SecurityType { get; init; }

    /// <summary>A disk controller that it starts behind: <c>SCSI</c> or <c>NVMe</c>; null for any.</summary>
    public string? DiskControllerType { get; init; }

    /// <summary>A size of machines that it fits, by the region's resource SKUs; null for any.</summary>
    public string? FitsSize { get; init; }

    /// <summary>The storage accounts to look for VHDs in; when empty all that the sign-in sees.</summary>
    public IReadOnlyList<string> StorageAccounts { get; init; } = [];

    /// <summary>Whether own images are looked for in all subscriptions that the sign-in sees rather than in the session's.</summary>
    public bool AcrossSubscriptions { get; init; }

    /// <summary>Whether what was kept of the Marketplace from earlier searches is read anew.</summary>
    public bool Refresh { get; init; }

    /// <summary>The regions that are named; none for all.</summary>
    internal IReadOnlyList<string> Regions => Locations.Count > 0 ? Locations : Location is { } one ? [one] : [];

    /// <summary>Whether something that is in these regions is in one that is named.</summary>
    internal bool TakesRegion(params AzureLocation?[] regions) => Regions.Count == 0 || Regions.Any(named => regions.Contains(new AzureLocation(named)));

    /// <summary>Whether everything is looked through for what the filter says, beyond the usual publishers.</summary>
    internal bool LooksEverywhere => Name is not null || Search is not null || Application is not null || Offer is not null || Sku is not null;

    /// <summary>The version that is asked for: <c>latest</c> is none in particular.</summary>
    internal string? NamedVersion => string.Equals(Version, "latest", StringComparison.OrdinalIgnoreCase) ? null : Version;

    /// <summary>
    /// Which versions of an image definition the name asks for: all where it is the definition's own, else those that it matches; null
    /// for none.
    /// </summary>
    internal Wildcard? VersionsOf(string definition)
    {
        Wildcard name = PatternOf(Name);
        return name.Matches(definition) ? PatternOf(null) : MayBeVersion ? name : null;
    }

    /// <summary>A version has digits and points: other names are not looked for among the versions of all definitions.</summary>
    private bool MayBeVersion => Name!.All(static letter => char.IsDigit(letter) || letter is '.' or '*' or '?' or '[' or ']' or '-' or '`');

    /// <summary>What an error of looking through the subscription concerns.</summary>
    internal string ScopeOf(ImageSession session) => ResourceGroupName ?? session.Context.SubscriptionId;

    /// <summary>What a name has to match; everything where none is given.</summary>
    internal static Wildcard PatternOf(string? text) => new(string.IsNullOrEmpty(text) ? "*" : text!, ignoresCase: true);
}

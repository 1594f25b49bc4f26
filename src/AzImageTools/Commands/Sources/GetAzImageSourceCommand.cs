using System.Management.Automation;
using AzImageTools.Completion;
using AzImageTools.Errors;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Sources;
using AzImageTools.Session;

namespace AzImageTools.Commands.Sources;

/// <summary>
/// Finds what virtual machines can be made of: Marketplace images, images in one's own, shared and community galleries, and
/// managed images, in one list.
/// </summary>
[Cmdlet(VerbsCommon.Get, "AzImageSource")]
[OutputType(typeof(ImageSource))]
public sealed class GetAzImageSourceCommand : AsyncCmdlet
{
    /// <summary>What is printed as the name: a managed image's name, a Marketplace SKU, a gallery version's number; or its image definition's name.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Where to look; by default where the other parameters belong, and without any in the Marketplace, galleries and managed images.</summary>
    [Parameter]
    public ImageSourceKind[] Kind { get; set; } = [];

    /// <summary>The resource group of galleries and managed images.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The region, for the Marketplace and for community and shared galleries.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string? Location { get; set; }

    /// <summary>Marketplace publishers; by default those of the usual operating systems.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Publisher { get; set; } = [];

    /// <summary>The Marketplace offer.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string? Offer { get; set; }

    /// <summary>The Marketplace SKU.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string? Sku { get; set; }

    /// <summary>The version.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string? Version { get; set; }

    /// <summary>Lists every version rather than the latest.</summary>
    [Parameter]
    public SwitchParameter AllVersions { get; set; }

    /// <summary>The gallery's name.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(GalleryCompleter))]
    public string? GalleryName { get; set; }

    /// <summary>Public names of community galleries to look into.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] CommunityGallery { get; set; } = [];

    /// <summary>Unique names of galleries that are shared with this subscription.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] SharedGallery { get; set; } = [];

    /// <summary>The operating system.</summary>
    [Parameter]
    [ValidateSet("Windows", "Linux")]
    public string? OsType { get; set; }

    /// <summary>The processor architecture.</summary>
    [Parameter]
    [ValidateSet("x64", "Arm64")]
    public string? Architecture { get; set; }

    /// <summary>The virtual machine generation.</summary>
    [Parameter]
    [ValidateSet("V1", "V2")]
    public string? HyperVGeneration { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        ImageSourceFilter filter = new()
        {
            Kinds = Kind,
            Name = Name,
            ResourceGroupName = ResourceGroupName,
            Location = Location,
            Publishers = Publisher,
            Offer = Offer,
            Sku = Sku,
            Version = Version,
            AllVersions = AllVersions,
            GalleryName = GalleryName,
            CommunityGalleries = CommunityGallery,
            SharedGalleries = SharedGallery,
            OsType = OsType,
            Architecture = Architecture,
            HyperVGeneration = HyperVGeneration,
        };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context).ConfigureAwait(false);
        List<ImageServiceException> missing = [];
        await foreach (ImageSource source in new ImageSourceService(lease.Session).FindAsync(filter, context, missing.Add).ConfigureAwait(false))
        {
            await sink.WriteObjectAsync(source).ConfigureAwait(false);
        }

        foreach (ImageServiceException unmet in missing)
        {
            await sink.WriteErrorAsync(ErrorRecords.From(unmet)).ConfigureAwait(false);
        }
    }
}

using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Choices;
using AzImageTools.Completion;
using AzImageTools.Errors;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;
using AzImageTools.Session;

namespace AzImageTools.Commands.Sources;

/// <summary>
/// Finds what virtual machines can be made of: Marketplace images, images in one's own, shared and community galleries, and
/// managed images, in one list.
/// </summary>
[Cmdlet(VerbsCommon.Get, "AzImageSource", HelpUri = HelpPages.Root + "Get-AzImageSource.md")]
[OutputType(typeof(ImageSource))]
public sealed class GetAzImageSourceCommand : AsyncCmdlet
{
    /// <summary>What is printed as the name, with wildcards: a managed image's name, a Marketplace SKU, a gallery version's number; or its image definition's name.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("GalleryImageDefinitionName")]
    [Cell]
    [SupportsWildcards]
    public string? Name { get; set; }

    /// <summary>Where to look; by default where the other parameters belong, and without any in the Marketplace, galleries and managed images.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ImageSourceKind))]
    public ImageSourceKind[]? Kind { get; set; }

    /// <summary>The resource group of galleries and managed images.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The region, for the Marketplace and for community and shared galleries.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string? Location { get; set; }

    /// <summary>Marketplace publishers, with wildcards; by default those of the usual operating systems.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PublisherName")]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PublisherCompleter))]
    public string[]? Publisher { get; set; }

    /// <summary>The Marketplace offer; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(OfferCompleter))]
    public string? Offer { get; set; }

    /// <summary>The Marketplace SKU; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Skus")]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SkuCompleter))]
    public string? Sku { get; set; }

    /// <summary>The version; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VersionCompleter))]
    public string? Version { get; set; }

    /// <summary>Lists every version rather than the latest.</summary>
    [Parameter]
    public SwitchParameter AllVersions { get; set; }

    /// <summary>The gallery's name; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(GalleryCompleter))]
    public string? GalleryName { get; set; }

    /// <summary>Public names of community galleries to look into.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string[]? CommunityGallery { get; set; }

    /// <summary>Unique names of galleries that are shared with this subscription.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string[]? SharedGallery { get; set; }

    /// <summary>The id or name of the subscription to look into; that of the connection by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? SubscriptionId { get; set; }

    /// <summary>The operating system.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(OsFamily))]
    public OsFamily? OsType { get; set; }

    /// <summary>The processor architecture.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(CpuArchitecture))]
    public CpuArchitecture? Architecture { get; set; }

    /// <summary>The virtual machine generation.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(VmGeneration))]
    public VmGeneration? HyperVGeneration { get; set; }

    /// <summary>The connection to work in, also of another runspace: what Connect-AzImageService or Get-AzImageContext emitted. This runspace's by default.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? ImageContext { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        ImageSourceFilter filter = new()
        {
            Kinds = Kind ?? [],
            Name = Name,
            ResourceGroupName = ResourceGroupName,
            Location = Location,
            Publishers = Publisher ?? [],
            Offer = Offer,
            Sku = Sku,
            Version = Version,
            AllVersions = AllVersions,
            GalleryName = GalleryName,
            CommunityGalleries = CommunityGallery ?? [],
            SharedGalleries = SharedGallery ?? [],
            OsType = OsType?.ToString(),
            Architecture = Architecture?.ToString(),
            HyperVGeneration = HyperVGeneration?.ToString(),
        };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
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

using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Choices;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Errors;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;
using AzImageTools.Session;

namespace AzImageTools.Commands.Sources;

/// <summary>
/// Finds what virtual machines can be made of: Marketplace images, images in one's own, shared and community galleries,
/// managed images, and VHDs in storage accounts, in one list.
/// </summary>
[Cmdlet(VerbsCommon.Get, "AzImageSource", DefaultParameterSetName = FilterSet, HelpUri = HelpPages.Root + "Get-AzImageSource.md")]
[OutputType(typeof(ImageSource))]
public sealed class GetAzImageSourceCommand : AsyncCmdlet
{
    private const string FilterSet = "Filter";
    private const string UrnSet = "Urn";
    private const string IdSet = "ResourceId";

    /// <summary>What is printed as the name, with wildcards, wherever it is: a managed image's name, a Marketplace SKU, a gallery version's number; or its image definition's name.</summary>
    [Parameter(Position = 0, ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Alias("GalleryImageDefinitionName")]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public string? Name { get; set; }

    /// <summary>Words that stand in the names of images, as in 'ubuntu 24.04': the best match first, of each kind.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? Search { get; set; }

    /// <summary>One Marketplace image, as az and Packer write it: publisher:offer:sku:version, where the version may be latest.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Urn, ParameterSetName = UrnSet)]
    public string? Urn { get; set; }

    /// <summary>One image by its id; of an image definition its latest version.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = IdSet)]
    [Alias("Id")]
    public string? ResourceId { get; set; }

    /// <summary>Where to look; by default where the other parameters belong, and without any in the Marketplace, galleries and managed images.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ImageSourceKind))]
    public ImageSourceKind[]? Kind { get; set; }

    /// <summary>The resource group of galleries, managed images and storage accounts.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>Regions: the Marketplace, community and shared galleries are looked through in each, own images have to be in one of them. One without them is a warning.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string[]? Location { get; set; }

    /// <summary>Marketplace publishers, with wildcards; without, those of the usual operating systems first, and all where a name is sought.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PublisherName")]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PublisherCompleter))]
    public string[]? Publisher { get; set; }

    /// <summary>The Marketplace offer; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(OfferCompleter))]
    public string? Offer { get; set; }

    /// <summary>The Marketplace SKU; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Skus")]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SkuCompleter))]
    public string? Sku { get; set; }

    /// <summary>The version; wildcards are allowed, and latest is the newest.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VersionCompleter))]
    public string? Version { get; set; }

    /// <summary>Of each SKU and image definition the newest version that fits, by its numbers: so it is without -AllVersions anyway.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public SwitchParameter Latest { get; set; }

    /// <summary>Lists every version rather than the latest.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public SwitchParameter AllVersions { get; set; }

    /// <summary>Marketplace images that no machine can be made of any more, too.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public SwitchParameter IncludeDeprecated { get; set; }

    /// <summary>The gallery's name; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(GalleryCompleter))]
    public string? GalleryName { get; set; }

    /// <summary>Public names of community galleries to look into; all of the region for -Kind CommunityGallery without.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string[]? CommunityGallery { get; set; }

    /// <summary>Unique names of galleries that are shared with this subscription or tenant; all for -Kind SharedGallery without.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string[]? SharedGallery { get; set; }

    /// <summary>Storage accounts to look for VHDs in; all that the sign-in sees for -Kind Vhd without.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(StorageAccountCompleter))]
    public string[]? StorageAccountName { get; set; }

    /// <summary>The id or name of the subscription to look into; own images come from all that the sign-in sees without, the Marketplace from that of the connection.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? SubscriptionId { get; set; }

    /// <summary>The operating system.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Alias("OperatingSystem")]
    [Cell(typeof(OsFamily))]
    public OsFamily? OsType { get; set; }

    /// <summary>The processor architecture.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(CpuArchitecture))]
    public CpuArchitecture? Architecture { get; set; }

    /// <summary>The virtual machine generation.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Generation")]
    [Cell(typeof(VmGeneration))]
    public VmGeneration? HyperVGeneration { get; set; }

    /// <summary>A security type that machines of it can have.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public MachineSecurity? SecurityType { get; set; }

    /// <summary>A disk controller that it starts behind: many sizes from version 6 on have NVMe alone.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public DiskController? DiskControllerType { get; set; }

    /// <summary>What is installed, by the words of publisher, offer and SKU: 'SQL Server'.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? Application { get; set; }

    /// <summary>A size of machines, such as Standard_D4ads_v6: only images that such a machine can be made of.</summary>
    [Parameter(ParameterSetName = FilterSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? FitsSize { get; set; }

    /// <summary>Reads the Marketplace anew: its names are else kept for a week on this machine, versions for half a day.</summary>
    [Parameter]
    public SwitchParameter Refresh { get; set; }

    /// <summary>The connection to work in, also of another runspace: what Connect-AzImageService or Get-AzImageContext emitted. This runspace's by default.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? ImageContext { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        if (Latest && AllVersions)
        {
            throw new ImageServiceException("ParametersContradict", ErrorKind.InvalidArgument, "-Latest and -AllVersions contradict each other.", "Leave one out.", nameof(Latest));
        }

        (ImageSourceFilter filter, string? subscription) = Read();
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId ?? subscription, ImageContext).ConfigureAwait(false);
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

    private (ImageSourceFilter Filter, string? SubscriptionId) Read()
    {
        ImageSourceFilter filter = new()
        {
            Kinds = Kind ?? [],
            Name = Name,
            Search = Search,
            Application = Application,
            ResourceGroupName = ResourceGroupName,
            Location = Location?.Length == 1 ? Location[0] : null,
            Locations = Location?.Length > 1 ? Location : [],
            Publishers = Publisher ?? [],
            Offer = Offer,
            Sku = Sku,
            Version = Version,
            AllVersions = AllVersions,
            IncludeDeprecated = IncludeDeprecated,
            GalleryName = GalleryName,
            CommunityGalleries = CommunityGallery ?? [],
            SharedGalleries = SharedGallery ?? [],
            StorageAccounts = StorageAccountName ?? [],
            OsType = OsType?.ToString(),
            Architecture = Architecture?.ToString(),
            HyperVGeneration = HyperVGeneration?.ToString(),
            SecurityType = SecurityType?.ToString(),
            DiskControllerType = DiskControllerType?.ToString(),
            FitsSize = FitsSize,
            AcrossSubscriptions = SubscriptionId is null,
            Refresh = Refresh,
        };
        return Urn is not null ? (SourceId.OfUrn(Urn, filter), null) : ResourceId is not null ? SourceId.Read(ResourceId, filter) : (filter, null);
    }
}

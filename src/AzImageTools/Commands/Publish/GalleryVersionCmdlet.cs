using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Services.Retire;

namespace AzImageTools.Commands.Publish;

/// <summary>The base of cmdlets that do something with one version of a gallery: by its names, its id, or piped.</summary>
public abstract class GalleryVersionCmdlet : AzureCmdlet
{
    private protected const string NameSet = "Name";
    private const string ResourceIdSet = "ResourceId";
    private const string InputObjectSet = "InputObject";

    private protected GalleryVersionCmdlet()
    {
    }

    /// <summary>The gallery's resource group.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The gallery.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryName, Position = 1, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(GalleryCompleter))]
    public string? GalleryName { get; set; }

    /// <summary>The image definition.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryImageDefinitionName, Position = 2, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(GalleryImageDefinitionCompleter))]
    public string? GalleryImageDefinitionName { get; set; }

    /// <summary>The version, such as 1.2.3.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ImageVersion, Position = 3, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Alias("GalleryImageVersionName", "ImageVersionName")]
    [Cell]
    [ArgumentCompleter(typeof(GalleryImageVersionCompleter))]
    public string? ImageVersion { get; set; }

    /// <summary>The version's resource id.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>A version, as Publish-AzImageVersion, Get-AzImageSource or Get-AzGalleryImageVersion emits it.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ResourceObject("a gallery image version", "Publish-AzImageVersion, Get-AzImageSource or Get-AzGalleryImageVersion", "Id", "ResourceId", Names = ["ResourceGroupName", "GalleryName", "GalleryImageDefinitionName", "ImageVersion"])]
    public PSObject? InputObject { get; set; }

    /// <summary>The version that was named.</summary>
    private protected VersionChangeRequest ReadVersion() => new()
    {
        VersionId = ResourceId ?? ParameterReader.ReadText(InputObject, "Id", "ResourceId"),
        ResourceGroupName = ResourceGroupName ?? ParameterReader.ReadText(InputObject, "ResourceGroupName"),
        GalleryName = GalleryName ?? ParameterReader.ReadText(InputObject, "GalleryName"),
        GalleryImageDefinitionName = GalleryImageDefinitionName ?? ParameterReader.ReadText(InputObject, "GalleryImageDefinitionName"),
        ImageVersion = ImageVersion ?? ParameterReader.ReadText(InputObject, "ImageVersion"),
    };
}

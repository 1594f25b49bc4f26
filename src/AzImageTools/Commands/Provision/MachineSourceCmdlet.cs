using System.Collections;
using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Choices;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Services;

namespace AzImageTools.Commands.Provision;

/// <summary>The base of cmdlets that make a machine of an image, wherever it is, or of a disk: what it is made of, and what machine it is to be.</summary>
public abstract class MachineSourceCmdlet : ImageCmdlet
{
    private protected const string ResourceIdSet = "ResourceId";
    private const string UrnSet = "Urn";
    private const string InputObjectSet = "InputObject";

    private protected MachineSourceCmdlet()
    {
    }

    /// <summary>A Marketplace image: publisher:offer:sku:version, where the version may be latest.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Urn, ParameterSetName = UrnSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? Urn { get; set; }

    /// <summary>An image, image version or managed disk, as Get-AzImageSource, New-AzCapturedImage, New-AzVhdImage, Send-AzVhd or an Az cmdlet emits it.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ResourceObject(PipedSource.Words, PipedSource.Emitters, "Id", "ResourceId", "Urn", "PublisherName")]
    public PSObject? InputObject { get; set; }

    /// <summary>The machine's region; the source's by default, or its resource group's where it gets one that is there. A Marketplace image has none.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string? Location { get; set; }

    /// <summary>The machine's size; by default one of the usual small ones that fits the source and has cores left.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    public string? Size { get; set; }

    /// <summary>The machine's security type; by default what the source demands, else Trusted Launch where the source and the size have it.</summary>
    [Parameter]
    public MachineSecurity? SecurityType { get; set; }

    /// <summary>Lets the machine reach the internet from the network of its own, as updates, activation and most agents want. From outside nobody reaches it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter AllowOutboundAccess { get; set; }

    /// <summary>Accepts the terms of the image's Marketplace plan for the subscription, where they are not.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter AcceptTerms { get; set; }

    /// <summary>Tags for everything that is made, as policies may want them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>What the machine is made of.</summary>
    /// <param name="resourceId">What was given as -ResourceId.</param>
    /// <exception cref="ImageServiceException">The input names nothing (SourceMissing).</exception>
    private protected string RequireSource(string? resourceId)
        => resourceId ?? Urn ?? PipedSource.Read(InputObject)
            ?? throw new ImageServiceException("SourceMissing", ErrorKind.InvalidArgument, "The input names no image or disk.", $"Pipe what {PipedSource.Emitters} emits.", nameof(InputObject));
}

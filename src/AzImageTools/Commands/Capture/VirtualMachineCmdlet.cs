using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;

namespace AzImageTools.Commands.Capture;

/// <summary>The base of cmdlets that work on one virtual machine after the other: its names.</summary>
public abstract class VirtualMachineCmdlet : AzureCmdlet
{
    private protected const string NameSet = "Name";
    private const string ResourceIdSet = "ResourceId";
    private const string InputObjectSet = "InputObject";

    private protected VirtualMachineCmdlet()
    {
    }

    /// <summary>The virtual machine's resource group.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The virtual machine's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.VMName, Position = 1, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(VirtualMachineCompleter))]
    public string? VMName { get; set; }

    /// <summary>The virtual machine's resource id.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>A virtual machine, as Get-AzVM emits it, or a row that names one by ResourceGroupName and VMName.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ResourceObject("a virtual machine", "Get-AzVM", "Id", "ResourceId", Names = ["ResourceGroupName", "VMName"])]
    public PSObject? InputObject { get; set; }

    /// <summary>The machine's resource id; null where its names were given.</summary>
    private protected string? MachineId => ResourceId ?? ParameterReader.ReadText(InputObject, "Id", "ResourceId");

    /// <summary>The machine's name; null where its id was given.</summary>
    private protected string? MachineName => VMName ?? ParameterReader.ReadText(InputObject, "VMName");

    /// <summary>The resource group that was given beside the name.</summary>
    private protected string? MachineGroup => ResourceGroupName ?? ParameterReader.ReadText(InputObject, "ResourceGroupName");
}

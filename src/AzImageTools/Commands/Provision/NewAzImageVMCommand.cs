using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Choices;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Provision;
using AzImageTools.Session;

namespace AzImageTools.Commands.Provision;

/// <summary>
/// Makes a virtual machine of an image, wherever it is, or of an uploaded disk. It has no public address, and a private network of its own unless
/// -SubnetId names another. What Azure would refuse at the end (size, security type, zone, quota, terms) is refused before anything is made.
/// </summary>
[Cmdlet(VerbsCommon.New, "AzImageVM", SupportsShouldProcess = true, DefaultParameterSetName = ResourceIdSet, HelpUri = HelpPages.Root + "New-AzImageVM.md")]
[OutputType(typeof(ImageVM))]
[OutputType(typeof(Job))]
public sealed class NewAzImageVMCommand : MachineSourceCmdlet
{
    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.NewVMName, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string VMName { get; set; } = string.Empty;

    /// <summary>The machine's resource group, which is there; that of the piped image by default.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>
    /// The id of an image version, an image definition (its newest version), a managed image, a managed disk, which becomes the machine's own, or the
    /// unique id of a community or shared gallery's image.
    /// </summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Alias("SourceId")]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>The machine's zone.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    [ArgumentCompleter(typeof(ZoneCompleter))]
    public string? Zone { get; set; }

    /// <summary>The administrator of a machine that is made of a generalized image.</summary>
    [Parameter]
    public PSCredential? Credential { get; set; }

    /// <summary>The administrator's name, where -SshPublicKey stands for a password.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    public string? UserName { get; set; }

    /// <summary>Public keys with which the administrator of a Linux signs in.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    public string[]? SshPublicKey { get; set; }

    /// <summary>A licence that is brought along, which makes the machine cheaper.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell(typeof(BroughtLicense))]
    public BroughtLicense? LicenseType { get; set; }

    /// <summary>The id of the subnet to join. By default the machine gets a network of its own, which lets nothing in.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    public string? SubnetId { get; set; }

    /// <summary>The storage of the OS disk.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ManagedDiskSku))]
    public ManagedDiskSku? StorageAccountType { get; set; }

    private protected override PreparedImage Prepare()
    {
        string source = RequireSource(ResourceId);
        if (ResourceGroupName is null)
        {
            throw new ImageServiceException("ResourceGroupNameRequired", ErrorKind.InvalidArgument, $"Nothing tells which resource group the machine '{VMName}' is to be in.", "Give -ResourceGroupName.", source);
        }

        MachineRequest request = new()
        {
            Name = VMName,
            ResourceGroupName = ResourceGroupName,
            Source = source,
            Location = Location,
            Size = Size,
            Zone = Zone,
            SecurityType = SecurityType?.ToString(),
            UserName = Credential?.UserName ?? UserName,
            Password = Credential?.Password,
            SshPublicKeys = SshPublicKey ?? [],
            LicenseType = LicenseType?.ToString(),
            SubnetId = SubnetId,
            AllowOutboundAccess = AllowOutboundAccess,
            StorageAccountType = StorageAccountType?.ToString(),
            AcceptTerms = AcceptTerms,
            Tag = ParameterReader.ReadTags(Tag),
        };
        string? subscription = SubscriptionId;
        return new PreparedImage(source, $"virtual machine '{request.Name}' in resource group '{request.ResourceGroupName}'", async (sink, context) =>
        {
            using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, subscription, ImageContext).ConfigureAwait(false);
            await sink.RunPlanAsync(await new MachineService(lease.Session).PlanAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
        });
    }
}

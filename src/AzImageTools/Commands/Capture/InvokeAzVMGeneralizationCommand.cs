using System.Collections;
using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Commands.Capture;

/// <summary>
/// Generalizes the guest of a virtual machine: Windows by Sysprep, Linux by its agent and cloud-init. Its readiness is judged first and the machine is
/// backed up; afterwards the machine has stopped, and its disk shows that it worked.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "AzVMGeneralization", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Invoke-AzVMGeneralization.md")]
[OutputType(typeof(GeneralizationResult))]
[OutputType(typeof(Job))]
public sealed class InvokeAzVMGeneralizationCommand : VirtualMachineCmdlet
{
    /// <summary>How many minutes the guest may take until it has stopped; by default 60 for Windows, 20 for Linux. It is left alone when they are over.</summary>
    [Parameter]
    [ValidateRange(1, GeneralizationRequest.MostTimeoutMinutes)]
    public int? TimeoutInMinutes { get; set; }

    /// <summary>Leaves out these readiness rules, by id; wildcards are allowed. A rule that blocks and does not concern you.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleIdCompleter))]
    public string[] ExcludeRule { get; set; } = [];

    /// <summary>The disk access whose private endpoints the OS disk is read through, where it is open to those alone (network access policy AllowPrivate).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DiskAccessId { get; set; }

    /// <summary>Makes no backup before the guest is changed: there is no way back then.</summary>
    [Parameter]
    public SwitchParameter NoBackup { get; set; }

    /// <summary>Tags for the backup, temporary snapshots and the run commands.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>Does not ask, although the guest gives up its identity.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        GeneralizationRequest request = new()
        {
            VMId = MachineId,
            VMName = MachineName,
            VMResourceGroupName = MachineGroup,
            NoBackup = NoBackup,
            DiskAccessId = DiskAccessId,
            ExcludedRules = ExcludeRule,
            Timeout = TimeoutInMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
            Tag = ParameterReader.ReadTags(Tag),
        };
        string? subscription = SubscriptionId;
        ImageContext? connection = ImageContext;
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, subscription, connection).ConfigureAwait(false);
        await sink.RunPlanAsync(await new GeneralizationService(lease.Session).PlanAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
    }
}

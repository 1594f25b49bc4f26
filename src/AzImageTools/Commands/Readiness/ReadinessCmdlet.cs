using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Choices;
using AzImageTools.Commands.Disks;
using AzImageTools.Completion;
using AzImageTools.Disks.Inspection;
using AzImageTools.Pipeline;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Readiness.Rules;
using AzImageTools.Services;

namespace AzImageTools.Commands.Readiness;

/// <summary>The base of cmdlets that judge guests: what to judge them for, and what to emit.</summary>
public abstract class ReadinessCmdlet : AzureDiskCmdlet
{
    /// <summary>The set that judges this machine: nothing of it is bound to a property, or the rows of a wrong table would all judge this machine.</summary>
    private protected const string MachineSet = "Machine";

    private const string EvidenceSet = "Evidence";

    private readonly GuestFamily _family;

    private protected ReadinessCmdlet(GuestFamily family, ReadinessPurpose purpose)
    {
        _family = family;
        Purpose = purpose;
    }

    /// <summary>
    /// Judges a machine that runs elsewhere: the file that the output of evidence/collect-windows.ps1 or evidence/collect-linux.sh,
    /// which come with the module, was saved to on it. It may be of one run, or of a run for each chunk.
    /// </summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.EvidencePath, ParameterSetName = EvidenceSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? EvidencePath { get; set; }

    /// <summary>What it should be ready for: generalizing (Sysprep, Deprovision), AzureUpload, or both, which is the default.</summary>
    [Parameter]
    public ReadinessPurpose Purpose { get; set; }

    /// <summary>The virtual machine generation that is wanted; without it, either will do.</summary>
    [Parameter(ParameterSetName = MachineSet)]
    [Parameter(ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = EvidenceSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [Parameter(ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = SasSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(VmGeneration))]
    public VmGeneration? HyperVGeneration { get; set; }

    /// <summary>Judges the file as it is, for an upload by something that does not convert it as Send-AzVhd does.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter AsIs { get; set; }

    /// <summary>
    /// Asks only these rules, by id; wildcards are allowed. Rules of the other family of operating systems can't be named. Where no
    /// blocker is among them that concerns the guest, the verdict is Undetermined. The report names those that were left out.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleIdCompleter))]
    public string[] Include { get; set; } = [];

    /// <summary>Leaves out these rules, by id; wildcards are allowed. The report names them, and the verdict says nothing of them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleIdCompleter))]
    public string[] Exclude { get; set; } = [];

    /// <summary>Lists only findings that are at least as grave. The verdict follows the blockers, which are always listed.</summary>
    [Parameter]
    public FindingSeverity MinimumSeverity { get; set; } = FindingSeverity.Information;

    /// <summary>Tables of rules of your own (.psd1 or JSON), asked beside the catalogue's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] RulePath { get; set; } = [];

    /// <summary>Emits only true (the verdict is Ready) or false.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override DiskReading PrepareReading()
    {
        ReadinessOptions options = ReadOptions();
        return async (disk, sink, context) =>
        {
            ReadinessOptions own = options with { OwnRules = await RuleTableFile.ReadAllAsync(RulePath, sink).ConfigureAwait(false), IsCrashConsistent = disk.IsCrashConsistent };
            ReadinessReport report = await OwnThread.RunAsync(() =>
            {
                using OfflineGuest guest = OfflineGuest.Open(disk.Image);
                return ReadinessCheck.Run(guest, own, context.Cancellation);
            }).ConfigureAwait(false);
            await EmitAsync(report, sink).ConfigureAwait(false);
        };
    }

    private protected sealed override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        Guest guest = EvidencePath is null
            ? OpenMachine()
            : EvidenceGuest.Open(await sink.ResolvePathAsync(EvidencePath).ConfigureAwait(false));
        ReadinessOptions options = ReadOptions() with { OwnRules = await RuleTableFile.ReadAllAsync(RulePath, sink).ConfigureAwait(false) };
        await EmitAsync(ReadinessCheck.Run(guest, options, context.Cancellation), sink).ConfigureAwait(false);
    }

    /// <summary>Opens the guest that this machine is.</summary>
    private protected abstract Guest OpenMachine();

    private Task EmitAsync(ReadinessReport report, IStreamSink sink)
    {
        sink.Explain(report);
        return sink.WriteObjectAsync(Quiet ? report.Verdict == ReadinessVerdict.Ready : report);
    }

    /// <summary>What to judge for, by the parameters as they are bound now; the tables of rules are read where the session may be asked for them.</summary>
    private ReadinessOptions ReadOptions() => new()
    {
        Purpose = Purpose,
        Family = _family,
        ConvertsOnUpload = !AsIs,
        Include = Include,
        Exclude = Exclude,
        MinimumSeverity = MinimumSeverity,
        Generation = HyperVGeneration is null ? null : HyperVGeneration == VmGeneration.V1 ? 1 : 2,
    };
}

using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Commands.Disks;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Repair;
using AzImageTools.Errors;
using AzImageTools.Pipeline;
using AzImageTools.Readiness.Repair;
using AzImageTools.Readiness.Rules;
using AzImageTools.Services;

namespace AzImageTools.Commands.Repair;

/// <summary>
/// Sets right, in the registry and the files of the guest on disk images, what Test-SysprepReadiness or Test-DeprovisionReadiness finds
/// wrong and can be set right there, without starting it. The disk is never written: each rule's change is kept beside it, in NAME.azrepair, and taken with it by -UseRepair.
/// Then the rules are asked again, and each that failed is told: repaired, or what to do in the guest.
/// </summary>
[Cmdlet(VerbsDiagnostic.Repair, "AzVhd", SupportsShouldProcess = true, DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Repair-AzVhd.md")]
[OutputType(typeof(RepairResult))]
public sealed class RepairAzVhdCommand : DiskPathCmdlet
{
    /// <summary>Repairs only these rules, by id; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleIdCompleter))]
    public string[] Include { get; set; } = [];

    /// <summary>Leaves out these rules, by id; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleIdCompleter))]
    public string[] Exclude { get; set; } = [];

    /// <summary>What it should be ready for: AzureUpload, which is the default, Sysprep, Deprovision, or several of them.</summary>
    [Parameter]
    public ReadinessPurpose Purpose { get; set; } = ReadinessPurpose.AzureUpload;

    /// <summary>Accounts of a Linux that -Purpose Deprovision removes with all that is in their folders, beside the one that the Azure agent made.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] User { get; set; } = [];

    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    /// <summary>Also makes a fixed VHD of the disk image with its changes, as Convert-AzVhd -UseRepair does: its path, or an existing folder.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? Destination { get; set; }

    /// <summary>Replaces a VHD that is there without asking; it stays until the new one is whole.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override PreparedDisk Prepare(string path)
    {
        VirtualDiskOptions options = DiskOptions with { Format = Format };
        ReadinessOptions asked = new() { Purpose = Purpose, Include = Include, Exclude = Exclude, RemovedUsers = User };
        FixedVhdMaker? maker = Destination is null ? null : new FixedVhdMaker(GetUnresolvedProviderPathFromPSPath(Destination), new VhdConversionOptions { Force = Force });
        return new PreparedDisk(path, maker?.TargetOf(path), (sink, context) => RepairAsync(path, options, asked, maker, sink, context));
    }

    private static async Task RepairAsync(string path, VirtualDiskOptions options, ReadinessOptions asked, FixedVhdMaker? maker, IStreamSink sink, OperationContext context)
    {
        RuleRepairs repairs = new(path, options, asked, sink, context) { Refuse = (_, refusal) => sink.WriteErrorAsync(ErrorRecords.From(refusal)) };
        IReadOnlyList<RepairResult> results = await repairs.RunAsync().ConfigureAwait(false);
        VhdConversion? made = maker is null ? null
            : await maker.RunAsync(path, options with { UsesRepair = DiskRepair.Find(path) is not null }, sink, context).ConfigureAwait(false);
        foreach (RepairResult result in results)
        {
            await sink.WriteObjectAsync(result with { Destination = made?.Path }).ConfigureAwait(false);
        }
    }
}

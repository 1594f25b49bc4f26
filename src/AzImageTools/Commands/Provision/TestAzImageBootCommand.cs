using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Provision;
using AzImageTools.Session;

namespace AzImageTools.Commands.Provision;

/// <summary>
/// Boots a throwaway machine of an image, or of a copy of a disk, in a resource group of its own without a public address, waits until its agent
/// reports, and removes all of it again, also when it is stopped. Where the machine does not come up, its serial log and its disk are read, and the
/// cause is named. It costs some minutes of a machine of that size.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "AzImageBoot", SupportsShouldProcess = true, DefaultParameterSetName = ResourceIdSet, HelpUri = HelpPages.Root + "Test-AzImageBoot.md")]
[OutputType(typeof(ImageBootResult))]
[OutputType(typeof(bool))]
[OutputType(typeof(Job))]
public sealed class TestAzImageBootCommand : MachineSourceCmdlet
{
    private const int LongestWait = 180;

    /// <summary>
    /// The id of an image version, an image definition (its newest version), a managed image, a managed disk, of which a copy is booted, or the unique id of a
    /// community or shared gallery's image.
    /// </summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, Position = 0, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Alias("SourceId")]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>How many minutes to wait until the machine is made and its agent reports; half an hour by default.</summary>
    [Parameter]
    [ValidateRange(1, LongestWait)]
    public int? TimeoutMinutes { get; set; }

    /// <summary>
    /// A script to run in the machine as a smoke test: PowerShell on Windows, where errors it writes fail it, and sh on Linux, where its exit code does. Azure brings
    /// its output back over the internet, which takes -AllowOutboundAccess.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    public string? Script { get; set; }

    /// <summary>The folder for the machine's serial log, screenshot and instance view; it is made where there is none.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    public string? OutputPath { get; set; }

    /// <summary>Emits whether it boots and nothing else.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override PreparedImage Prepare()
    {
        string source = RequireSource(ResourceId);
        ImageBootRequest request = new()
        {
            Source = source,
            Location = Location,
            Size = Size,
            SecurityType = SecurityType?.ToString(),
            Timeout = TimeoutMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : ImageBootRequest.UsualTimeout,
            Script = Script,
            AllowOutboundAccess = AllowOutboundAccess,
            OutputPath = OutputPath is null ? null : SessionState.Path.GetUnresolvedProviderPathFromPSPath(OutputPath),
            AcceptTerms = AcceptTerms,
            Tag = ParameterReader.ReadTags(Tag),
        };
        string? subscription = SubscriptionId;
        bool quiet = Quiet;
        return new PreparedImage(source, Target: null, async (sink, context) =>
        {
            using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, subscription, ImageContext).ConfigureAwait(false);
            Plan<ImageBootResult> plan = await new ImageBootService(lease.Session).PlanAsync(request, context).ConfigureAwait(false);
            if (await sink.ShouldProcessAsync(plan.ToString()).ConfigureAwait(false))
            {
                ImageBootResult result = await PlanRunner.RunAsync(plan, context).ConfigureAwait(false);
                await sink.WriteObjectAsync(quiet ? result.Verdict == BootVerdict.Boots : result).ConfigureAwait(false);
            }
        });
    }
}

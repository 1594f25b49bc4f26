using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Temporary;
using AzImageTools.Session;

namespace AzImageTools.Commands.Provision;

/// <summary>
/// Removes what runs of this module made for a while and left when they were killed or could not clean up: only what is proved to be theirs and in
/// use by nobody. What looks so and is kept is emitted with the reason.
/// </summary>
[Cmdlet(VerbsCommon.Remove, "AzImageLeftover", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Remove-AzImageLeftover.md")]
[OutputType(typeof(ImageLeftover))]
[OutputType(typeof(Job))]
public sealed class RemoveAzImageLeftoverCommand : AzureCmdlet
{
    /// <summary>The resource group to look in; the whole subscription by default.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The run whose things to remove, by the 16 digits in their names; of all runs by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    public string? RunId { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        LeftoverRequest request = new() { ResourceGroupName = ResourceGroupName, RunIds = RunId is null ? [] : [RunId] };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        IReadOnlyList<RunLeftovers> runs = await new LeftoverService(lease.Session).FindAsync(request, context).ConfigureAwait(false);
        try
        {
            foreach (RunLeftovers run in runs)
            {
                await WriteAsync(sink, run.Kept).ConfigureAwait(false);
                if (run.Plan is not null && await sink.ShouldProcessAsync(run.Plan.ToString()).ConfigureAwait(false))
                {
                    await WriteAsync(sink, await PlanRunner.RunAsync(run.Plan, context).ConfigureAwait(false)).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            foreach (RunLeftovers run in runs)
            {
                run.Dispose();
            }
        }
    }

    private static async Task WriteAsync(IStreamSink sink, IReadOnlyList<ImageLeftover> leftovers)
    {
        foreach (ImageLeftover leftover in leftovers)
        {
            await sink.WriteObjectAsync(leftover).ConfigureAwait(false);
        }
    }
}

using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Retire;
using AzImageTools.Session;

namespace AzImageTools.Commands.Publish;

/// <summary>
/// Retires old versions of a gallery: all but the newest, those older than some days, or past their end of life; at once, or first out of the latest and deleted by a later run.
/// Never the newest, one that a machine uses which the sign-in sees, or one whose deletion is blocked. What stays is emitted with the reason.
/// </summary>
[Cmdlet(VerbsCommon.Remove, "AzStaleImageVersion", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Remove-AzStaleImageVersion.md")]
[OutputType(typeof(StaleImageVersion))]
[OutputType(typeof(Job))]
public sealed class RemoveAzStaleImageVersionCommand : AzureCmdlet
{
    /// <summary>The gallery's resource group.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string ResourceGroupName { get; set; } = string.Empty;

    /// <summary>The gallery.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryName, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(GalleryCompleter))]
    public string GalleryName { get; set; } = string.Empty;

    /// <summary>The image definitions, with wildcards; all by default.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(GalleryImageDefinitionCompleter))]
    public string? GalleryImageDefinitionName { get; set; }

    /// <summary>How many of the newest versions of each image definition, by their numbers, stay: 1 by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(int))]
    [ValidateRange(1, 10_000)]
    public int? KeepNewest { get; set; }

    /// <summary>How many days ago a version has to have been published.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(int))]
    [ValidateRange(1, 36_500)]
    public int? OlderThanDays { get; set; }

    /// <summary>Only versions whose end of life is over.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter PastEndOfLife { get; set; }

    /// <summary>Keeps a version from being the latest first, and deletes it in a run that many days later.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(int))]
    [ValidateRange(1, 3650)]
    public int? WaitingDays { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        if (KeepNewest is null && OlderThanDays is null && !PastEndOfLife)
        {
            throw new ImageServiceException("StaleUndefined", ErrorKind.InvalidArgument, "Nothing tells which versions are stale.", "Give -KeepNewest, -OlderThanDays or -PastEndOfLife.", GalleryName);
        }

        StaleVersionRequest request = new()
        {
            ResourceGroupName = ResourceGroupName,
            GalleryName = GalleryName,
            GalleryImageDefinitionName = GalleryImageDefinitionName,
            KeepNewest = KeepNewest ?? 1,
            OlderThan = OlderThanDays is { } days ? TimeSpan.FromDays(days) : null,
            PastEndOfLife = PastEndOfLife,
            WaitingTime = WaitingDays is { } waiting ? TimeSpan.FromDays(waiting) : null,
        };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        (IReadOnlyList<StaleImageVersion> kept, Plan<IReadOnlyList<StaleImageVersion>>? plan) = await new StaleVersionService(lease.Session).PlanAsync(request, context).ConfigureAwait(false);
        await WriteAsync(sink, kept).ConfigureAwait(false);
        if (plan is not null && await sink.ShouldProcessAsync(plan.ToString()).ConfigureAwait(false))
        {
            await WriteAsync(sink, await PlanRunner.RunAsync(plan, context).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(IStreamSink sink, IReadOnlyList<StaleImageVersion> versions)
    {
        foreach (StaleImageVersion version in versions)
        {
            await sink.WriteObjectAsync(version).ConfigureAwait(false);
        }
    }
}

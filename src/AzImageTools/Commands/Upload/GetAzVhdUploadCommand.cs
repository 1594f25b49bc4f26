using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Upload;
using AzImageTools.Session;

namespace AzImageTools.Commands.Upload;

/// <summary>
/// Lists uploads that are under way or were interrupted: managed disks that wait for their upload or its end, which are
/// billed, and the journals in a folder. Where nobody is connected, a warning says so and the journals alone are listed.
/// </summary>
[Cmdlet(VerbsCommon.Get, "AzVhdUpload", HelpUri = HelpPages.Root + "Get-AzVhdUpload.md")]
[OutputType(typeof(PendingUpload))]
public sealed class GetAzVhdUploadCommand : ConnectedCmdlet
{
    /// <summary>The managed disks' resource group; all of the subscription by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The folder of the journals: that of the disk images, or the one that -JournalPath named. The current one by default.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string JournalPath { get; set; } = ".";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();

        // Only here may the session be asked what a path means: bodies run on other threads.
        JournalPath = GetUnresolvedProviderPathFromPSPath(JournalPath);
    }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        using SessionLease? lease = ResourceGroupName is null && SubscriptionId is null
            ? await SessionStore.FindSessionAsync(sink, context, handed: ImageContext).ConfigureAwait(false)
            : await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        if (lease is null)
        {
            context.Log.Warning("Nobody is connected to Azure: only journals are listed, not managed disks that wait for an upload.");
        }

        foreach (PendingUpload upload in await new PendingUploadService(lease?.Session).ListAsync(ResourceGroupName, JournalPath, context).ConfigureAwait(false))
        {
            await sink.WriteObjectAsync(upload).ConfigureAwait(false);
        }
    }
}

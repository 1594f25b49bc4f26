using System.Globalization;
using System.Management.Automation;
using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Commands.Disks;

/// <summary>Tells what a disk image is, what it holds, and whether Azure can take it, without mounting or copying it.</summary>
[Cmdlet(VerbsCommon.Get, "AzVhdInfo", DefaultParameterSetName = PathSet)]
[OutputType(typeof(DiskInfo), typeof(DiskInconsistency))]
public sealed class GetAzVhdInfoCommand : DiskPathCmdlet
{
    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter]
    public DiskFormat? Format { get; set; }

    /// <summary>Instead, checks all structures against one another, and emits each inconsistency; nothing where there is none.</summary>
    [Parameter]
    public SwitchParameter Check { get; set; }

    private protected override Task ProcessDiskAsync(string path, IStreamSink sink, OperationContext context)
    {
        VirtualDiskOptions options = DiskOptions with { Format = Format };
        return Check ? CheckAsync(path, options, sink, context) : sink.WriteObjectAsync(DiskInspector.Inspect(path, options));
    }

    private static async Task CheckAsync(string path, VirtualDiskOptions options, IStreamSink sink, OperationContext context)
    {
        long count = 0;
        foreach (DiskInconsistency inconsistency in DiskChecker.Check(path, options))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            await sink.WriteObjectAsync(inconsistency).ConfigureAwait(false);
            count++;
        }

        sink.WriteVerbose(string.Format(CultureInfo.InvariantCulture, "{0}: {1} inconsistencies", path, count));
    }
}

using System.Globalization;
using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Commands.Disks;

/// <summary>
/// Tells what a disk image is, what it holds, and whether Azure can take it, without mounting or copying it. Disks in Azure, those of virtual
/// machines among them, are read where they lie.
/// </summary>
[Cmdlet(VerbsCommon.Get, "AzVhdInfo", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Get-AzVhdInfo.md")]
[OutputType(typeof(DiskInfo), typeof(DiskInconsistency))]
public sealed class GetAzVhdInfoCommand : AzureDiskCmdlet
{
    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    /// <summary>Instead, checks all structures against one another, and emits each inconsistency; nothing where there is none.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter Check { get; set; }

    private protected override DiskFormat? ImageFormat => Format;

    private protected override PreparedDisk Prepare(string path)
    {
        VirtualDiskOptions options = DiskOptions with { Format = Format };
        return Check ? new PreparedDisk(path, null, (sink, context) => CheckAsync(path, options, sink, context)) : base.Prepare(path);
    }

    private protected override DiskReading PrepareReading() => static async (disk, sink, context) =>
    {
        DiskInfo info = await OwnThread.RunAsync(() => disk.Image.Info).ConfigureAwait(false);
        sink.Explain(info);
        await sink.WriteObjectAsync(info).ConfigureAwait(false);
    };

    private static async Task CheckAsync(string path, VirtualDiskOptions options, IStreamSink sink, OperationContext context)
    {
        long count = 0;
        foreach (DiskInconsistency inconsistency in DiskChecker.Check(path, options, context.Cancellation))
        {
            await sink.WriteObjectAsync(inconsistency).ConfigureAwait(false);
            count++;
        }

        sink.WriteVerbose(string.Format(CultureInfo.InvariantCulture, "{0}: {1} inconsistencies", path, count));
    }
}

using System.Management.Automation;
using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Commands.Disks;

/// <summary>Tells what a disk image is, what it holds, and whether Azure can take it, without mounting or copying it.</summary>
[Cmdlet(VerbsCommon.Get, "AzVhdInfo", DefaultParameterSetName = PathSet)]
[OutputType(typeof(DiskInfo))]
public sealed class GetAzVhdInfoCommand : DiskPathCmdlet
{
    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter]
    public DiskFormat? Format { get; set; }

    private protected override Task ProcessDiskAsync(string path, IStreamSink sink, OperationContext context)
        => sink.WriteObjectAsync(DiskInspector.Inspect(path, DiskOptions with { Format = Format }));
}

using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Repair;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Commands.Repair;

/// <summary>
/// Lists the changes to disk images that are kept beside them, in NAME.azrepair, and warns where they were made for another disk, or
/// the disk was written to since.
/// </summary>
[Cmdlet(VerbsCommon.Get, "AzVhdRepair", DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Get-AzVhdRepair.md")]
[OutputType(typeof(DiskRepair))]
public sealed class GetAzVhdRepairCommand : DiskPathCmdlet
{
    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    private protected override PreparedDisk Prepare(string path)
    {
        VirtualDiskOptions options = DiskOptions with { Format = Format };
        return new PreparedDisk(path, null, async (sink, context) =>
        {
            IReadOnlyList<DiskRepair> repairs = DiskRepair.List(path, context.Cancellation);
            if (repairs.Count > 0)
            {
                WarnUnlessFitting(path, options, sink, context);
            }

            foreach (DiskRepair repair in repairs)
            {
                await sink.WriteObjectAsync(repair).ConfigureAwait(false);
            }
        });
    }

    private static void WarnUnlessFitting(string path, VirtualDiskOptions options, IStreamSink sink, OperationContext context)
    {
        try
        {
            DiskRepair.Check(path, options, context.Cancellation);
        }
        catch (DiskRepairException refusal) when (refusal.Problem == DiskRepairProblem.RepairOfAnotherDisk)
        {
            sink.WriteWarning(refusal.Message);
        }
    }
}

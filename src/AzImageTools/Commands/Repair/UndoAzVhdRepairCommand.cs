using System.Management.Automation;
using AzImageTools.Disks;
using AzImageTools.Disks.Repair;
using AzImageTools.Pipeline;

namespace AzImageTools.Commands.Repair;

/// <summary>
/// Takes back changes to disk images that are kept beside them: all, or those from a number on, since each is made over those before
/// it. The disk itself was never written, and is not read.
/// </summary>
[Cmdlet(VerbsCommon.Undo, "AzVhdRepair", SupportsShouldProcess = true, DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Undo-AzVhdRepair.md")]
[OutputType(typeof(void))]
public sealed class UndoAzVhdRepairCommand : DiskPathCmdlet
{
    private readonly HashSet<string> _begun = new(StringComparer.Ordinal);

    /// <summary>The first change that is taken back, by its number, with all behind it; by default all are.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Number { get; set; } = 1;

    /// <summary>Removes NAME.azrepair whatever it holds, also where it can't be read any more.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override PreparedDisk Prepare(string path)
    {
        // Each change that Get-AzVhdRepair emits names the disk.
        bool isFirst = _begun.Add(path);
        (int number, bool discards) = (Number, Force);
        return new PreparedDisk(path, null, async (sink, context) =>
        {
            if (!isFirst)
            {
                return;
            }

            if (discards)
            {
                if (DiskRepair.Find(path) is { } file && await sink.ShouldProcessAsync($"Remove {PrintableText.Of(file)}, whatever it holds").ConfigureAwait(false))
                {
                    DiskRepair.Discard(path);
                }

                return;
            }

            IEnumerable<DiskRepair> taken = DiskRepair.List(path, context.Cancellation).Where(repair => repair.Number >= number);
            string description = string.Join("\n", taken.Select(static repair => repair.Description).Prepend($"Take back, of what is kept beside {PrintableText.Of(path)}:"));
            if (!taken.Any() || await sink.ShouldProcessAsync(description).ConfigureAwait(false))
            {
                DiskRepair.Undo(path, number, context.Cancellation);
            }
        });
    }
}

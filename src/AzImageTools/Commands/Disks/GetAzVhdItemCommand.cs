using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Disks.Items;
using AzImageTools.Pipeline;

namespace AzImageTools.Commands.Disks;

/// <summary>
/// Lists files and folders on the volumes of disk images, without mounting them. As Get-Item does, a path names the item
/// itself: what a folder holds is <c>Windows\*</c>, and all that is below it comes with -Recurse.
/// </summary>
[Cmdlet(VerbsCommon.Get, "AzVhdItem", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Get-AzVhdItem.md")]
[OutputType(typeof(DiskItem))]
public sealed class GetAzVhdItemCommand : AzureDiskCmdlet
{
    /// <summary>
    /// Paths from a volume's root, with '\' or '/' between names and wildcards in any of them. A backtick makes the next
    /// character stand for itself. A drive letter of the guest's Windows names the volume: <c>C:\Windows\*</c>.
    /// </summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DiskItemPathCompleter))]
    public string[]? ItemPath { get; set; }

    /// <summary>
    /// The volume, by its partition's number, label or drive letter; wildcards are allowed. Without it, the one with the guest's
    /// operating system; where that has no such item, every other that has.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DiskVolumeCompleter))]
    public string? Volume { get; set; }

    /// <summary>Lists what is below folders too; links are not followed.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Lists, in place of the items, their named streams of these names; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Stream { get; set; }

    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    private protected override DiskFormat? ImageFormat => Format;

    private protected override DiskReading PrepareReading()
    {
        (string[] itemPaths, string? volume, bool recurse, string[]? streams) = (ItemPath ?? ["*"], Volume, Recurse, Stream);
        return async (disk, sink, context) =>
        {
            using DiskItems items = new(disk.Image);
            foreach (string itemPath in itemPaths)
            {
                await sink.WriteFoundAsync(
                    items.Find(itemPath, volume, recurse),
                    item => streams is null
                        ? sink.WriteObjectAsync(item)
                        : sink.WriteFoundAsync(streams.SelectMany(name => items.FindStreams(item, name)), sink.WriteObjectAsync, context),
                    context).ConfigureAwait(false);
            }
        };
    }
}

using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Items;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Commands.Disks;

/// <summary>
/// Copies files and folders out of disk images, without mounting them. Whatever a guest calls them, they end up in the
/// destination: names that this machine could take for something else are changed. Links are not copied.
/// </summary>
[Cmdlet(VerbsCommon.Copy, "AzVhdItem", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(DiskItemCopy))]
public sealed class CopyAzVhdItemCommand : DiskPathCmdlet
{
    private const string InputObjectSet = "InputObject";

    private DestinationFolder? _destination;
    private DiskItems? _openDisk;

    /// <summary>Paths from a volume's root, with wildcards in any name; as for Get-AzVhdItem.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DiskItemPathCompleter))]
    public string[] ItemPath { get; set; } = [];

    /// <summary>Items that Get-AzVhdItem found.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public DiskItem? InputObject { get; set; }

    /// <summary>The folder to copy to; it is made where it is missing.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string Destination { get; set; } = string.Empty;

    /// <summary>The volume, by its partition's number or by its label, with wildcards; as for Get-AzVhdItem.</summary>
    [Parameter(ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DiskVolumeCompleter))]
    public string? Volume { get; set; }

    /// <summary>Copies folders, with all that is below them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Replaces files that are there without asking; each stays until the new one is whole.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter(ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    private protected override bool HasDisks => InputObject is not null || base.HasDisks;

    private protected override IEnumerable<string> ResolvePaths() => InputObject is null ? base.ResolvePaths() : [InputObject.DiskPath];

    private protected override async Task ProcessDiskAsync(string path, IStreamSink sink, OperationContext context)
    {
        if (InputObject is { } item)
        {
            DiskItems disk = KeepOpen(item, context.Cancellation);
            await sink.WriteFoundAsync([new Found<DiskItem>(item, null)], found => CopyAsync(disk, found, sink, context), context).ConfigureAwait(false);
            return;
        }

        using DiskItems items = new(OpenedImage.Open(path, DiskOptions with { Format = Format }, context.Cancellation));
        foreach (string itemPath in ItemPath)
        {
            await sink.WriteFoundAsync(items.Find(itemPath, Volume), found => CopyAsync(items, found, sink, context), context).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _openDisk?.Dispose();
            _destination?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Items that follow one another are mostly of one disk.</summary>
    private DiskItems KeepOpen(DiskItem item, CancellationToken cancellation)
    {
        if (_openDisk is null || !string.Equals(_openDisk.DiskPath, item.DiskPath, StringComparison.Ordinal))
        {
            _openDisk?.Dispose();
            _openDisk = null;
            _openDisk = DiskItems.OpenDiskOf(item, cancellation);
        }

        return _openDisk;
    }

    private async Task CopyAsync(DiskItems items, DiskItem item, IStreamSink sink, OperationContext context)
    {
        string folder = await sink.ResolvePathAsync(Destination).ConfigureAwait(false);
        string description = $"Copy {item} of {item.DiskPath}, volume {item.Volume}, to {folder}";
        if (!await sink.ShouldProcessAsync(PrintableText.Of(description)).ConfigureAwait(false))
        {
            return;
        }

        _destination ??= DestinationFolder.Create(folder);
        ItemCopyOptions options = new()
        {
            Recurse = Recurse,
            Force = Force,
            AskToReplace = refusal => sink.MayReplaceAsync(refusal).GetAwaiter().GetResult(),
            Warn = sink.WriteWarning,
            Note = sink.WriteVerbose,
            Progress = new CopyProgress(item, context),
            Cancellation = context.Cancellation,
        };
        await sink.WriteFoundAsync(new ItemCopier(items, _destination, options).Copy(item), sink.WriteObjectAsync, context).ConfigureAwait(false);
    }

    private sealed class CopyProgress(DiskItem item, OperationContext context) : IProgress<ItemCopyProgress>
    {
        private readonly string _activity = $"Copying {item} from {System.IO.Path.GetFileName(item.DiskPath)}";

        public void Report(ItemCopyProgress value) => context.Progress.Report(new OperationProgress
        {
            Activity = _activity,
            Status = $"{value.FileCount} files, {ByteSize.Format(value.BytesCopied)}: {value.ItemPath}",
        });
    }
}

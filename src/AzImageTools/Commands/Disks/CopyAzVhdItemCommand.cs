using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Disks.Items;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Remote;

namespace AzImageTools.Commands.Disks;

/// <summary>
/// Copies files and folders out of disk images, without mounting them. Whatever a guest calls them, they end up in the
/// destination: names that this machine could take for something else are changed. Links are not copied. Disks in Azure are read where they lie.
/// </summary>
[Cmdlet(VerbsCommon.Copy, "AzVhdItem", SupportsShouldProcess = true, DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Copy-AzVhdItem.md")]
[OutputType(typeof(DiskItemCopy))]
public sealed class CopyAzVhdItemCommand : AzureDiskCmdlet
{
    /// <summary>Items of disks in Azure that were piped, by the disk and where they are copied to.</summary>
    private readonly Dictionary<(string DiskPath, string Destination), List<DiskItem>> _remoteItems = [];

    /// <summary>The folders that are copied to: what is put into one of them knows which names are taken there.</summary>
    private readonly Dictionary<string, DestinationFolder> _destinations = new(StringComparer.Ordinal);

    /// <summary>Disks that are read side by side write in turn.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    private DiskItems? _openDisk;

    /// <summary>Paths from a volume's root, with wildcards in any name; as for Get-AzVhdItem.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ItemPath, Position = 1, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ItemPath, Position = 1, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ItemPath, Position = 1, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ItemPath, Position = 1, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ItemPath, Position = 1, ParameterSetName = SasSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DiskItemPathCompleter))]
    public string[] ItemPath { get; set; } = [];

    /// <summary>Items that Get-AzVhdItem found; or, with -ItemPath, a disk in Azure, as Get-AzVM, Get-AzDisk, Get-AzSnapshot or Send-AzVhd emits it.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    [ItemOrDisk]
    public override PSObject? InputObject { get; set; }

    /// <summary>How many disks in Azure are read side by side at most. Disk images are copied from one after another.</summary>
    [Parameter(ParameterSetName = ResourceIdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [ValidateRange(1, Fleet.LargestThrottleLimit)]
    public override int? ThrottleLimit { get; set; }

    /// <summary>The folder to copy to; it is made where it is missing.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.DestinationFolder, Position = 2, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string Destination { get; set; } = string.Empty;

    /// <summary>The volume, by its partition's number or by its label, with wildcards; as for Get-AzVhdItem.</summary>
    [Parameter(ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = SasSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet)]
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
    [Parameter(ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = SasSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    private protected override DiskFormat? ImageFormat => Format;

    private protected override bool RunsTogether => false;

    private protected override bool IsRemote => Item is null && base.IsRemote;

    private protected override bool HasDisks => Item is not null || base.HasDisks;

    private DiskItem? Item => InputObject?.BaseObject as DiskItem;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Item is { } item && RemoteNameOf(item) is { } request)
        {
            AddRemote(item, request);
        }
        else
        {
            base.ProcessRecord();
        }
    }

    private protected override IEnumerable<string> ResolvePaths() => Item is null ? base.ResolvePaths() : [Item.DiskPath];

    private protected override PreparedDisk Prepare(string path)
    {
        string destination = Destination;
        return Item is not { } item ? base.Prepare(path) : new PreparedDisk(path, null, (sink, context)
            => CopyItemsAsync(KeepOpen(item, context.Cancellation), [item], destination, sink, context));
    }

    private protected override DiskReading PrepareReading()
    {
        (string[] itemPaths, string? volume, string destination) = (ItemPath, Volume, Destination);
        if (itemPaths.Length == 0)
        {
            throw new ImageServiceException(
                "ItemPathMissing", ErrorKind.InvalidArgument, "It is not said what is to be copied of the disk.", "Give -ItemPath, or pipe what Get-AzVhdItem emits.", nameof(ItemPath));
        }

        return async (disk, sink, context) =>
        {
            using DiskItems items = new(disk.Image);
            foreach (string itemPath in itemPaths)
            {
                await sink.WriteFoundAsync(items.Find(itemPath, volume), found => CopyAsync(items, found, destination, sink, context), context).ConfigureAwait(false);
            }
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _openDisk?.Dispose();
            foreach (DestinationFolder folder in _destinations.Values)
            {
                folder.Dispose();
            }

            _turn.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The disk in Azure that an item was found on; null for one of a file on this machine.</summary>
    private static RemoteDiskRequest? RemoteNameOf(DiskItem item)
        => item.DiskPath.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase) && !File.Exists(item.DiskPath) ? new RemoteDiskRequest { ResourceId = item.DiskPath }
            : Uri.TryCreate(item.DiskPath, UriKind.Absolute, out Uri? address) && address.Scheme == Uri.UriSchemeHttps ? new RemoteDiskRequest { BlobUri = address }
            : null;

    /// <summary>All items of a disk in Azure are copied when it has been opened once.</summary>
    private void AddRemote(DiskItem item, RemoteDiskRequest request)
    {
        string destination = Destination;
        if (_remoteItems.TryGetValue((item.DiskPath, destination), out List<DiskItem>? others))
        {
            others.Add(item);
            return;
        }

        List<DiskItem> items = [item];
        _remoteItems.Add((item.DiskPath, destination), items);
        DiskReading reading = async (disk, sink, context) =>
        {
            using DiskItems open = new(disk.Image);
            await CopyItemsAsync(open, items, destination, sink, context).ConfigureAwait(false);
        };
        RunLater(PrepareRemote(request with { DiskAccessId = DiskAccessId, TemporaryResourceGroupName = TemporaryResourceGroupName, Tags = ParameterReader.ReadTags(Tag) }, reading));
    }

    private Task CopyItemsAsync(DiskItems disk, IReadOnlyList<DiskItem> items, string destination, IStreamSink sink, OperationContext context)
        => sink.WriteFoundAsync(items.Select(item => new Found<DiskItem>(item, null)), found => CopyAsync(disk, found, destination, sink, context), context);

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

    private async Task CopyAsync(DiskItems items, DiskItem item, string destination, IStreamSink sink, OperationContext context)
    {
        string folder = await sink.ResolvePathAsync(destination).ConfigureAwait(false);
        string description = $"Copy {item} of {item.DiskPath}, volume {item.Volume}, to {folder}";
        if (!await sink.ShouldProcessAsync(PrintableText.Of(description)).ConfigureAwait(false))
        {
            return;
        }

        await _turn.WaitAsync(context.Cancellation).ConfigureAwait(false);
        try
        {
            await CopyToAsync(folder, items, item, sink, context).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task CopyToAsync(string folder, DiskItems items, DiskItem item, IStreamSink sink, OperationContext context)
    {
        if (!_destinations.TryGetValue(folder, out DestinationFolder? destination))
        {
            destination = DestinationFolder.Create(folder);
            _destinations.Add(folder, destination);
        }

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
        await sink.WriteFoundAsync(new ItemCopier(items, destination, options).Copy(item), sink.WriteObjectAsync, context).ConfigureAwait(false);
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

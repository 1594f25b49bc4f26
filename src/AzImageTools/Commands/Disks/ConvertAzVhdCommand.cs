using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Commands.Disks;

/// <summary>
/// Converts disk images to the fixed VHD that Azure takes. Needed only where a file is wanted: Send-AzVhd converts while it
/// uploads. The VHD gets its name when it is whole, and takes the room of its data where the file system has holes.
/// </summary>
[Cmdlet(VerbsData.Convert, "AzVhd", SupportsShouldProcess = true, DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Convert-AzVhd.md")]
[OutputType(typeof(VhdConversion))]
[OutputType(typeof(Job))]
public sealed class ConvertAzVhdCommand : DiskPathCmdlet
{
    /// <summary>The VHD to make; or an existing folder, for VHDs with the names of the disk images.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string Destination { get; set; } = string.Empty;

    /// <summary>Replaces a file that is there without asking; it stays until the new one is whole.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    /// <summary>
    /// Leaves out what the guest's file systems have as free: it reads as zeros in the VHD, which is then not identical to the
    /// disk. Volumes that are dirty, hibernated, encrypted, with shadow copies or not known are left whole, with a warning.
    /// </summary>
    [Parameter]
    public SwitchParameter SkipFreeSpace { get; set; }

    /// <summary>Converts the disk image with the changes that are kept beside it, in NAME.azrepair (see Set-AzVhdRegistryValue).</summary>
    [Parameter]
    public SwitchParameter UseRepair { get; set; }

    /// <summary>Runs in the background and returns a job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool? UsesRepair => UseRepair;

    private protected override bool RunsAsJob => AsJob;

    /// <summary>A job is one disk's.</summary>
    private protected override bool RunsTogether => !AsJob;

    private protected override PreparedDisk Prepare(string path)
    {
        string destination = GetUnresolvedProviderPathFromPSPath(Destination);
        string target = Directory.Exists(destination) ? System.IO.Path.Combine(destination, System.IO.Path.GetFileNameWithoutExtension(path) + ".vhd") : destination;
        VirtualDiskOptions options = DiskOptions with { Format = Format, ReadsAll = true };
        return new PreparedDisk(path, target, (sink, context) => ConvertAsync(path, options, destination, sink, context));
    }

    private async Task ConvertAsync(string path, VirtualDiskOptions options, string destination, IStreamSink sink, OperationContext context)
    {
        using OpenedImage image = OpenedImage.Open(path, options, context.Cancellation);
        if (await PrepareAsync(image, destination, sink).ConfigureAwait(false) is not { } converter)
        {
            return;
        }

        sink.WriteVerbose($"{path}: read as {converter.Disk.Format} {converter.Disk.SubFormat}{(Format is null ? ", by its content" : ", as asked for")}.");
        foreach (string warning in converter.Warnings)
        {
            sink.WriteWarning(warning);
        }

        string description = $"Convert {path} ({converter.Disk.Format} {converter.Disk.SubFormat}, {ByteSize.Format(converter.Disk.Capacity)}) to the fixed VHD {converter.Destination} "
            + $"({ByteSize.Format(converter.Capacity)}, of which at most {ByteSize.Format(converter.BytesToCopy)} written)"
            + (UseRepair ? ", with the changes that are kept beside it" : string.Empty)
            + (converter.FreeSpace is { } freeSpace ? $", {freeSpace.Summary}" : string.Empty);
        if (await sink.ShouldProcessAsync(PrintableText.Of(description)).ConfigureAwait(false))
        {
            ConversionProgress progress = new(converter, context);
            await sink.WriteObjectAsync(converter.Run(progress, context.Cancellation)).ConfigureAwait(false);
        }
    }

    /// <summary>What is to be done; null where the user wants what is there to stay.</summary>
    private async Task<VhdConverter?> PrepareAsync(OpenedImage image, string destination, IStreamSink sink)
    {
        VhdConversionOptions options = new() { Force = Force, SkipFreeSpace = SkipFreeSpace };
        try
        {
            return VhdConverter.Prepare(image, destination, options);
        }
        catch (VhdConversionException refusal) when (refusal.Problem == VhdConversionProblem.DestinationExists)
        {
            return await sink.MayReplaceAsync(refusal).ConfigureAwait(false) ? VhdConverter.Prepare(image, destination, options with { Force = true }) : null;
        }
    }

    private sealed class ConversionProgress(VhdConverter converter, OperationContext context) : IProgress<long>
    {
        private readonly long _started = context.Time.GetTimestamp();
        private readonly long _total = converter.BytesToCopy;
        private readonly string _activity = $"Converting {System.IO.Path.GetFileName(converter.Disk.Path)}";

        public void Report(long value)
        {
            TimeSpan elapsed = context.Time.GetElapsedTime(_started);
            double share = Math.Min(1, value / (double)_total);
            context.Progress.Report(new OperationProgress
            {
                Activity = _activity,
                Status = $"{ByteSize.Format(value)} of {ByteSize.Format(_total)}",
                PercentComplete = 100 * share,
                TimeLeft = TimeSpan.FromSeconds(elapsed.TotalSeconds * (1 - share) / share),
            });
        }
    }
}

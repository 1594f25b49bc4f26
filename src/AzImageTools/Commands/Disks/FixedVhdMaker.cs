using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Commands.Disks;

/// <summary>Makes fixed VHDs of disk images.</summary>
/// <param name="destination">The VHD's full path; or an existing folder, for VHDs with the names of the disk images.</param>
/// <param name="conversion">How.</param>
internal sealed class FixedVhdMaker(string destination, VhdConversionOptions conversion)
{
    /// <summary>The VHD that is made of a disk image.</summary>
    public string TargetOf(string path) => Directory.Exists(destination) ? Path.Combine(destination, Path.GetFileNameWithoutExtension(path) + ".vhd") : destination;

    /// <summary>Makes the VHD of one disk image.</summary>
    /// <param name="path">The disk image's full path.</param>
    /// <param name="options">How to open it.</param>
    /// <param name="sink">Where to write warnings, and to ask.</param>
    /// <param name="context">Progress, cancellation, clock.</param>
    /// <returns>What was made; null where that was not wanted.</returns>
    public async Task<VhdConversion?> RunAsync(string path, VirtualDiskOptions options, IStreamSink sink, OperationContext context)
    {
        using OpenedImage image = OpenedImage.Open(path, options with { ReadsAll = true }, context.Cancellation);
        if (await PrepareAsync(image, sink).ConfigureAwait(false) is not { } converter)
        {
            return null;
        }

        sink.WriteVerbose($"{path}: read as {converter.Disk.Format} {converter.Disk.SubFormat}{(options.Format is null ? ", by its content" : ", as asked for")}.");
        foreach (string warning in converter.Warnings)
        {
            sink.WriteWarning(warning);
        }

        string description = $"Convert {path} ({converter.Disk.Format} {converter.Disk.SubFormat}, {ByteSize.Format(converter.Disk.Capacity)}) to the fixed VHD {converter.Destination} "
            + $"({ByteSize.Format(converter.Capacity)}, of which at most {ByteSize.Format(converter.BytesToCopy)} written)"
            + (options.UsesRepair ? ", with the changes that are kept beside it" : string.Empty)
            + (converter.FreeSpace is { } freeSpace ? $", {freeSpace.Summary}" : string.Empty);
        return await sink.ShouldProcessAsync(PrintableText.Of(description)).ConfigureAwait(false)
            ? converter.Run(new ConversionProgress(converter, context), context.Cancellation)
            : null;
    }

    /// <summary>What is to be done; null where the user wants what is there to stay.</summary>
    private async Task<VhdConverter?> PrepareAsync(OpenedImage image, IStreamSink sink)
    {
        try
        {
            return VhdConverter.Prepare(image, destination, conversion);
        }
        catch (VhdConversionException refusal) when (refusal.Problem == VhdConversionProblem.DestinationExists)
        {
            return await sink.MayReplaceAsync(refusal).ConfigureAwait(false) ? VhdConverter.Prepare(image, destination, conversion with { Force = true }) : null;
        }
    }

    private sealed class ConversionProgress(VhdConverter converter, OperationContext context) : IProgress<long>
    {
        private readonly long _started = context.Time.GetTimestamp();
        private readonly long _total = converter.BytesToCopy;
        private readonly string _activity = $"Converting {Path.GetFileName(converter.Disk.Path)}";

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

using System.Diagnostics;
using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Reports;

namespace AzImageTools.Benchmarks;

/// <summary>What this program does when it is started to be measured.</summary>
internal static class EngineProcess
{
    public const string ConvertMode = "engine-convert";
    public const string ExtentsMode = "engine-extents";
    public const string ScanMode = "engine-scan";
    public const string InspectMode = "engine-inspect";
    public const string ReportMode = "engine-report";
    public const string Flushed = "flushed";
    public const string Unflushed = "unflushed";

    public static int Convert(string source, string destination, bool flushes)
    {
        using VirtualDisk disk = DiskOpener.Open(source);
        VhdConverter.Prepare(new OpenedImage(disk), destination, new VhdConversionOptions { FlushesToDevice = flushes }).Run();
        return 0;
    }

    /// <summary>Prints how many seconds looking for zeros takes in what a conversion of a disk reads: each piece just read, as there.</summary>
    public static int Scan(string source)
    {
        const int ChunkSize = 1 << 20;
        const int Grain = 64 << 10;
        byte[] buffer = new byte[ChunkSize];
        long ticks = 0;
        using VirtualDisk disk = DiskOpener.Open(source);
        foreach (DiskExtent extent in disk.GetExtents(0, disk.Capacity))
        {
            for (long offset = extent.Offset; offset < extent.End; offset += ChunkSize)
            {
                Span<byte> chunk = buffer.AsSpan(0, (int)Math.Min(ChunkSize, extent.End - offset));
                disk.Read(offset, chunk);
                long start = Stopwatch.GetTimestamp();
                for (; chunk.Length > 0; chunk = chunk[Math.Min(Grain, chunk.Length)..])
                {
                    ZeroScanner.IsZero(chunk[..Math.Min(Grain, chunk.Length)]);
                }

                ticks += Stopwatch.GetTimestamp() - start;
            }
        }

        Console.WriteLine((ticks / (double)Stopwatch.Frequency).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    /// <summary>Prints how many milliseconds it took to open a disk and find its first and its last extent.</summary>
    public static int FindExtents(string source)
    {
        long start = Stopwatch.GetTimestamp();
        using VirtualDisk disk = DiskOpener.Open(source);
        DiskExtent? first = null;
        DiskExtent last = default;
        foreach (DiskExtent extent in disk.GetExtents(0, disk.Capacity))
        {
            first ??= extent;
            last = extent;
        }

        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0}"));
        return first is { Offset: 0 } && last.End == disk.Capacity ? 0 : 1;
    }

    /// <summary>Judges a disk and writes the page; prints the seconds that it took since this program's first line, and how many bytes were read.</summary>
    public static int Report(string source)
    {
        long start = Stopwatch.GetTimestamp();
        using VirtualDisk disk = DiskOpener.Open(source);
        using OfflineGuest guest = OfflineGuest.Open(new OpenedImage(disk));
        ReadinessReport report = ReadinessCheck.Run(guest);
        string page = ReadinessReportFile.Format([report], ReadinessReportFormat.Html);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds:0.000} {report.BytesRead}"));
        return page.Length > 0 && report.Guest?.Family == GuestFamily.Windows ? 0 : 1;
    }

    /// <summary>Looks at a disk as Get-AzVhdInfo does; prints how many volumes it has.</summary>
    public static int Inspect(string source)
    {
        using VirtualDisk disk = DiskOpener.Open(source);
        Console.WriteLine(new OpenedImage(disk).Info.Volumes.Count.ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}

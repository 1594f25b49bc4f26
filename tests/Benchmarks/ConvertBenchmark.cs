using System.Globalization;

namespace AzImageTools.Benchmarks;

/// <summary>Converts disks of every format to fixed VHDs, by turns with the engine and with qemu-img, and prints how they compare.</summary>
internal sealed class ConvertBenchmark
{
    private const long Gibibyte = 1L << 30;
    private const string QemuImg = "qemu-img";

    private readonly string _folder;
    private readonly int _runs;
    private readonly string _output;

    private ConvertBenchmark(string folder, int runs)
    {
        _folder = folder;
        _runs = runs;
        _output = Path.Combine(folder, "output.vhd");
    }

    public static int Run(string[] options)
    {
        if (BenchmarkOptions.Read(options, 8 * Gibibyte) is not { } read)
        {
            return 2;
        }

        using CompetingLoad load = new(read.Load);
        read.RunInFolder(folder => new ConvertBenchmark(folder, read.Runs).Run(read.Size, read.From));
        return 0;
    }

    private void Run(long size, string from)
    {
        string raw = Path.Combine(_folder, "disk.raw");
        GuestDisk.Create(raw, size);
        Console.WriteLine(Text($"Disk of {size / (double)Gibibyte:0.##} GiB, medians of {_runs} runs by turns, warm cache; each figure is the engine's / qemu-img's, and their ratio."));
        Console.WriteLine();
        Console.WriteLine("| From | Flushed | Wall s | Ratio | Goal | CPU s | Ratio | Goal | Peak MiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        List<(string Title, double Scan, double Cpu)> scans = [];
        foreach (PeerFormat format in PeerFormat.All.Where(format => format.Title.Contains(from, StringComparison.OrdinalIgnoreCase)))
        {
            string source = format.Make(raw);
            double cpu = Compare(format, source, format.WallGoal, flushes: false);
            if (format.FlushedGoal is double goal)
            {
                Compare(format, source, goal, flushes: true);
            }

            scans.Add((format.Title, MeasureScan(source), cpu));
            if (source != raw)
            {
                File.Delete(source);
            }
        }

        Console.WriteLine();
        Console.WriteLine("| From | Zero scan, CPU s | Share of the conversion's CPU | Goal |");
        Console.WriteLine("|---|---|---|---|");
        foreach ((string title, double scan, double cpu) in scans)
        {
            Console.WriteLine(Text($"| {title} | {scan:0.000} | {scan / cpu:0.0%} | 10% |"));
        }

        Console.WriteLine();
        Console.WriteLine("| First and last extent | Milliseconds | Peak MiB |");
        Console.WriteLine("|---|---|---|");
        FindExtents("127 GiB dynamic VHD", "large.vhd", "vpc", 127 * Gibibyte, "subformat=dynamic,force_size=on");
        FindExtents("64 TiB VHDX, 32 MiB blocks", "large.vhdx", "vhdx", 64 * 1024 * Gibibyte, "subformat=dynamic,block_size=32M");
    }

    /// <summary>Compares both on a disk; gives the processor time that ours took.</summary>
    private double Compare(PeerFormat format, string source, double goal, bool flushes)
    {
        List<Measurement> ours = [];
        List<Measurement> theirs = [];

        // The first turn warms the cache and shows that both make the same disk.
        TakeOurs(source, flushes);
        Measurement.Take(QemuImg, "compare", "-f", format.Driver, "-F", "vpc", source, _output);
        for (int run = 0; run < _runs; run++)
        {
            theirs.Add(TakeTheirs(format, source, flushes));
            ours.Add(TakeOurs(source, flushes));
        }

        File.Delete(_output);
        (double our, double their) wall = (ours.Median(m => m.Wall), theirs.Median(m => m.Wall));
        (double our, double their) cpu = (ours.Median(m => m.Cpu), theirs.Median(m => m.Cpu));
        Console.WriteLine(Text(
            $"| {format.Title} | {(flushes ? "yes" : "no")} | {wall.our:0.00} / {wall.their:0.00} | {wall.our / wall.their:0.00} | {goal:0.0} | {cpu.our:0.00} / {cpu.their:0.00} | {cpu.our / cpu.their:0.00} | {(flushes ? "" : "1.0")} | {ours.Median(m => m.PeakMemory) / (1 << 20):0} / {theirs.Median(m => m.PeakMemory) / (1 << 20):0} |"));
        return cpu.our;
    }

    private double MeasureScan(string source)
        => Enumerable.Range(0, _runs).Median(_ => double.Parse(Measurement.Take(Environment.ProcessPath!, EngineProcess.ScanMode, source).Output, CultureInfo.InvariantCulture));

    private Measurement TakeOurs(string source, bool flushes)
    {
        Prepare();
        return Measurement.Take(Environment.ProcessPath!, EngineProcess.ConvertMode, source, _output, flushes ? EngineProcess.Flushed : EngineProcess.Unflushed);
    }

    private Measurement TakeTheirs(PeerFormat format, string source, bool flushes)
    {
        Prepare();

        // qemu-img writes with the cache mode "unsafe", which never flushes, unless told otherwise.
        return Measurement.Take(
            QemuImg, ["convert", .. flushes ? ["-t", "writeback"] : Array.Empty<string>(), "-f", format.Driver, "-O", "vpc", "-o", "subformat=fixed,force_size=on", source, _output]);
    }

    /// <summary>
    /// What an earlier run left to be written is not paid by the next: it goes with its file. The next follows at once:
    /// memory that a virtual machine leaves free for some seconds may go back to the host, and bringing it again costs more than
    /// the conversion.
    /// </summary>
    private void Prepare() => File.Delete(_output);

    private void FindExtents(string title, string fileName, string driver, long capacity, string createOptions)
    {
        string path = Path.Combine(_folder, fileName);
        EmptyDisk.Create(path, driver, capacity, createOptions);
        List<Measurement> ours = [.. Enumerable.Range(0, _runs + 1).Select(_ => Measurement.Take(Environment.ProcessPath!, EngineProcess.ExtentsMode, path)).Skip(1)];
        double milliseconds = ours.Median(m => double.Parse(m.Output, CultureInfo.InvariantCulture));
        Console.WriteLine(Text($"| {title} | {milliseconds:0} | {ours.Median(m => m.PeakMemory) / (1 << 20):0} |"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace AzImageTools.Benchmarks;

/// <summary>Judges a large disk in a process of its own, from each format, and prints what it takes.</summary>
internal static class ReportBenchmark
{
    private const long Gibibyte = 1L << 30;
    private const double WallGoal = 0.5;
    private const int ReadGoal = 64;
    private const int MemoryGoal = 120;
    private const int PowerShellGoal = 60;

    public static int Run(string[] options)
    {
        if (BenchmarkOptions.Read(options, 127 * Gibibyte) is not { } read)
        {
            return 2;
        }

        read.RunInFolder(folder => Run(folder, read));
        return 0;
    }

    private static void Run(string folder, BenchmarkOptions options)
    {
        string raw = Path.Combine(folder, "disk.raw");
        if (!File.Exists(raw))
        {
            ReportDisk.Create(raw, options.Size, options.Files);
        }

        Console.WriteLine(Text($"Disk of {options.Size / (double)Gibibyte:0.##} GiB with {options.Files} small files, medians of {options.Runs} runs, warm cache. Goals: {WallGoal} s after the process's start, {ReadGoal} MiB read, {MemoryGoal} MiB of memory."));
        Console.WriteLine();
        Console.WriteLine("| Disk | Process, s | After its start, s | Read, MiB | Peak, MiB |");
        Console.WriteLine("|---|---|---|---|---|");
        Measure("raw, sparse", raw, options.Runs);
        foreach ((string title, string name, string driver, string create) in new[]
        {
            ("VHD, dynamic", "disk.vhd", "vpc", "subformat=dynamic,force_size=on"),
            ("VHDX, 32 MiB blocks", "disk.vhdx", "vhdx", "subformat=dynamic,block_size=32M"),
            ("QCOW2", "disk.qcow2", "qcow2", "cluster_size=64k"),
        })
        {
            string path = Path.Combine(folder, name);
            Measurement.Take("qemu-img", "convert", "-f", "raw", "-O", driver, "-o", create, raw, path);
            Measure(title, path, options.Runs);
            File.Delete(path);
        }

        PowerShellProcess.Measure(
            [("readiness report of the raw disk", $"Test-SysprepReadiness -LiteralPath '{raw}' | Export-AzImageReadinessReport -Path '{Path.Combine(folder, "page.html")}' -Force")],
            PowerShellGoal,
            options.Runs);
    }

    private static void Measure(string title, string path, int runs)
    {
        List<Measurement> taken = [.. Enumerable.Range(0, runs + 1).Select(_ => Measurement.Take(Environment.ProcessPath!, EngineProcess.ReportMode, path)).Skip(1)];
        double[][] figures = [.. taken.Select(measurement => measurement.Output.Split(' ').Select(figure => double.Parse(figure, CultureInfo.InvariantCulture)).ToArray())];
        Console.WriteLine(Text(
            $"| {title} | {taken.Median(one => one.Wall):0.00} | {figures.Median(one => one[0]):0.00} | {figures.Median(one => one[1]) / (1 << 20):0.0} | {taken.Median(one => (double)one.PeakMemory) / (1 << 20):0} |"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

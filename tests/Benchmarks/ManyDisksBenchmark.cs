using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>Looks through a folder of large disks in PowerShell, one at a time and side by side, and prints what each takes.</summary>
internal static class ManyDisksBenchmark
{
    private const long Gibibyte = 1L << 30;
    private const double SpeedGoal = 1.7;
    private const int MemoryGoal = 250;

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
        string first = Path.Combine(folder, "disk001.vhdx");
        if (!File.Exists(first))
        {
            ReportDisk.Create(raw, options.Size, options.Files);
            Measurement.Take("qemu-img", "convert", "-f", "raw", "-O", "vhdx", "-o", "subformat=dynamic", raw, first);
            File.Delete(raw);
        }

        for (int index = 2; index <= options.Count; index++)
        {
            string copy = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"disk{index:000}.vhdx"));
            if (!File.Exists(copy))
            {
                Measurement.Take("cp", "--sparse=always", first, copy);
            }
        }

        Console.WriteLine(Text($"VHDX of {options.Size / (double)Gibibyte:0.##} GiB with {options.Files} small files, by turns, medians of {options.Runs}, warm cache, {Environment.ProcessorCount} processors. Goals: {SpeedGoal} x, {MemoryGoal} MiB."));
        Console.WriteLine();
        Console.WriteLine("| Disks | Cmdlet | One at a time, s | Side by side, s | Times as fast | CPU s | CPU s | Peak MiB | Peak MiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (string cmdlet in new[] { "Test-SysprepReadiness", "Get-AzVhdInfo" })
        {
            Measure(folder, cmdlet, options.Count / 4, options.Runs);
            Measure(folder, cmdlet, options.Count, options.Runs);
        }

        Measure(folder, $"Convert-AzVhd -Force -Destination '{Path.Combine(folder, "out")}'", options.Count / 10, options.Runs);
    }

    private static void Measure(string folder, string cmdlet, int count, int runs)
    {
        string list = $"New-Item -ItemType Directory -Force '{Path.Combine(folder, "out")}' | Out-Null; $found = @(Get-ChildItem '{folder}/*.vhdx' | Select-Object -First {count.ToString(CultureInfo.InvariantCulture)} | {cmdlet}";
        string check = $"); if ($found.Count -ne {count.ToString(CultureInfo.InvariantCulture)}) {{ throw \"$($found.Count) objects\" }}";
        string import = $"$ErrorActionPreference = 'Stop'; Import-Module '{RepositoryPaths.ModuleManifest}'; ";
        List<Measurement> one = [];
        List<Measurement> several = [];
        for (int run = 0; run <= runs; run++)
        {
            one.Add(Take($"{import}{list} -ThrottleLimit 1{check}"));
            several.Add(Take($"{import}{list} -ThrottleLimit {Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)}{check}"));
        }

        // The first of each fills the cache.
        one.RemoveAt(0);
        several.RemoveAt(0);
        Console.WriteLine(Text(
            $"| {count} | {cmdlet.Split(' ')[0]} | {one.Median(taken => taken.Wall):0.00} | {several.Median(taken => taken.Wall):0.00} | {one.Median(taken => taken.Wall) / several.Median(taken => taken.Wall):0.00} | {one.Median(taken => taken.Cpu):0.00} | {several.Median(taken => taken.Cpu):0.00} | {one.Median(taken => taken.PeakMemory) / (1 << 20):0} | {several.Median(taken => taken.PeakMemory) / (1 << 20):0} |"));
    }

    private static Measurement Take(string script) => Measurement.Take("dotnet", PowerShellProgram.Arguments("-Command", script));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

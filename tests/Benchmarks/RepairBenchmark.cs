using System.Diagnostics;
using System.Globalization;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Repair;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Benchmarks;

/// <summary>Repairs a Windows on a VHDX, in a process of its own, and prints what it takes: what is read of it, and what is written at all.</summary>
internal static class RepairBenchmark
{
    public const string Mode = "engine-repair";

    private const long Gibibyte = 1L << 30;
    private const double WallGoal = 5;
    private const int ReadGoal = 16;
    private const int Repetitions = 9;

    private static readonly string[] NvmeAndRdp = ["NvmeDrivers", "Rdp*"];

    public static int Run(string[] options)
    {
        if (BenchmarkOptions.Read(options, 8 * Gibibyte) is not { } read)
        {
            return 2;
        }

        read.RunInFolder(folder => Run(folder, read));
        return 0;
    }

    /// <summary>Repairs a disk. Prints seconds, seconds of the processor, bytes read, bytes written, what came of it, and the median of the processor's seconds of doing it again.</summary>
    /// <param name="path">The disk.</param>
    /// <param name="all">Whether all rules for Azure are repaired, in place of those of NVMe and Remote Desktop.</param>
    public static int Repair(string path, bool all)
    {
        ReadinessOptions asked = new() { Purpose = ReadinessPurpose.AzureUpload, Include = all ? [] : NvmeAndRdp };
        (long readBefore, long writtenBefore) = ReadCounters();
        long start = Stopwatch.GetTimestamp();
        (double cpu, int changes) = RepairOnce(path, asked);
        int left = Judge(path, asked).Count(static planned => planned.Edits.Count > 0);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        (long read, long written) = ReadCounters();
        List<double> again = [];
        for (int run = 0; run < Repetitions; run++)
        {
            File.Delete(path + ".azrepair");
            again.Add(RepairOnce(path, asked).Cpu);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds:0.000} {cpu:0.000} {read - readBefore} {written - writtenBefore} {changes} {left} {again.Median():0.000}"));
        return 0;
    }

    private static (double Cpu, int Changes) RepairOnce(string path, ReadinessOptions asked)
    {
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        int changes = 0;
        foreach (PlannedRepair planned in Judge(path, asked).Where(static planned => planned.Edits.Count > 0))
        {
            using GuestRepair repair = GuestRepair.Open(path);
            changes += planned.Edits.Select(repair.Apply).Count(static change => change is { IsChanged: true });
            repair.Keep(planned.Finding.Id);
        }

        return ((Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds, changes);
    }

    private static IReadOnlyList<PlannedRepair> Judge(string path, ReadinessOptions asked)
    {
        using OpenedImage image = OpenedImage.Open(path, new VirtualDiskOptions { UsesRepair = DiskRepair.Find(path) is not null });
        return PlannedRepair.FindAll(image, asked);
    }

    private static void Run(string folder, BenchmarkOptions options)
    {
        string disk = Prepare(folder, "repair.vhdx", options, data: 0);
        string hash = Measurement.Take("sha256sum", disk).Output;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"VHDX of {options.Size / (double)Gibibyte:0.##} GiB with {options.Files} small files, medians of {options.Runs} runs, warm cache. Goals for NVMe and RDP: {WallGoal} s, {ReadGoal} MiB read, nothing written but the file of changes."));
        Console.WriteLine();
        Console.WriteLine("| Rules | Changes | Left | Wall s | CPU s | CPU s, again | Read, MiB | Written, KiB | File of changes, KiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach ((string title, string rules) in new[] { ("NVMe and RDP", "some"), ("all for Azure", "all") })
        {
            List<double[]> taken = [];
            long kept = 0;
            for (int run = 0; run <= options.Runs; run++)
            {
                File.Delete(disk + ".azrepair");
                string output = Measurement.Take(Environment.ProcessPath!, Mode, disk, rules).Output;
                kept = new FileInfo(disk + ".azrepair").Length;
                if (run > 0)
                {
                    taken.Add([.. output.Split(' ').Select(static figure => double.Parse(figure, CultureInfo.InvariantCulture))]);
                }
            }

            double[] figures = [.. Enumerable.Range(0, 7).Select(index => taken.Median(one => one[index]))];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {title} | {figures[4]:0} | {figures[5]:0} | {figures[0]:0.00} | {figures[1]:0.000} | {figures[6]:0.000} | {figures[2] / (1 << 20):0.0} | {figures[3] / 1024:0} | {kept / 1024.0:0} |"));
        }

        File.Delete(disk + ".azrepair");
        Console.WriteLine();
        Console.WriteLine($"The disk is {(Measurement.Take("sha256sum", disk).Output == hash ? "as it was" : "ANOTHER")}.");
        RepairedUpload.Measure(folder, Prepare(folder, "data.vhdx", options, options.Size - Gibibyte), options.Runs);
    }

    private static string Prepare(string folder, string name, BenchmarkOptions options, long data)
    {
        string disk = Path.Combine(folder, name);
        if (!File.Exists(disk))
        {
            Create(folder, disk, options, data);
        }

        return disk;
    }

    /// <summary>A Windows with drivers for NVMe that start on demand, and no Remote Desktop.</summary>
    private static void Create(string folder, string disk, BenchmarkOptions options, long data)
    {
        string raw = Path.Combine(folder, "disk.raw");
        string vhd = Path.Combine(folder, "spoilt.vhd");
        ReportDisk.Create(raw, options.Size, options.Files, data);
        using (GuestRepair spoil = GuestRepair.Open(raw))
        {
            foreach (string driver in new[] { "stornvme", "vpci" })
            {
                spoil.Apply(new RegistryEdit($@"HKLM\SYSTEM\CurrentControlSet\Services\{driver}", "Start", RegistryValueType.DWord, 3u));
                spoil.Apply(new RegistryEdit($@"HKLM\SYSTEM\CurrentControlSet\Services\{driver}\StartOverride", "0", RegistryValueType.DWord, 3u));
            }

            spoil.Apply(new RegistryEdit(@"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server", "fDenyTSConnections", RegistryValueType.DWord, 1u));
            spoil.Apply(new RegistryEdit(@"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp", "PortNumber", RegistryValueType.DWord, 3390u));
            spoil.Keep();
        }

        using (OpenedImage image = OpenedImage.Open(raw, new VirtualDiskOptions { UsesRepair = true }))
        {
            VhdConverter.Prepare(image, vhd).Run();
        }

        Measurement.Take("qemu-img", "convert", "-f", "vpc", "-O", "vhdx", "-o", "subformat=dynamic,block_size=32M", vhd, disk);
        File.Delete(raw);
        File.Delete(raw + ".azrepair");
        File.Delete(vhd);
    }

    /// <summary>What this process has read and written so far, files, pipes and all (proc(5), /proc/pid/io).</summary>
    private static (long Read, long Written) ReadCounters()
    {
        string[] lines = File.ReadAllLines("/proc/self/io");
        return (Of("rchar:"), Of("wchar:"));

        long Of(string name) => long.Parse(lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..], CultureInfo.InvariantCulture);
    }
}

using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>Reads guests' files and registries, by turns with the engine and with the programs that others use, and prints how they compare.</summary>
internal sealed class ReadBenchmark
{
    private const long Gibibyte = 1L << 30;

    // Stands in a peer's arguments for the folder that the volume is mounted at.
    private const string Mount = "{mount}";
    private const long VolumeSize = 6 * Gibibyte;

    private static readonly string[] OptionNames = ["--files", "--runs", "--folder", "--keep", "--only"];

    private readonly string _folder;
    private readonly int _runs;
    private readonly int _files;

    private ReadBenchmark(string folder, int runs, int files)
    {
        _folder = folder;
        _runs = runs;
        _files = files;
    }

    private static string Engine => Environment.ProcessPath!;

    public static int Run(string[] options)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("Processes are measured on Linux only.");
            return 2;
        }

        string?[] values = [.. OptionNames.Select(name => Array.IndexOf(options, name) is int at and >= 0 && at + 1 < options.Length ? options[at + 1] : null)];
        if (options.Length != 2 * values.Count(static value => value is not null))
        {
            Console.Error.WriteLine($"The options are: {string.Join(' ', OptionNames)}, each with a value.");
            return 2;
        }

        int files = int.Parse(values[0] ?? "26915", CultureInfo.InvariantCulture);
        int runs = int.Parse(values[1] ?? "5", CultureInfo.InvariantCulture);
        string parent = values[2] ?? Path.GetTempPath();
        string? kept = values[3];
        string only = values[4] ?? string.Empty;
        string folder = Directory.CreateDirectory(kept ?? Path.Combine(parent, $"azimagetools-benchmark-{Environment.ProcessId}")).FullName;
        try
        {
            new ReadBenchmark(folder, runs, files).Run(only);
            return 0;
        }
        finally
        {
            if (kept is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private void Run(string only)
    {
        Console.WriteLine(Text($"{_files} files; medians of {_runs} runs by turns, warm cache. Each time is a whole process', its start included."));
        Console.WriteLine();
        Console.WriteLine("| Work | Engine | Peer | Ratio | Goal | More memory than an empty process |");
        Console.WriteLine("|---|---|---|---|---|---|");
        double empty = Measure(() => Read(ReaderProcess.Nothing, string.Empty)).Memory;
        foreach ((string name, Action<double> measure) in new (string, Action<double>)[] { ("ntfs", MeasureNtfs), ("hive", MeasureHive), ("ext", MeasureExt) })
        {
            if (only.Length == 0 || name == only)
            {
                measure(empty);
            }
        }
    }

    private void MeasureNtfs(double empty)
    {
        if (NtfsMount.Hindrance is { } hindrance)
        {
            Console.WriteLine($"| NTFS | not measured: volumes can't be mounted for ntfs-3g, {hindrance} | | | | |");
            return;
        }

        string volume = Path.Combine(_folder, "ntfs.img");
        string disk = Path.Combine(_folder, "disk.vhdx");
        MakeOnce(disk, () => MakeNtfsDisk(volume, disk));
        Measurement value = Read(ReaderProcess.Value, disk);
        (double milliseconds, _) = Median([.. Enumerable.Range(0, _runs).Select(_ => value = Read(ReaderProcess.Value, disk))], Inside);
        double mebibytes = double.Parse(value.Output.Split(' ')[0], CultureInfo.InvariantCulture) / (1 << 20);
        Console.WriteLine(Text($"| one registry value out of VHDX, NTFS and SOFTWARE, after the process' start | {milliseconds:0} ms, {mebibytes:0.00} MiB read | | | 50 ms, 4 MiB | |"));
        Compare("list the NTFS volume in a VHDX; `find` on ntfs-3g", 0.5, empty, () => Read(ReaderProcess.List, disk), () => OnMount(volume, "find", Mount));
        Compare("the same; `find -printf` of sizes and times, which the engine gives too", 0.5, empty, () => Read(ReaderProcess.List, disk), () => OnMount(volume, "find", Mount, "-printf", "%p %s %T@\\n"));
        Compare("read all of it; `cat` of every file on ntfs-3g", 0.4, empty, () => Read(ReaderProcess.Content, disk), () => OnMount(volume, "sh", "-c", "find \"$0\" -type f -print0 | xargs -0 cat | wc -c", Mount));
    }

    /// <summary>Makes what is read, unless a run before has left it.</summary>
    private static void MakeOnce(string path, Action make)
    {
        if (!File.Exists(path))
        {
            make();
        }
    }

    /// <summary>Has ntfs-3g write the tree and two hives to a volume, and lays that into a VHDX.</summary>
    private void MakeNtfsDisk(string volume, string disk)
    {
        using (FileStream file = File.Create(volume))
        {
            file.SetLength(VolumeSize);
        }

        Measurement.Take("mkntfs", "-F", "-Q", "-q", "-p", "0", "-H", "255", "-S", "63", volume);
        using (NtfsMount mount = NtfsMount.MountAsync(volume).GetAwaiter().GetResult())
        {
            GuestTree.Create(mount.FullName, _files);
            string configuration = Directory.CreateDirectory(Path.Combine(mount.FullName, "Windows", "System32", "config")).FullName;
            GuestHive.Unpack("SYSTEM", Path.Combine(configuration, "SYSTEM"));
            GuestHive.Unpack("SOFTWARE", Path.Combine(configuration, "SOFTWARE"));
        }

        string raw = Path.Combine(_folder, "disk.raw");
        GuestDisk.CreateWith(raw, volume);
        Measurement.Take("qemu-img", "convert", "-f", "raw", "-O", "vhdx", "-o", "subformat=dynamic", raw, disk);
        File.Delete(raw);
    }

    private Measurement OnMount(string volume, string program, params string[] arguments)
    {
        // Mounted anew each time: what the kernel remembers of the mount before would not be read by ntfs-3g again.
        using NtfsMount mount = NtfsMount.MountAsync(volume, "ro").GetAwaiter().GetResult();
        return Measurement.Take(program, [.. arguments.Select(argument => argument == Mount ? mount.FullName : argument)]);
    }

    private void MeasureHive(double empty)
    {
        string hive = Path.Combine(_folder, "SYSTEM");
        MakeOnce(hive, () => GuestHive.CreateLarge(hive));
        Compare("walk all keys and values of a SYSTEM hive with 43,000 keys; `hivexml`", 1.0, empty, () => Read(ReaderProcess.Hive, hive), () => Measurement.Take("hivexml", hive));
    }

    private void MeasureExt(double empty)
    {
        string copy = Path.Combine(_folder, "copy");
        string volume = Path.Combine(_folder, "ext4.img");
        MakeOnce(volume, () =>
        {
            // A device has no content to read.
            string tree = Path.Combine(_folder, "tree");
            Measurement.Take("debootstrap", "--variant=minbase", "bookworm", tree);
            Directory.Delete(Path.Combine(tree, "dev"), recursive: true);
            Measurement.Take("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, volume, Text($"{VolumeSize >> 20}M"));
            Directory.Delete(tree, recursive: true);
        });
        Compare("list and read a Debian root on ext4; `debugfs rdump`", 0.5, empty, () => Read(ReaderProcess.Content, volume), () =>
        {
            Directory.CreateDirectory(copy);
            Measurement measurement = Measurement.Take("debugfs", "-R", $"rdump / {copy}", volume);
            Directory.Delete(copy, recursive: true);
            return measurement;
        });
    }

    /// <summary>Measures both by turns; the first turn, which warms the cache, does not count.</summary>
    private void Compare(string title, double goal, double empty, Func<Measurement> ours, Func<Measurement> theirs)
    {
        List<Measurement> our = [];
        List<Measurement> their = [];
        for (int run = 0; run <= _runs; run++)
        {
            our.Add(ours());
            their.Add(theirs());
        }

        (double ourTime, double memory) = Median(our[1..], static measurement => measurement.Wall);
        (double theirTime, _) = Median(their[1..], static measurement => measurement.Wall);
        Console.WriteLine(Text($"| {title} | {ourTime:0.00} s | {theirTime:0.00} s | {ourTime / theirTime:0.00} | {goal:0.0} | {(memory - empty) / (1 << 20):0} MiB |"));
    }

    private (double Time, double Memory) Measure(Func<Measurement> work)
        => Median([.. Enumerable.Range(0, _runs).Select(_ => work())], static measurement => measurement.Wall);

    private static (double Time, double Memory) Median(List<Measurement> measurements, Func<Measurement, double> time)
        => (measurements.Median(time), measurements.Max(static measurement => measurement.PeakMemory));

    private static Measurement Read(string work, string path) => Measurement.Take(Engine, ReaderProcess.Mode, work, path);

    /// <summary>The milliseconds that the engine says it took after its start.</summary>
    private static double Inside(Measurement measurement) => double.Parse(measurement.Output.Split(' ')[1], CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

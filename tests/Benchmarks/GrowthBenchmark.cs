using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>Measures how the processor time of the engine's works grows with what they work on, and tells what grows faster than that.</summary>
internal sealed class GrowthBenchmark : IDisposable
{
    private const long Gibibyte = 1L << 30;
    private const int Mebibyte = 1 << 20;
    private const double Goal = 1.15;

    private readonly string _folder;
    private readonly BenchmarkOptions _options;
    private readonly SinkProcess _sink = new(delayMilliseconds: 0);

    private GrowthBenchmark(string folder, BenchmarkOptions options)
    {
        _folder = folder;
        _options = options;
        Environment.SetEnvironmentVariable(UploadProcess.AddressVariable, UploadAddress.Of(_sink).Sas);
    }

    public static int Run(string[] options)
    {
        if (BenchmarkOptions.Read(options, Gibibyte / 2) is not { } read)
        {
            return 2;
        }

        read.RunInFolder(folder =>
        {
            using GrowthBenchmark benchmark = new(folder, read);
            benchmark.Run();
        });
        return 0;
    }

    public void Dispose() => _sink.Dispose();

    private void Run()
    {
        Console.WriteLine(Text($"Processor seconds of whole processes, the least of {_options.Runs} runs by turns, warm cache. The exponent is of what is taken above the fixed cost; goal: {Goal} at most."));
        Console.WriteLine();
        Console.WriteLine("| Work | Grows | Fixed CPU s | Sizes | CPU s | Exponent |");
        Console.WriteLine("|---|---|---|---|---|---|");
        List<string> superlinear = [];
        foreach (GrowthAxis axis in Axes().Where(axis => axis.Name.Contains(_options.From, StringComparison.OrdinalIgnoreCase)))
        {
            Measure(axis, superlinear);
        }

        Console.WriteLine();
        Console.WriteLine(superlinear.Count == 0 ? "Nothing grows faster than what it works on." : $"Faster than what it works on grows: {string.Join("; ", superlinear)}.");
    }

    private IEnumerable<GrowthAxis> Axes()
    {
        (string, Func<string, Measurement>) upload = ("upload", Upload);
        (string, Func<string, Measurement>) convert = ("conversion", Convert);
        (string, Func<string, Measurement>) report = ("readiness", path => Engine(EngineProcess.ReportMode, path));
        (string, Func<string, Measurement>) inspect = ("inspection", path => Engine(EngineProcess.InspectMode, path));
        (string, Func<string, Measurement>) list = ("listing of all files", path => Engine(ReaderProcess.Mode, ReaderProcess.List, path));
        yield return new("data, MiB, in a raw disk of 64 GiB", 1, UpTo(_options.Size / Mebibyte), mebibytes => SpreadDisk("data.raw", 64 * Gibibyte, (int)mebibytes, Mebibyte), [upload, convert]);
        yield return new("fragments of 128 MiB of data", 1, [1024, 2048, 4096, 8192], pieces => SpreadDisk("pieces.raw", 16 * Gibibyte, (int)pieces, (int)(128 * Mebibyte / pieces)), [upload, convert]);
        yield return new("capacity, GiB, of a VHDX", 1, [512, 1024, 2048, 4096], EmptyVhdx, [upload, convert, inspect]);
        yield return new("keys of a hive", 100, [10_000, 20_000, 40_000, 80_000], Hive, [("walk of all keys", path => Engine(ReaderProcess.Mode, ReaderProcess.Hive, path))]);
        if (NtfsMount.Hindrance is { } hindrance)
        {
            Console.WriteLine($"| readiness, inspection | not measured: volumes can't be mounted for ntfs-3g, {hindrance} | | | | |");
            yield break;
        }

        yield return new("files of an NTFS volume", 20, UpTo(_options.Files), files => Guest(8, (int)files), [report, inspect, list]);
        yield return new("capacity, GiB, of an NTFS volume", 1, [4, 8, 16, 32], capacity => Guest(capacity, 1000), [report, inspect, list]);
    }

    private static double[] UpTo(double most) => [most / 8, most / 4, most / 2, most];

    private void Measure(GrowthAxis axis, List<string> superlinear)
    {
        double[] sizes = [axis.Nothing, .. axis.Sizes];
        string[] paths = [.. sizes.Select(axis.Make)];
        foreach ((string name, Func<string, Measurement> take) in axis.Works)
        {
            List<double>[] taken = [.. sizes.Select(static _ => new List<double>())];
            for (int run = 0; run <= _options.Runs; run++)
            {
                for (int size = 0; size < sizes.Length; size++)
                {
                    taken[size].Add(take(paths[size]).Cpu);
                }
            }

            // The first run has warmed the cache. What else the machine does only adds to what work takes.
            double[] cpu = [.. taken.Select(static one => one.Skip(1).Min())];
            double? exponent = axis.FindExponent(cpu[1..], cpu[0]);
            if (exponent > Goal)
            {
                superlinear.Add($"{name} by {axis.Name}");
            }

            Console.WriteLine(Text(
                $"| {name} | {axis.Name} | {cpu[0]:0.00} | {Join(axis.Sizes, "0.#")} | {Join(cpu[1..], "0.00")} | {(exponent is { } power ? Text($"{power:0.00}") : "no growth that can be measured")} |"));
        }

        foreach (string path in paths)
        {
            File.Delete(path);
        }
    }

    private Measurement Upload(string path)
    {
        _sink.Reset();
        return Engine(UploadProcess.Mode, path);
    }

    private Measurement Convert(string path)
    {
        // Memory that a virtual machine has given back to its host costs more than a conversion: the first brings it, and what its file leaves the second takes at once.
        string output = Path.Combine(_folder, "output.vhd");
        Measurement taken = null!;
        for (int time = 0; time < 2; time++)
        {
            File.Delete(output);
            taken = Engine(EngineProcess.ConvertMode, path, output, EngineProcess.Unflushed);
        }

        File.Delete(output);
        return taken;
    }

    private static Measurement Engine(params string[] arguments) => Measurement.Take(Environment.ProcessPath!, arguments);

    /// <summary>A raw disk with pieces of random bytes, as far from each other as can be.</summary>
    private string SpreadDisk(string name, long capacity, int pieces, int length)
    {
        string path = Path.Combine(_folder, Text($"{pieces}-{name}"));
        byte[] data = new byte[length];
        Random random = new(pieces);
        using FileStream file = File.Create(path);
        file.SetLength(capacity);
        long distance = capacity / pieces / Mebibyte * Mebibyte;
        for (int piece = 0; piece < pieces; piece++)
        {
            random.NextBytes(data);
            RandomAccess.Write(file.SafeFileHandle, data, piece * distance);
        }

        return path;
    }

    /// <summary>A VHDX with some data at either end.</summary>
    private string EmptyVhdx(double gibibytes)
    {
        string path = Path.Combine(_folder, Text($"capacity-{gibibytes}.vhdx"));
        EmptyDisk.Create(path, "vhdx", (long)gibibytes * Gibibyte, "subformat=dynamic,block_size=32M");
        return path;
    }

    private string Hive(double keys)
    {
        string path = Path.Combine(_folder, Text($"SYSTEM-{keys}"));
        GuestHive.CreateLarge(path, (int)keys / GuestHive.KeysOfGroup);
        return path;
    }

    private string Guest(double gibibytes, int files)
    {
        string path = Path.Combine(_folder, Text($"guest-{gibibytes}-{files}.raw"));
        ReportDisk.Create(path, (long)gibibytes * Gibibyte, files);
        return path;
    }

    private static string Join(double[] figures, string format) => string.Join(", ", figures.Select(figure => figure.ToString(format, CultureInfo.InvariantCulture)));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

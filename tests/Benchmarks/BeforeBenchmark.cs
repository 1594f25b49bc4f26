using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>Has an older build of this program and this one do the same by turns, each time in a process of its own, and prints what needs more of the processor than before.</summary>
internal sealed class BeforeBenchmark
{
    private const long Gibibyte = 1L << 30;
    private const double Goal = 1.1;

    private readonly string _before;
    private readonly string _folder;
    private readonly string _output;
    private readonly BenchmarkOptions _options;
    private readonly UploadDisks _disks;
    private readonly List<string> _dearer = [];

    private BeforeBenchmark(string before, string folder, BenchmarkOptions options)
    {
        _before = before;
        _folder = folder;
        _output = Path.Combine(folder, "output.vhd");
        _options = options;
        _disks = new UploadDisks(folder);
    }

    /// <summary>Runs it.</summary>
    /// <param name="before">The older build's executable.</param>
    /// <param name="options">The options.</param>
    public static int Run(string before, string[] options)
    {
        if (BenchmarkOptions.Read(options, 4 * Gibibyte) is not { } read)
        {
            return 2;
        }

        if (!File.Exists(before))
        {
            Console.Error.WriteLine($"There is no {before}: build tests/Benchmarks of the older sources with -c Release, and name the executable.");
            return 2;
        }

        bool isDearer = false;
        read.RunInFolder(folder =>
        {
            BeforeBenchmark benchmark = new(before, folder, read);
            benchmark.Run();
            isDearer = benchmark._dearer.Count > 0;
        });
        return isDearer ? 1 : 0;
    }

    private void Run()
    {
        Console.WriteLine(Text($"Whole processes, {_options.Runs} runs by turns, warm cache: now / before. The ratio of processor time is the median of those of the turns; goal: {Goal:0.0} at most."));
        Console.WriteLine();
        Console.WriteLine("| Work | CPU s | Ratio | Wall s | Ratio | Peak MiB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Compare("nothing", ReaderProcess.Mode, ReaderProcess.Nothing, string.Empty);
        MeasureDisks();
        MeasureUploads();
        MeasureDownload();
        MeasureHive();
        MeasureGuests();
        Console.WriteLine();
        Console.WriteLine(_dearer.Count == 0 ? "Nothing needs more of the processor than that." : $"More than that needs: {string.Join("; ", _dearer)}.");
    }

    private void MeasureDisks()
    {
        string raw = Path.Combine(_folder, "disk.raw");
        GuestDisk.Create(raw, _options.Size);
        foreach (PeerFormat format in PeerFormat.All)
        {
            string source = format.Make(raw);
            Compare($"conversion of {format.Title}", EngineProcess.ConvertMode, source, _output, EngineProcess.Unflushed);
            Compare($"reading and summing of {format.Title}", UploadProcess.ChecksumMode, source);
            if (source != raw)
            {
                File.Delete(source);
            }
        }

        File.Delete(raw);
        string large = Path.Combine(_folder, "large.vhdx");
        EmptyDisk.Create(large, "vhdx", 65536 * Gibibyte, "subformat=dynamic,block_size=32M");
        Compare("extents of a 64 TiB VHDX", EngineProcess.ExtentsMode, large);
        File.Delete(large);
    }

    private void MeasureUploads()
    {
        MeasureUpload("upload of a VHDX", () => _disks.CreateVhdx(_options.Size));
        MeasureUpload("upload of a fixed VHD", () => _disks.CreateFixed(_options.Size));
        MeasureUpload("upload of a sparse fixed VHD", _disks.CreateSparse);
        MeasureUpload("upload of a fixed VHD, 20 ms a page", () => _disks.CreateFixed(Gibibyte), delay: 20);
        MeasureUpload("upload of a fixed VHD, TLS 1.3", () => _disks.CreateFixed(_options.Size), overTls: true);
    }

    private void MeasureUpload(string work, Func<string> makeDisk, int delay = 0, bool overTls = false)
    {
        if (!IsWanted(work))
        {
            return;
        }

        string path = makeDisk();
        using SinkProcess sink = new(delay, overTls ? TlsIdentity.Create(_folder) : null);
        Environment.SetEnvironmentVariable(UploadProcess.AddressVariable, UploadAddress.Of(sink).Sas);
        Compare(work, UploadProcess.Mode, path);
        File.Delete(path);
    }

    private void MeasureDownload()
    {
        string vhd = _disks.CreateFixed(_options.Size);
        using SinkProcess source = SinkProcess.Source(0, vhd);
        Environment.SetEnvironmentVariable(UploadProcess.AddressVariable, UploadAddress.Of(source).Sas);
        Compare("download of a fixed VHD", UploadProcess.DownloadMode, _output);
        File.Delete(vhd);
    }

    private void MeasureHive()
    {
        string hive = Path.Combine(_folder, "SYSTEM");
        GuestHive.CreateLarge(hive);
        Compare("walk of a hive with 43,000 keys", ReaderProcess.Mode, ReaderProcess.Hive, hive);
    }

    private void MeasureGuests()
    {
        if (NtfsMount.Hindrance is { } hindrance)
        {
            Console.WriteLine($"| guests | not measured: volumes can't be mounted for ntfs-3g, {hindrance} | | | | |");
            return;
        }

        // Where the benchmark of disks that are read where they lie looks for it.
        string guest = Path.Combine(_folder, "disk.raw");
        ReportDisk.Create(guest, 127 * Gibibyte, _options.Files);
        Compare("readiness of a Windows disk of 127 GiB", EngineProcess.ReportMode, guest);
        Compare("one registry value of it", ReaderProcess.Mode, ReaderProcess.Value, guest);
        Compare("listing of all its files", ReaderProcess.Mode, ReaderProcess.List, guest);
        Compare("reading of all its files", ReaderProcess.Mode, ReaderProcess.Content, guest);
        Compare("upload of it into the sandbox, and three times its readiness there", "remote", "--keep", _folder, "--runs", "3");
    }

    private bool IsWanted(string work) => work.Contains(_options.From, StringComparison.OrdinalIgnoreCase);

    private void Compare(string work, params string[] arguments)
    {
        if (!IsWanted(work))
        {
            return;
        }

        List<(Measurement Now, Measurement Before)> turns = [];
        for (int run = 0; run <= _options.Runs; run++)
        {
            // Who comes second finds what the first has left in the caches: each is as often the second.
            Measurement? now = run % 2 == 0 ? Take(Environment.ProcessPath!, arguments) : null;
            Measurement before = Take(_before, arguments);
            turns.Add((now ?? Take(Environment.ProcessPath!, arguments), before));
        }

        // The first turn fills the cache.
        turns.RemoveAt(0);
        double ratio = turns.Median(static turn => turn.Now.Cpu / turn.Before.Cpu);
        if (ratio > Goal)
        {
            _dearer.Add(work);
        }

        Console.WriteLine(Text(
            $"| {work} | {turns.Median(static turn => turn.Now.Cpu):0.00} / {turns.Median(static turn => turn.Before.Cpu):0.00} | {ratio:0.00} | {turns.Median(static turn => turn.Now.Wall):0.00} / {turns.Median(static turn => turn.Before.Wall):0.00} | {turns.Median(static turn => turn.Now.Wall / turn.Before.Wall):0.00} | {Peak(turns.Select(static turn => turn.Now))} / {Peak(turns.Select(static turn => turn.Before))} |"));
    }

    private Measurement Take(string program, string[] arguments)
    {
        File.Delete(_output);
        return Measurement.Take(program, arguments);
    }

    private static string Peak(IEnumerable<Measurement> taken) => Text($"{taken.Median(static one => one.PeakMemory) / (1 << 20):0}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>Uploads to sinks with the limits of page blobs in Azure: one disk beside Azure's own clients, and four at once.</summary>
internal sealed class LimitsBenchmark : IDisposable
{
    private const long Gibibyte = 1L << 30;
    private const double Mebibyte = 1 << 20;
    private const int Blobs = 4;

    private readonly BenchmarkOptions _options;
    private readonly SinkProcess[] _sinks = [.. Enumerable.Range(0, Blobs).Select(static _ => SinkProcess.WithLimits())];

    private LimitsBenchmark(BenchmarkOptions options) => _options = options;

    public static int Run(string[] options)
    {
        if (BenchmarkOptions.Read(options, 8 * Gibibyte) is not { } read)
        {
            return 2;
        }

        read.RunInFolder(folder =>
        {
            // AzCopy as it comes, with its pacer.
            Environment.SetEnvironmentVariable("AZCOPY_LOG_LOCATION", folder);
            Environment.SetEnvironmentVariable("AZCOPY_JOB_PLAN_LOCATION", folder);
            Environment.SetEnvironmentVariable("AZURE_CORE_COLLECT_TELEMETRY", "false");
            using LimitsBenchmark benchmark = new(read);
            benchmark.Run(new UploadDisks(folder).CreateFixed(read.Size));
        });
        return 0;
    }

    public void Dispose() => Array.ForEach(_sinks, static sink => sink.Dispose());

    private void Run(string vhd)
    {
        Console.WriteLine(Text($"{_options.Size / (double)Gibibyte:0.##} GiB fixed VHD to sinks that take {BlobLimits.BytesPerSecond / Mebibyte:0} MiB and {BlobLimits.RequestsPerSecond:0} requests a second each; medians of {_options.Runs} runs by turns. × is how many times as long as what was sent takes at that rate."));
        Console.WriteLine();
        Console.WriteLine("| Client | Wall s | Sent MiB | At the limit, s | × | Goal | Requests | Refused | Share | Goal |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        UploadAddress[] addresses = [.. _sinks.Select(UploadAddress.Of)];
        (string Name, int Blobs, double? Goal, Func<Measurement> Upload)[] clients =
        [
            ("engine", 1, 1.05, () => Take(addresses[..1], Environment.ProcessPath!, UploadProcess.Mode, vhd)),
            (Text($"engine, {Blobs} disks at once"), Blobs, 1.10, () => Take(addresses, Environment.ProcessPath!, UploadProcess.ManyMode, vhd)),
            (UploadClient.AzCopy, 1, null, () => Take(addresses[..1], UploadClient.AzCopyStep(vhd, addresses[0]))),
            (UploadClient.Az, 1, null, () => Take(addresses[..1], UploadClient.AzStep(vhd, addresses[0]))),
        ];
        clients = [.. clients.Where(static client => client.Goal is not null || ExternalTool.Find(client.Name) is not null)];
        List<(double Wall, double Sent, double Least, double Requests, double Refused)>[] taken = [.. clients.Select(static _ => new List<(double, double, double, double, double)>())];
        for (int run = 0; run < _options.Runs; run++)
        {
            for (int client = 0; client < clients.Length; client++)
            {
                taken[client].Add(Measure(clients[client].Upload));
            }
        }

        foreach (((string name, _, double? goal, _), List<(double Wall, double Sent, double Least, double Requests, double Refused)> runs) in clients.Zip(taken))
        {
            (double wall, double sent, double least, double requests, double refused) = runs.OrderBy(static run => run.Wall).ElementAt(runs.Count / 2);
            Console.WriteLine(Text($"| {name} | {wall:0.0} | {sent / Mebibyte:0} | {least:0.0} | {wall / least:0.00} | {goal:0.00} | {requests:0} | {refused:0} | {refused / requests:0.0%} | {(goal is null ? null : "2%")} |"));
        }
    }

    private (double Wall, double Sent, double Least, double Requests, double Refused) Measure(Func<Measurement> upload)
    {
        // What a sink takes at once has come back when the next one begins.
        Array.ForEach(_sinks, static sink => sink.Reset());
        Thread.Sleep(TimeSpan.FromSeconds(1));
        Measurement measurement = upload();
        (long Bytes, long Requests, long Refused)[] counts = [.. _sinks.Select(static sink => sink.Reset())];
        return (
            measurement.Wall,
            counts.Sum(static count => count.Bytes),
            counts.Max(static count => BlobLimits.Least(count.Bytes, count.Requests - count.Refused)),
            counts.Sum(static count => count.Requests),
            counts.Sum(static count => count.Refused));
    }

    private static Measurement Take(UploadAddress[] addresses, (string Program, string[] Arguments) step) => Take(addresses, step.Program, step.Arguments);

    private static Measurement Take(UploadAddress[] addresses, string program, params string[] arguments)
    {
        Environment.SetEnvironmentVariable(UploadProcess.AddressVariable, string.Join(' ', addresses.Select(static address => address.Sas)));
        return Measurement.Take(program, arguments);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

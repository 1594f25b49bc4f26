using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>Uploads to sinks with Azure's limits: to a page blob beside Azure's own clients, to four at once, and to managed disks of several sizes.</summary>
internal sealed class LimitsBenchmark(BenchmarkOptions options, string vhd)
{
    private const long Gibibyte = 1L << 30;
    private const double Mebibyte = 1 << 20;
    private const int Blobs = 4;
    private const double Goal = 1.05;

    /// <summary>Below so many seconds the process's start is all that a ratio would tell.</summary>
    private const double ShortestToTell = 2;

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
            new LimitsBenchmark(read, new UploadDisks(folder).CreateFixed(read.Size)).Run();
        });
        return 0;
    }

    private void Run()
    {
        Console.WriteLine(Text($"{options.Size / (double)Gibibyte:0.##} GiB fixed VHD to sinks that take so much a second, and as much at once; medians of {options.Runs} runs by turns. × is how many times as long as the limit leaves no way round."));
        Console.WriteLine();
        Compare(
            TransferLimits.PageBlob,
            Blobs,
            [
                new LimitedClient("engine", 1, Goal, addresses => Take(addresses, Environment.ProcessPath!, UploadProcess.Mode, vhd)),
                new LimitedClient(Text($"engine, {Blobs} disks at once"), Blobs, 1.10, addresses => Take(addresses, Environment.ProcessPath!, UploadProcess.ManyMode, vhd)),
                new LimitedClient(UploadClient.AzCopy, 1, null, addresses => Take(addresses, UploadClient.AzCopyStep(vhd, addresses[0]))),
                new LimitedClient(UploadClient.Az, 1, null, addresses => Take(addresses, UploadClient.AzStep(vhd, addresses[0]))),
            ]);
        foreach (TransferLimits disk in TransferLimits.ManagedDisks)
        {
            Compare(disk, 1, [new LimitedClient("engine", 1, Goal, addresses => Take(addresses, Environment.ProcessPath!, UploadProcess.Mode, vhd))]);
        }
    }

    /// <summary>Runs the clients by turns, and prints a row of each.</summary>
    private void Compare(TransferLimits limits, int count, LimitedClient[] all)
    {
        if (!limits.Name.Contains(options.From, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        LimitedClient[] clients = [.. all.Where(static client => client.Goal is not null || ExternalTool.Find(client.Name) is not null)];
        SinkProcess[] sinks = [.. Enumerable.Range(0, count).Select(_ => SinkProcess.With(limits))];
        try
        {
            List<LimitedUpload>[] taken = [.. clients.Select(static _ => new List<LimitedUpload>())];
            for (int run = 0; run < options.Runs; run++)
            {
                for (int client = 0; client < clients.Length; client++)
                {
                    try
                    {
                        taken[client].Add(Measure(limits, sinks, clients[client]));
                    }
                    catch (InvalidOperationException) when (clients[client].Goal is null)
                    {
                        Console.WriteLine($"{limits.Name}: {clients[client].Name} gave up.");
                    }
                }
            }

            Console.WriteLine();
            Console.WriteLine("| Sink | MB and requests a second | Client | Wall s | Sent MiB | At the limit, s | × | Goal | Requests | Refused | Share | Goal |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
            foreach ((LimitedClient client, List<LimitedUpload> runs) in clients.Zip(taken).Where(static pair => pair.Second.Count > 0))
            {
                Print(limits, client, runs.OrderBy(static run => run.Wall).ElementAt(runs.Count / 2));
            }
        }
        finally
        {
            Array.ForEach(sinks, static sink => sink.Dispose());
        }
    }

    private static void Print(TransferLimits limits, LimitedClient client, LimitedUpload upload)
    {
        bool tells = upload.Least >= ShortestToTell;
        string ratio = tells ? Text($"{upload.Wall / upload.Least:0.00}") : "too short to tell";
        Console.WriteLine(Text(
            $"| {limits.Name} | {limits.BytesPerSecond / 1e6:0}, {limits.RequestsPerSecond:0} | {client.Name} | {upload.Wall:0.0} | {upload.Sent / Mebibyte:0} | {upload.Least:0.0} | {ratio} | {client.Goal:0.00} | {upload.Requests:0} | {upload.Refused:0} | {upload.Refused / upload.Requests:0.0%} | {(client.Goal is null ? null : "2%")} |"));
    }

    private static LimitedUpload Measure(TransferLimits limits, SinkProcess[] sinks, LimitedClient client)
    {
        // What a sink takes at once has come back when the next one begins.
        Array.ForEach(sinks, static sink => sink.Reset());
        Thread.Sleep(TimeSpan.FromSeconds(TransferLimits.SecondsAtOnce));
        Measurement measurement = client.Upload([.. sinks.Take(client.Sinks).Select(UploadAddress.Of)]);
        (long Bytes, long Requests, long Refused)[] counts = [.. sinks.Select(static sink => sink.Reset())];
        return new LimitedUpload(
            measurement.Wall,
            counts.Sum(static count => count.Bytes),
            counts.Max(count => limits.Least(count.Bytes, count.Requests - count.Refused)),
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

    /// <summary>Something that uploads the disk.</summary>
    /// <param name="Name">The table's column; its program where it has no goal.</param>
    /// <param name="Sinks">To how many sinks.</param>
    /// <param name="Goal">How many times as long as at the limit it may take at most; null for no goal.</param>
    /// <param name="Upload">Runs it.</param>
    private sealed record LimitedClient(string Name, int Sinks, double? Goal, Func<UploadAddress[], Measurement> Upload);

    /// <summary>An upload as the sinks saw it.</summary>
    /// <param name="Wall">Seconds that it took.</param>
    /// <param name="Sent">Bytes that were taken, of all sinks.</param>
    /// <param name="Least">Seconds that the limit leaves no way round.</param>
    /// <param name="Requests">Requests of all sinks, those that were refused among them.</param>
    /// <param name="Refused">How many were refused.</param>
    private sealed record LimitedUpload(double Wall, double Sent, double Least, double Requests, double Refused);
}

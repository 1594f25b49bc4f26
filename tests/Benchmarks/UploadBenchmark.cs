using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>Uploads disks to a sink and to Azurite, by turns with the engine, with Azure's own clients and with the least that could be, and prints how they compare.</summary>
internal sealed class UploadBenchmark
{
    private const long Gibibyte = 1L << 30;
    private const double Mebibyte = 1 << 20;
    private readonly string _folder;
    private readonly BenchmarkOptions _options;
    private readonly UploadDisks _disks;
    private SinkProcess? _sink;

    private UploadBenchmark(string folder, BenchmarkOptions options)
    {
        _folder = folder;
        _options = options;
        _disks = new UploadDisks(folder);
    }

    public static int Run(string[] options)
    {
        if (BenchmarkOptions.Read(options, 8 * Gibibyte) is not { } read)
        {
            return 2;
        }

        read.RunInFolder(folder => new UploadBenchmark(folder, read).Run());
        return 0;
    }

    private void Run()
    {
        Environment.SetEnvironmentVariable("AZCOPY_PACE_PAGE_BLOBS", "false");
        Environment.SetEnvironmentVariable("AZCOPY_LOG_LOCATION", _folder);
        Environment.SetEnvironmentVariable("AZCOPY_JOB_PLAN_LOCATION", _folder);
        Environment.SetEnvironmentVariable("AZCOPY_DISABLE_SYSLOG", "true");
        Environment.SetEnvironmentVariable("AZURE_CORE_COLLECT_TELEMETRY", "false");
        foreach (string missing in new[] { UploadClient.Az, UploadClient.AzCopy, "qemu-img" }.Where(program => ExternalTool.Find(program) is null))
        {
            Console.WriteLine($"Not installed here, so not measured: {missing}.");
        }

        if (NtfsMount.Hindrance is { } hindrance)
        {
            Console.WriteLine($"No guest's driver writes the disks: {hindrance}. They hold extents of mixed sizes instead.");
        }

        double size = _options.Size / (double)Gibibyte;
        Console.WriteLine(Text($"Medians of {_options.Runs} runs by turns, warm cache, whole processes; × is the client's / the engine's."));
        Console.WriteLine();
        Console.WriteLine("| Work | Client | Wall s | × | Goal | CPU s | × | Goal | Sent MiB | Requests | Peak MiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        OnSink(Text($"{size:0.##} GiB fixed VHD"), delay: 0, title => MeasureFixed(title, _options.Size, azGoals: (12, 11), copyGoals: (4, 4.5)));
        OnSink(Text($"{size:0.##} GiB VHDX"), delay: 0, MeasureVhdx);
        OnSink("32 GiB sparse fixed VHD, 128 MiB of data", delay: 0, MeasureSparse);
        OnSink("1 GiB fixed VHD, 20 ms a page", delay: 20, title => MeasureFixed(title, Gibibyte, azGoals: (8, null), copyGoals: (3, null)));
        string overTls = Text($"{size:0.##} GiB fixed VHD, TLS 1.3");
        OnSink(overTls, delay: 0, MeasureTls, IsWanted(overTls) ? TlsIdentity.Create(_folder) : null);
        if (IsWanted("Azurite, 1 GiB fixed VHD"))
        {
            MeasureAzuriteAsync("Azurite, 1 GiB fixed VHD").GetAwaiter().GetResult();
        }

        OnSink("Checksums and growth", delay: 0, _ => MeasureGrowth());
        OnSink("Memory in PowerShell", delay: 0, _ => MeasurePowerShell());
    }

    private bool IsWanted(string title) => title.Contains(_options.From, StringComparison.OrdinalIgnoreCase);

    private void OnSink(string title, int delay, Action<string> measure, TlsIdentity? identity = null)
    {
        if (IsWanted(title))
        {
            using SinkProcess sink = new(delay, identity);
            _sink = sink;
            measure(title);
            _sink = null;
        }
    }

    private void MeasureFixed(string title, long size, (double Wall, double? Cpu) azGoals, (double Wall, double? Cpu) copyGoals)
    {
        string vhd = _disks.CreateFixed(size);
        UploadAddress address = UploadAddress.Of(_sink!);
        List<UploadClient> clients =
        [
            UploadClient.Engine(vhd),
            new("least client", [(Environment.ProcessPath!, [LeastClient.Mode, vhd, _sink!.Port.ToString(CultureInfo.InvariantCulture)])]),
            new("az", [UploadClient.AzStep(vhd, address)], azGoals.Wall, azGoals.Cpu),
            new("AzCopy", [UploadClient.AzCopyStep(vhd, address)], copyGoals.Wall, copyGoals.Cpu),
        ];
        Compare(title, address, clients);
        File.Delete(vhd);
    }

    private void MeasureTls(string title)
    {
        string vhd = _disks.CreateFixed(_options.Size);
        UploadAddress address = UploadAddress.Of(_sink!);
        List<UploadClient> clients = [UploadClient.Engine(vhd)];
        if (TlsIdentity.CompileLeastClient(_folder) is { } least)
        {
            clients.Add(new("least client (OpenSSL)", [(least, [vhd, _sink!.Port.ToString(CultureInfo.InvariantCulture), LeastClient.Threads.ToString(CultureInfo.InvariantCulture), Path.Combine(_folder, "sink.pem")])], 0.5));
        }

        clients.Add(new("az", [UploadClient.AzStep(vhd, address)], 12));
        clients.Add(new("AzCopy", [UploadClient.AzCopyStep(vhd, address)], 4));
        Compare(title, address, clients);
        File.Delete(vhd);
    }

    private void MeasureVhdx(string title)
    {
        string vhdx = _disks.CreateVhdx(_options.Size);
        string output = Path.Combine(_folder, "output.vhd");
        UploadAddress address = UploadAddress.Of(_sink!);
        (string, string[]) convert = UploadClient.QemuStep(vhdx, output);
        List<UploadClient> clients =
        [
            UploadClient.Engine(vhdx),
            new("qemu-img alone", [convert], 1 / 0.6),
            new("qemu-img, az", [convert, UploadClient.AzStep(output, address)], 22),
            new("qemu-img, AzCopy", [convert, UploadClient.AzCopyStep(output, address)], 8),
        ];
        Compare(title, address, clients);
        File.Delete(vhdx);
        File.Delete(output);
    }

    private void MeasureSparse(string title)
    {
        string vhd = _disks.CreateSparse();
        UploadAddress address = UploadAddress.Of(_sink!);
        Compare(title, address, [UploadClient.Engine(vhd), new("AzCopy", [UploadClient.AzCopyStep(vhd, address)], 80)]);
        File.Delete(vhd);
    }

    private void MeasurePowerShell()
    {
        Environment.SetEnvironmentVariable(UploadProcess.AddressVariable, UploadAddress.Of(_sink!).Sas);
        string quarter = Path.Combine(_folder, "quarter.vhd");
        File.Move(_disks.CreateFixed(Gibibyte), quarter);
        string sparse = _disks.CreateSparse();
        string Send(string vhd) => $"Send-AzVhd -LiteralPath '{vhd}' -SasUri $env:{UploadProcess.AddressVariable} -Force -Restart -WarningAction Ignore | Out-Host";
        PowerShellProcess.Measure([("upload of 1 GiB, a quarter of it data", Send(quarter)), ("upload of 32 GiB, 128 MiB of it data", Send(sparse))], goal: 100, _options.Runs);
        File.Delete(quarter);
        File.Delete(sparse);
    }

    private async Task MeasureAzuriteAsync(string title)
    {
        await using Azurite azurite = new();
        Uri endpoint;
        try
        {
            endpoint = await azurite.GetEndpointAsync();
        }
        catch (Exception exception)
        {
            Console.WriteLine($"| {title} | {exception.Message} | | | | | | | | | |");
            return;
        }

        string vhd = _disks.CreateFixed(Gibibyte);
        UploadAddress address = new(endpoint);
        address.CreateContainer();
        Compare(title, address, [UploadClient.Engine(vhd), new("az", [UploadClient.AzStep(vhd, address)], 2), new("AzCopy", [UploadClient.AzCopyStep(vhd, address)], 2)]);
        File.Delete(vhd);
    }

    /// <summary>Runs the clients by turns, and prints a row of each.</summary>
    private void Compare(string title, UploadAddress address, IEnumerable<UploadClient> all)
    {
        List<UploadClient> clients = [.. all.Where(client => client.Steps.All(step => Path.IsPathRooted(step.Program) || ExternalTool.Find(step.Program) is not null))];
        List<(Measurement Taken, long Bytes, long Requests)>[] taken = [.. clients.Select(_ => new List<(Measurement, long, long)>())];
        Environment.SetEnvironmentVariable(UploadProcess.AddressVariable, address.Sas);
        Take(clients[0], address);
        for (int run = 0; run < _options.Runs; run++)
        {
            for (int client = 0; client < clients.Count; client++)
            {
                taken[client].Add(Take(clients[client], address));
            }
        }

        (double wall, double cpu) = (taken[0].Median(m => m.Taken.Wall), taken[0].Median(m => m.Taken.Cpu));
        foreach ((UploadClient client, List<(Measurement Taken, long Bytes, long Requests)> own) in clients.Zip(taken))
        {
            (double ownWall, double ownCpu) = (own.Median(m => m.Taken.Wall), own.Median(m => m.Taken.Cpu));
            Console.WriteLine(Text(
                $"| {title} | {client.Name} | {ownWall:0.00} | {ownWall / wall:0.0} | {client.WallGoal:0.0} | {ownCpu:0.00} | {ownCpu / cpu:0.0} | {client.CpuGoal:0.0} | {own.Median(m => m.Bytes) / Mebibyte:0} | {own.Median(m => m.Requests):0} | {own.Median(m => m.Taken.PeakMemory) / Mebibyte:0} |"));
        }
    }

    private (Measurement Taken, long Bytes, long Requests) Take(UploadClient client, UploadAddress address)
    {
        if (_sink is null)
        {
            address.RemoveBlob();
            return (client.Take(), 0, 0);
        }

        _sink.Reset();
        Measurement taken = client.Take();
        (long bytes, long requests, _) = _sink.Reset();
        return (taken, bytes, requests);
    }

    /// <summary>What of the processor's time goes into checksums, how it grows with what is sent, and whether more than the data is sent.</summary>
    private void MeasureGrowth()
    {
        UploadAddress address = UploadAddress.Of(_sink!);
        Environment.SetEnvironmentVariable(UploadProcess.AddressVariable, address.Sas);
        List<(double Sent, double Cpu)> points = [];
        Console.WriteLine();
        Console.WriteLine("| Disk GiB | Sent MiB | Sent / in 4 KiB pages not zero | Wall s | of it after the start | CPU s | Checksums, CPU s | Share | Peak MiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (long size in new[] { Gibibyte, _options.Size })
        {
            string vhd = _disks.CreateFixed(size);
            Take(UploadClient.Engine(vhd), address);
            List<Measurement> taken = [.. Enumerable.Range(0, _options.Runs).Select(_ => Take(UploadClient.Engine(vhd), address).Taken)];
            List<Measurement> sums = [.. Enumerable.Range(0, _options.Runs).Select(_ => Measurement.Take(Environment.ProcessPath!, UploadProcess.ChecksumMode, vhd))];
            double cpu = taken.Median(m => m.Cpu);
            double sent = Field(taken[0], 1);
            double checksums = sums.Median(m => Field(m, 0));
            points.Add((sent, cpu));
            Console.WriteLine(Text(
                $"| {size / (double)Gibibyte:0.##} | {sent / Mebibyte:0} | {sent / Field(sums[0], 1):0.000} | {taken.Median(m => m.Wall):0.00} | {taken.Median(m => Field(m, 0)):0.00} | {cpu:0.00} | {checksums:0.000} | {checksums / cpu:0.0%} | {taken.Median(m => m.PeakMemory) / Mebibyte:0} |"));
            File.Delete(vhd);
        }

        double slope = (points[1].Cpu - points[0].Cpu) / (points[1].Sent - points[0].Sent) * Gibibyte;
        Console.WriteLine();
        Console.WriteLine(Text($"CPU: {slope:0.00} s a GiB sent, and {points[0].Cpu - (slope * points[0].Sent / Gibibyte):0.00} s whatever is sent."));
    }

    private static double Field(Measurement measurement, int field) => double.Parse(measurement.Output.Split(' ')[field], CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

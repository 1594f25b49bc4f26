using System.Globalization;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>Brings a page blob down from a server of its own, by turns with the engine and with Azure's own clients, and prints how they compare.</summary>
internal sealed class DownloadBenchmark
{
    private const long Gibibyte = 1L << 30;
    private const int Block = 8 << 20;
    private readonly string _folder;
    private readonly BenchmarkOptions _options;

    private DownloadBenchmark(string folder, BenchmarkOptions options)
    {
        _folder = folder;
        _options = options;
    }

    public static int Run(string[] options)
    {
        if (BenchmarkOptions.Read(options, Gibibyte) is not { } read)
        {
            return 2;
        }

        read.RunInFolder(folder => new DownloadBenchmark(folder, read).Run());
        return 0;
    }

    private void Run()
    {
        Environment.SetEnvironmentVariable("AZURE_CORE_COLLECT_TELEMETRY", "false");
        Environment.SetEnvironmentVariable("AZCOPY_LOG_LOCATION", _folder);
        Environment.SetEnvironmentVariable("AZCOPY_JOB_PLAN_LOCATION", _folder);
        foreach (string missing in new[] { UploadClient.Az, UploadClient.AzCopy }.Where(program => ExternalTool.Find(program) is null))
        {
            Console.WriteLine($"Not installed here, so not measured: {missing}.");
        }

        string blob = CreateBlob();
        double size = _options.Size / (double)Gibibyte;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Medians of {_options.Runs} runs by turns, whole processes, {size:0.##} GiB fixed VHD, every other 8 MiB data; × is the client's / the engine's."));
        Console.WriteLine();
        Console.WriteLine("| Late by | Client | Wall s | × | Goal | CPU s | Peak MiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (int delay in new[] { 0, 20 }.Where(delay => $"{delay} ms".Contains(_options.From, StringComparison.Ordinal)))
        {
            using SinkProcess source = SinkProcess.Source(delay, blob);
            Compare($"{delay} ms", UploadAddress.Of(source), blob);
        }
    }

    /// <summary>A fixed VHD of which every other 8 MiB is noise, and the rest a hole.</summary>
    private string CreateBlob()
    {
        string raw = Path.Combine(_folder, "disk.raw");
        using (FileStream file = File.Create(raw))
        {
            file.SetLength(_options.Size);
            byte[] bytes = new byte[Block];
            Random random = new(5);
            for (long offset = 0; offset + Block <= _options.Size; offset += 2 * Block)
            {
                random.NextBytes(bytes);
                RandomAccess.Write(file.SafeFileHandle, bytes, offset);
            }
        }

        string vhd = Path.Combine(_folder, "blob.vhd");
        using (OpenedImage image = OpenedImage.Open(raw, new VirtualDiskOptions { Format = Disks.DiskFormat.Raw }))
        {
            VhdConverter.Prepare(image, vhd).Run();
        }

        File.Delete(raw);
        return vhd;
    }

    private void Compare(string title, UploadAddress address, string blob)
    {
        string output = Path.Combine(_folder, "output.vhd");
        Environment.SetEnvironmentVariable(UploadProcess.AddressVariable, address.Sas);
        List<UploadClient> clients = [new("engine", [(Environment.ProcessPath!, [UploadProcess.DownloadMode, output])])];
        if (ExternalTool.Find(UploadClient.Az) is not null)
        {
            clients.Add(new UploadClient(
                "az",
                [(UploadClient.Az, ["storage", "blob", "download", "--container-name", UploadAddress.Container, "--name", UploadAddress.Blob, "--file", output,
                    "--connection-string", address.ConnectionString, "--overwrite", "--no-progress", "--output", "none"])],
                WallGoal: 3));
        }

        if (ExternalTool.Find(UploadClient.AzCopy) is not null)
        {
            clients.Add(new UploadClient("AzCopy", [(UploadClient.AzCopy, ["copy", address.Sas, output, "--from-to", "BlobLocal", "--output-level", "quiet", "--log-level", "NONE"])], WallGoal: 1));
        }

        Dictionary<string, List<Measurement>> taken = clients.ToDictionary(client => client.Name, _ => new List<Measurement>());
        for (int run = 0; run < _options.Runs; run++)
        {
            foreach (UploadClient client in clients)
            {
                File.Delete(output);
                taken[client.Name].Add(client.Take());
                RequireSame(blob, output, client.Name);
            }
        }

        double engine = taken["engine"].Median(one => one.Wall);
        foreach (UploadClient client in clients)
        {
            List<Measurement> all = taken[client.Name];
            double wall = all.Median(one => one.Wall);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {title} | {client.Name} | {wall:0.00} | {wall / engine:0.0} | {client.WallGoal} | {all.Median(one => one.Cpu):0.00} | {all.Median(one => one.PeakMemory / (double)(1 << 20)):0} |"));
        }
    }

    private static void RequireSame(string blob, string output, string client)
    {
        using FileStream expected = File.OpenRead(blob);
        using FileStream made = File.OpenRead(output);
        byte[] one = new byte[1 << 20];
        byte[] other = new byte[1 << 20];
        int count;
        while ((count = expected.ReadAtLeast(one, one.Length, throwOnEndOfStream: false)) > 0)
        {
            if (made.ReadAtLeast(other, other.Length, throwOnEndOfStream: false) != count || !one.AsSpan(0, count).SequenceEqual(other.AsSpan(0, count)))
            {
                throw new InvalidOperationException($"{client} has brought down something else.");
            }
        }
    }
}

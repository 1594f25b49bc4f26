using System.Diagnostics;
using System.Globalization;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Benchmarks;

/// <summary>Judges a large disk where it lies, in a page blob of the sandbox each of whose answers takes some time, and prints what that takes.</summary>
internal static class RemoteBenchmark
{
    private const long Gibibyte = 1L << 30;
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(20);

    public static int Run(string[] options)
    {
        if (BenchmarkOptions.Read(options, 127 * Gibibyte) is not { } read)
        {
            return 2;
        }

        read.RunInFolder(folder => RunAsync(folder, read).GetAwaiter().GetResult());
        return 0;
    }

    private static async Task RunAsync(string folder, BenchmarkOptions options)
    {
        string raw = Path.Combine(folder, "disk.raw");
        if (!File.Exists(raw))
        {
            ReportDisk.Create(raw, options.Size, options.Files);
        }

        using SandboxCloud cloud = new();
        using ImageSession session = await ImageSession.ConnectAsync(new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = cloud.CreateHandler() }, OperationContext.None);
        PageBlobTarget target = new("sandboximages", "vhds", "disk.vhd");
        using (VhdUploader uploader = new(VhdUploader.DefaultThrottleLimit, TimeProvider.System))
        {
            UploadRequest request = new() { Path = raw, Target = target, Readiness = UploadReadiness.None };
            await PlanRunner.RunAsync(await uploader.PlanAsync(() => Task.FromResult<ImageSession?>(session), request, OperationContext.None), OperationContext.None);
        }

        cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Delay, Delay = Latency, Times = int.MaxValue });
        Console.WriteLine(Text($"Disk of {options.Size / (double)Gibibyte:0.##} GiB with {options.Files} small files, {Latency.TotalMilliseconds} ms added to each request. Goals: 3 s, 40 MiB, 250 requests, 100 waited for."));
        Console.WriteLine();
        Console.WriteLine("| Run | Seconds | MiB | Requests | Waited for |");
        Console.WriteLine("|---|---|---|---|---|");
        for (int run = 1; run <= options.Runs; run++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            await using RemoteDisk disk = await new RemoteDiskService(session).OpenAsync(new RemoteDiskRequest { BlobUri = session.Storage.BlobUri("sandboximages", "vhds", "disk.vhd") }, OperationContext.None);
            using OfflineGuest guest = OfflineGuest.Open(disk.Image);
            ReadinessCheck.Run(guest, new ReadinessOptions { Family = GuestFamily.Windows });
            Console.WriteLine(Text($"| {run} | {watch.Elapsed.TotalSeconds:0.00} | {disk.BytesFetched / (double)(1 << 20):0.0} | {disk.Requests} | {disk.Waits} |"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

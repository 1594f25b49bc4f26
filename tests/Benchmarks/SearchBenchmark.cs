using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;

namespace AzImageTools.Benchmarks;

/// <summary>
/// Looks through a Marketplace of a region's size in the sandbox, with 50 ms on every call: by Get-AzImageSource's service, and by the nested loop that Az's cmdlets make
/// (Get-AzVMImagePublisher, -Offer, -Sku, Get-AzVMImage), one call at a time.
/// </summary>
internal static class SearchBenchmark
{
    private const string Wildcard = "contoso000*";
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(50);

    public static int Run(string[] options)
    {
        // The loop through everything takes nine minutes, and so does what Azure's throttle allows.
        bool isWhole = options.Contains("--whole");
        RunAsync(isWhole).GetAwaiter().GetResult();
        if (options.Contains("--az"))
        {
            AzSearch.RunAsync(Wildcard.TrimEnd('*'), Latency, isWhole).GetAwaiter().GetResult();
        }

        return 0;
    }

    private static async Task RunAsync(bool isWhole)
    {
        using (Bench bench = await Bench.StartAsync(throttles: false))
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            ImageSourceFilter names = new() { Publishers = ["*"], Search = "nothing-of-that-name", Location = bench.Cloud.Location };
            await bench.MeasureAsync("all names (publishers, offers, SKUs)", () => bench.FindAsync(names));
            Report("memory more after it", (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)(1 << 20), "MiB");
            await bench.MeasureAsync("all names, from the cache", () => bench.FindAsync(names));
            ImageSourceFilter latest = new() { Publishers = [Wildcard], Location = bench.Cloud.Location, Refresh = true };
            await bench.MeasureAsync($"latest of {Wildcard}", () => bench.FindAsync(latest));
            await bench.MeasureAsync($"latest of {Wildcard}, from the cache", () => bench.FindAsync(latest with { Refresh = false }));
            await bench.MeasureAsync("until the first image", async () =>
            {
                await foreach (ImageSource _ in bench.Service.FindAsync(latest, new OperationContext()))
                {
                    break;
                }

                return 1;
            });
            await bench.MeasureAsync($"all versions of {Wildcard}", () => bench.FindAsync(latest with { AllVersions = true, IncludeDeprecated = true }));
            await bench.MeasureAsync($"nested loop, latest of {Wildcard}", () => bench.LoopAsync(Wildcard, withVersions: true));
            if (isWhole)
            {
                await bench.MeasureAsync("all versions of all publishers", () => bench.FindAsync(latest with { Publishers = ["*"], AllVersions = true, IncludeDeprecated = true }));
                await bench.MeasureAsync("nested loop, all names", () => bench.LoopAsync("*", withVersions: false));
            }
        }

        if (isWhole)
        {
            using Bench throttled = await Bench.StartAsync(throttles: true);
            await throttled.MeasureAsync("all names, within Azure's throttle", () => throttled.FindAsync(new ImageSourceFilter { Publishers = ["*"], Search = "nothing-of-that-name", Location = throttled.Cloud.Location }));
        }
    }

    private static void Report(string what, double value, string unit) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-48} {value,10:F2} {unit}"));

    private sealed class Bench : IDisposable
    {
        private readonly Counter _counter;
        private readonly HttpClient _client;

        private Bench(SandboxCloud cloud, Counter counter, ImageSession session)
        {
            Cloud = cloud;
            _counter = counter;
            Session = session;
            _client = new HttpClient(counter, disposeHandler: false);
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "benchmark");
        }

        public SandboxCloud Cloud { get; }

        public ImageSourceService Service => new(Session);

        private ImageSession Session { get; }

        public static async Task<Bench> StartAsync(bool throttles)
        {
            SandboxCloud cloud = new(new SandboxOptions { Marketplace = new SandboxMarketplace(), Latency = Latency, Throttles = throttles });
            Counter counter = new(cloud.CreateHandler());
            return new Bench(cloud, counter, await ImageSession.ConnectAsync(new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = counter }, new OperationContext()));
        }

        public async Task MeasureAsync(string what, Func<Task<int>> work)
        {
            _counter.Reset();
            Stopwatch watch = Stopwatch.StartNew();
            int found = await work();
            Report(what, watch.Elapsed.TotalSeconds, string.Create(CultureInfo.InvariantCulture, $"s, {_counter.Calls} calls, {found} found, {_counter.Refused} refused (429)"));
        }

        public async Task<int> FindAsync(ImageSourceFilter filter)
        {
            int found = 0;
            await foreach (ImageSource _ in Service.FindAsync(filter, new OperationContext()))
            {
                found++;
            }

            return found;
        }

        public async Task<int> LoopAsync(string publishers, bool withVersions)
        {
            int found = 0;
            string root = $"https://management.azure.com/subscriptions/{Cloud.SubscriptionId}/providers/Microsoft.Compute/locations/{Cloud.Location}/publishers";
            foreach (string publisher in (await ListAsync(root)).Where(name => publishers == "*" || name.StartsWith(publishers.TrimEnd('*'), StringComparison.Ordinal)))
            {
                string offers = $"{root}/{publisher}/artifacttypes/vmimage/offers";
                foreach (string offer in await ListAsync(offers))
                {
                    foreach (string sku in await ListAsync($"{offers}/{offer}/skus"))
                    {
                        found++;
                        if (withVersions)
                        {
                            string versions = $"{offers}/{offer}/skus/{sku}/versions";
                            string newest = (await ListAsync(versions)).MaxBy(Version.Parse)!;
                            await _client.GetStringAsync(new Uri($"{versions}/{newest}?api-version=2023-07-01"));
                        }
                    }
                }
            }

            return found;
        }

        public void Dispose()
        {
            _client.Dispose();
            Session.Dispose();
            Cloud.Dispose();
            _counter.Dispose();
        }

        private async Task<IReadOnlyList<string>> ListAsync(string address)
            => [.. JsonNode.Parse(await _client.GetStringAsync(new Uri(address + "?api-version=2023-07-01")))!.AsArray().Select(entry => (string)entry!["name"]!)];
    }

    private sealed class Counter(HttpMessageHandler cloud) : DelegatingHandler(cloud)
    {
        private int _calls;
        private int _refused;

        public int Calls => _calls;

        public int Refused => _refused;

        public void Reset()
        {
            _calls = 0;
            _refused = 0;
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            if ((int)response.StatusCode == 429)
            {
                Interlocked.Increment(ref _refused);
            }

            return response;
        }
    }
}

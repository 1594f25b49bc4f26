using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Readiness;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Tests.Upload;

namespace AzImageTools.Tests.Pipeline;

/// <summary>Runs with no other test beside it, whose memory would be counted too.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>A hundred machines, judged in one pipeline by their disks where they lie.</summary>
[Collection(nameof(AloneCollection))]
public sealed class FleetReadinessTests(ITestOutputHelper output) : IDisposable
{
    private const int Count = 100;
    private const int Limit = 16;

    private readonly SandboxCloud _cloud = new(new SandboxOptions { CoreQuota = 3 * Count });

    public void Dispose() => _cloud.Dispose();

    [Fact]
    public async Task A_hundred_machines_are_judged_side_by_side_each_as_it_is_ready_and_those_that_can_not_be_are_errors_of_their_own()
    {
        string[] machines = await MakeMachinesAsync();
        string guarded = machines[3];
        string foreign = machines[^1];
        string missing = machines[0] + "-gone";
        _cloud.Access.Restrict(new SandboxRole("/", ["*/read"]), new SandboxRole($"/subscriptions/{_cloud.SubscriptionId}/resourceGroups/sandbox-rg", ["*"]));
        using SnapshotCounter counter = new(_cloud.CreateHandler());
        using SendAzVhdSession session = new(_cloud, counter);
        ConcurrentQueue<int> begunAtEach = new();
        using PowerShell shell = session.Script(
            "$machines | ForEach-Object { [pscustomobject]@{ Id = $_; ResourceGroupName = 'x'; VmId = [guid]::NewGuid(); Name = ($_ -split '/')[-1]; Location = 'westeurope' } } | Test-SysprepReadiness -WarningAction Ignore | ForEach-Object { $tell.Invoke(); $_ }",
            ("machines", (string[])[.. machines, missing]),
            ("tell", (Action)(() => begunAtEach.Enqueue(counter.Begun))));
        using Process process = Process.GetCurrentProcess();
        TimeSpan cpu = process.TotalProcessorTime;
        long clock = Stopwatch.GetTimestamp();
        long before = GC.GetTotalMemory(forceFullCollection: true);

        PSObject[] reports = [.. shell.Invoke()];

        process.Refresh();
        output.WriteLine(string.Join('\n', shell.Streams.Error.Take(5).Select(error => error.ToString())));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{reports.Length} reports in {Stopwatch.GetElapsedTime(clock).TotalSeconds:0.0} s, CPU {(process.TotalProcessorTime - cpu).TotalSeconds:0.0} s, at most {counter.Most} snapshots at once, memory at most {(counter.PeakMemory - before) >> 20} MiB more, {counter.Requests} requests"));
        Assert.Equal(
            ["AuthorizationFailed", "DiskAccessForbidden", "ResourceNotFound"],
            shell.Streams.Error.Select(error => error.FullyQualifiedErrorId.Split(',')[0]).Order(StringComparer.Ordinal));
        string[] judged = [.. reports.Select(report => ((ReadinessReport)report.BaseObject).Target)];
        Assert.Equal(machines.Except([guarded, foreign]).Order(StringComparer.Ordinal), judged.Order(StringComparer.Ordinal));
        Assert.InRange(counter.Most, 2, Limit);
        Assert.InRange(begunAtEach.First(), 1, Count / 2);
        Assert.Equal(0, counter.Live);
        Assert.InRange((counter.PeakMemory - before) >> 20, 0, 400);
    }

    /// <summary>Machines on copies of a machine's disk; of the fourth nobody may export the disk, and the last lies in another group.</summary>
    private async Task<string[]> MakeMachinesAsync()
    {
        using HttpClient client = new(_cloud.CreateHandler());
        client.DefaultRequestHeaders.Authorization = new("Bearer", "test");
        string groups = $"/subscriptions/{_cloud.SubscriptionId}/resourceGroups/";
        await PutAsync(client, groups + "other?api-version=2021-04-01", new JsonObject { ["location"] = "westeurope" });
        JsonNode first = JsonNode.Parse(await client.GetStringAsync(Address($"{groups}sandbox-rg/providers/Microsoft.Compute/virtualMachines/win-vm?api-version=2023-07-01")))!;
        string card = (string)first["properties"]!["networkProfile"]!["networkInterfaces"]![0]!["id"]!;
        JsonNode network = JsonNode.Parse(await client.GetStringAsync(Address(card + "?api-version=2025-05-01")))!;
        string subnet = (string)network["properties"]!["ipConfigurations"]![0]!["properties"]!["subnet"]!["id"]!;
        string source = (string)first["properties"]!["storageProfile"]!["osDisk"]!["managedDisk"]!["id"]!;
        List<string> machines = [];
        for (int number = 0; number < Count; number++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"fleet{number:000}");
            string group = $"{groups}{(number == Count - 1 ? "other" : "sandbox-rg")}/providers/";
            JsonObject disk = new() { ["creationData"] = new JsonObject { ["createOption"] = "Copy", ["sourceResourceId"] = source } };
            if (number == 3)
            {
                disk["networkAccessPolicy"] = "DenyAll";
            }

            await PutAsync(client, $"{group}Microsoft.Compute/disks/{name}-os?api-version=2023-04-02", Resource(disk));
            await PutAsync(client, $"{group}Microsoft.Network/networkInterfaces/{name}-nic?api-version=2025-05-01", Resource(new JsonObject
            {
                ["ipConfigurations"] = new JsonArray(new JsonObject { ["name"] = "main", ["properties"] = new JsonObject { ["subnet"] = new JsonObject { ["id"] = subnet } } }),
            }));
            string machine = $"{group}Microsoft.Compute/virtualMachines/{name}";
            await PutAsync(client, machine + "?api-version=2023-07-01", Resource(new JsonObject
            {
                ["hardwareProfile"] = new JsonObject { ["vmSize"] = "Standard_D2s_v5" },
                ["storageProfile"] = new JsonObject
                {
                    ["osDisk"] = new JsonObject { ["createOption"] = "Attach", ["osType"] = "Windows", ["managedDisk"] = new JsonObject { ["id"] = $"{group}Microsoft.Compute/disks/{name}-os" } },
                },
                ["networkProfile"] = new JsonObject { ["networkInterfaces"] = new JsonArray(new JsonObject { ["id"] = $"{group}Microsoft.Network/networkInterfaces/{name}-nic" }) },
            }));
            machines.Add(machine);
        }

        return [.. machines];
    }

    private static Uri Address(string path) => new("https://management.azure.com" + path);

    private static JsonObject Resource(JsonObject properties) => new() { ["location"] = "westeurope", ["properties"] = properties };

    private static async Task PutAsync(HttpClient client, string path, JsonObject body)
    {
        using StringContent content = new(body.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.PutAsync(Address(path), content);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync()}");
        while ((string?)JsonNode.Parse(await client.GetStringAsync(Address(path)))!["properties"]!["provisioningState"] is { } state && state != "Succeeded")
        {
            Assert.NotEqual("Failed", state);
        }
    }

    /// <summary>Counts temporary snapshots, and the memory while there are some.</summary>
    private sealed class SnapshotCounter(HttpMessageHandler cloud) : DelegatingHandler(cloud)
    {
        private readonly Lock _gate = new();

        public int Begun { get; private set; }

        public int Live { get; private set; }

        public int Most { get; private set; }

        public int Requests { get; private set; }

        public long PeakMemory { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            bool isSnapshot = request.RequestUri!.AbsolutePath.Contains("/snapshots/azimagetools-read-", StringComparison.OrdinalIgnoreCase);
            bool isDelete = isSnapshot && request.Method == HttpMethod.Delete;
            HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
            lock (_gate)
            {
                Requests++;
                PeakMemory = Math.Max(PeakMemory, GC.GetTotalMemory(forceFullCollection: false));
                if (isSnapshot && request.Method == HttpMethod.Put && answer.IsSuccessStatusCode)
                {
                    Begun++;
                    Most = Math.Max(Most, ++Live);
                }
                else if (isDelete && answer.IsSuccessStatusCode)
                {
                    Live--;
                }
            }

            return answer;
        }
    }
}

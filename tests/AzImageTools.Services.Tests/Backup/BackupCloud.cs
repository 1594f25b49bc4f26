using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Backup;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;
using AzImageTools.Services.Tests.Flows;
using AzImageTools.Services.Tests.Plans;

namespace AzImageTools.Services.Tests.Backup;

/// <summary>A sandbox whose machines are backed up, and asked by their documents.</summary>
internal sealed class BackupCloud : IDisposable
{
    private readonly SandboxCloud _cloud;
    private readonly HttpClient _client;
    private readonly ImageSession _session;

    private BackupCloud(SandboxCloud cloud, ImageSession session)
    {
        _cloud = cloud;
        _session = session;
        _client = new HttpClient(cloud.CreateHandler());
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "test");
    }

    public FlowTime Time { get; private init; } = new();

    public RecordingLog Log { get; } = new();

    public OperationContext Context => new() { Log = Log, Time = Time, Cancellation = TestContext.Current.CancellationToken };

    public static async Task<BackupCloud> StartAsync()
    {
        FlowTime time = new();
        SandboxCloud cloud = new(new SandboxOptions { TimeProvider = time });
        ImageSession session = await ImageSession.ConnectAsync(
            new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = cloud.CreateHandler(), SandboxId = cloud.Id }, new OperationContext { Time = time });
        return new BackupCloud(cloud, session) { Time = time };
    }

    public async Task<VMBackup> BackUpAsync(string machine, VMBackupKind? kind = null, IReadOnlyDictionary<string, string>? tag = null)
        => await PlanRunner.RunAsync(await PlanBackupAsync(machine, kind, tag), Context);

    public Task<Plan<VMBackup>> PlanBackupAsync(string machine, VMBackupKind? kind = null, IReadOnlyDictionary<string, string>? tag = null)
        => new VMBackupService(_session).PlanAsync(new VMBackupRequest { VMName = machine, ResourceGroupName = SandboxSession.Group, Name = "saved", Kind = kind, Tag = tag }, Context);

    public async Task<RestoredVM> RestoreAsync(VMBackup backup, string? name = null, string? subnet = null)
        => await PlanRunner.RunAsync(await PlanRestoreAsync(backup, name, subnet), Context);

    public Task<IReadOnlyList<VMBackup>> ListAsync(VMBackupFilter? filter = null) => new VMBackupCatalogue(_session).ListAsync(filter ?? new VMBackupFilter(), Context);

    /// <summary>Captures a machine, which generalizes it.</summary>
    /// <returns>The id of the snapshot from before.</returns>
    public async Task<string> CaptureAsync(string machine)
    {
        CaptureRequest request = new() { VMName = machine, VMResourceGroupName = SandboxSession.Group, ImageName = "captured", AllowRunning = true };
        return Assert.Single((await PlanRunner.RunAsync(await new CaptureService(_session).PlanAsync(request, Context), Context)).SnapshotIds);
    }

    public async Task<RestoredVM> RestoreAsync(string backupId)
        => await PlanRunner.RunAsync(await new VMRestoreService(_session).PlanAsync(new VMRestoreRequest { BackupId = backupId }, Context), Context);

    public Task<Plan<RestoredVM>> PlanRestoreAsync(VMBackup backup, string? name = null, string? subnet = null)
        => new VMRestoreService(_session).PlanAsync(new VMRestoreRequest { BackupId = backup.Id, VMName = name, SubnetId = subnet }, Context);

    /// <summary>The id of something in the sandbox's group, such as <c>Microsoft.Compute/disks/web</c>.</summary>
    public string Id(string path) => $"/subscriptions/{_cloud.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/{path}";

    public Task<JsonObject> GetAsync(string path) => DoAsync(HttpMethod.Get, path);

    public Task<JsonObject> MachineAsync(string name) => DoAsync(HttpMethod.Get, $"Microsoft.Compute/virtualMachines/{name}", query: "&$expand=instanceView");

    public async Task PutAsync(string path, string body) => await ChangeAsync(HttpMethod.Put, path, body);

    public async Task PatchAsync(string path, string body) => await ChangeAsync(HttpMethod.Patch, path, body);

    public async Task DeleteAsync(string path) => await ChangeAsync(HttpMethod.Delete, path, body: null);

    public async Task PostAsync(string path) => await ChangeAsync(HttpMethod.Post, path, body: null);

    /// <summary>Deletes a machine with all that it has.</summary>
    public async Task DeleteWithAllAsync(string machine)
    {
        JsonObject document = await MachineAsync(machine);
        await DeleteAsync($"Microsoft.Compute/virtualMachines/{machine}");
        JsonNode storage = document["properties"]!["storageProfile"]!;
        foreach (JsonNode? disk in storage["dataDisks"]!.AsArray().Append(storage["osDisk"]))
        {
            await DeleteAsync($"Microsoft.Compute/disks/{disk!["name"]}");
        }

        foreach (JsonNode? card in document["properties"]!["networkProfile"]!["networkInterfaces"]!.AsArray())
        {
            await DeleteAsync($"Microsoft.Network/networkInterfaces/{((string)card!["id"]!).Split('/')[^1]}");
        }
    }

    public static string Power(JsonObject machine)
        => machine["properties"]!["instanceView"]!["statuses"]!.AsArray().Select(status => (string)status!["code"]!).Single(code => code.StartsWith("PowerState/", StringComparison.Ordinal))["PowerState/".Length..];

    /// <summary>Whether the guest has come up: its agent tells so.</summary>
    public static bool HasBooted(JsonObject machine) => (string?)machine["properties"]!["instanceView"]!["vmAgent"]?["statuses"]?[0]?["displayStatus"] == "Ready";

    public void Dispose()
    {
        _client.Dispose();
        _session.Dispose();
        _cloud.Dispose();
    }

    private async Task ChangeAsync(HttpMethod method, string path, string? body)
    {
        _ = await DoAsync(method, path, body);
        string resource = method == HttpMethod.Post ? path[..path.LastIndexOf('/')] : path;
        while (true)
        {
            using HttpResponseMessage answer = await _client.GetAsync(Address(resource, string.Empty));
            if (!answer.IsSuccessStatusCode || (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["properties"]?["provisioningState"] is "Succeeded" or null)
            {
                return;
            }
        }
    }

    private async Task<JsonObject> DoAsync(HttpMethod method, string path, string? body = null, string query = "")
    {
        using HttpRequestMessage request = new(method, Address(path, query));
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _client.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    }

    private Uri Address(string path, string query)
    {
        string version = path.StartsWith("Microsoft.Network/", StringComparison.Ordinal) ? "2025-05-01"
            : path.StartsWith("Microsoft.Compute/virtualMachines", StringComparison.Ordinal) || path.StartsWith("Microsoft.Compute/restore", StringComparison.Ordinal) ? "2024-07-01" : "2024-03-02";
        return new Uri($"https://management.azure.com{Id(path)}?api-version={version}{query}");
    }
}

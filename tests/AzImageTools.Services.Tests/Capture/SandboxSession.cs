using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Plans;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Tests.Capture;

/// <summary>A sandbox, a session in it, what was sent to it, and a place to break it.</summary>
internal sealed class SandboxSession : IDisposable
{
    public const string Group = "sandbox-rg";
    public const string WindowsVM = "win-vm";
    public const string LinuxVM = "linux-vm";
    public const string TrustedLaunchVM = "tl-vm";
    public const string Gallery = "sandboxGallery";

    private readonly SandboxCloud _cloud;

    private SandboxSession(SandboxCloud cloud, Recorder recorder, ImageSession session)
    {
        _cloud = cloud;
        Wire = recorder;
        Session = session;
    }

    public ImageSession Session { get; }

    public Recorder Wire { get; }

    /// <summary>The cloud itself: fates of its guests, files of its disks.</summary>
    public SandboxCloud Cloud => _cloud;

    /// <summary>Who may do what in the cloud.</summary>
    public SandboxAccess Access => _cloud.Access;

    public RecordingLog Log { get; } = new();

    public CancellationTokenSource Cancellation { get; } = new();

    public OperationContext Context => new() { Log = Log, Cancellation = Cancellation.Token, Time = new HastyTime() };

    public ResourceGroupResource ResourceGroup => Session.Arm.GetResourceGroupResource(
        ResourceGroupResource.CreateResourceIdentifier(Session.Context.SubscriptionId, Group));

    public static async Task<SandboxSession> StartAsync(SandboxOptions? options = null)
    {
        SandboxCloud cloud = new(options ?? new SandboxOptions());
        Recorder recorder = new(cloud.CreateHandler());
        ImageSession session = await ImageSession.ConnectAsync(
            new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = recorder, SubscriptionId = options?.OtherSubscriptions.Count > 0 ? cloud.SubscriptionId : null }, OperationContext.None);
        recorder.Changes.Clear();
        return new SandboxSession(cloud, recorder, session);
    }

    /// <summary>Another session in the same cloud.</summary>
    /// <param name="runFolder">Where runs are noted: another folder is another machine.</param>
    public Task<ImageSession> ConnectAgainAsync(string runFolder) => ImageSession.ConnectAsync(
        new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = _cloud.CreateHandler(), RunFolder = runFolder }, OperationContext.None);

    public async Task<CapturedImage> CaptureAsync(CaptureRequest request)
        => await PlanRunner.RunAsync(await new CaptureService(Session).PlanAsync(request, Context), Context);

    /// <summary>Asks the cloud itself, past the recorder.</summary>
    public HttpClient CreateClient()
    {
        HttpClient client = new(_cloud.CreateHandler());
        client.DefaultRequestHeaders.Authorization = new("Bearer", "test");
        return client;
    }

    /// <summary>Makes a place read-only.</summary>
    public void Lock(string scope) => Put($"{scope}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01", """{"properties":{"level":"ReadOnly"}}""");

    /// <summary>Puts something into the cloud, past the recorder.</summary>
    public void Put(string path, string body)
    {
        using HttpClient client = CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Put, $"https://management.azure.com{path}") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = client.SendAsync(request).GetAwaiter().GetResult();
        response.EnsureSuccessStatusCode();
    }

    /// <summary>All that the cloud has, as its lists tell it: a line a resource, machines with their states.</summary>
    public async Task<IReadOnlyList<string>> ListCloudAsync()
    {
        using HttpClient client = CreateClient();
        List<string> lines = [];
        foreach (string type in new[] { "virtualMachines", "disks", "snapshots", "images", "galleries" })
        {
            foreach (JsonNode resource in await ListAsync(client, $"/subscriptions/{Session.Context.SubscriptionId}/providers/Microsoft.Compute/{type}", type))
            {
                lines.Add(resource.ToJsonString());
                if (type == "galleries")
                {
                    foreach (JsonNode definition in await ListAsync(client, $"{resource["id"]}/images", type))
                    {
                        lines.Add(definition.ToJsonString());
                        lines.AddRange((await ListAsync(client, $"{definition["id"]}/versions", type)).Select(version => version.ToJsonString()));
                    }
                }
            }
        }

        // A machine's view tells when it was asked.
        return [.. lines.Select(line => Regex.Replace(line, "\"time\":\"[^\"]*\"", string.Empty)).OrderBy(line => line, StringComparer.Ordinal)];
    }

    public async Task<VirtualMachineResource> GetVMAsync(string name)
        => await ResourceGroup.GetVirtualMachineAsync(name, InstanceViewType.InstanceView);

    public async Task<string[]> StatusesOfAsync(string vm) => [.. (await GetVMAsync(vm)).Data.InstanceView.Statuses.Select(status => status.Code)];

    public async Task StopAsync(string vm)
    {
        await OperationWaiter.WaitAsync(await (await GetVMAsync(vm)).PowerOffAsync(WaitUntil.Started), Context);
        Wire.Changes.Clear();
    }

    public async Task<ManagedDiskResource> CreateDiskAsync(string name, ManagedDiskData data)
        => await OperationWaiter.WaitAsync(await ResourceGroup.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, name, data), Context);

    public async Task<string[]> SnapshotsAsync()
    {
        List<string> ids = [];
        await foreach (SnapshotResource snapshot in ResourceGroup.GetSnapshots().GetAllAsync())
        {
            ids.Add(snapshot.Id.ToString());
        }

        return [.. ids];
    }

    public async Task<bool> HasImageAsync(string name) => await ResourceGroup.GetDiskImages().ExistsAsync(name);

    private static async Task<IReadOnlyList<JsonNode>> ListAsync(HttpClient client, string path, string type)
    {
        string version = type switch { "virtualMachines" => "2023-07-01&statusOnly=true", "images" => "2023-07-01", "galleries" => "2022-03-03", _ => "2023-04-02" };
        List<JsonNode> found = [];
        for (string? page = $"https://management.azure.com{path}?api-version={version}"; page is not null;)
        {
            JsonNode answer = JsonNode.Parse(await client.GetStringAsync(new Uri(page)))!;
            found.AddRange(answer["value"]!.AsArray().Select(item => item!));
            page = (string?)answer["nextLink"];
        }

        return found;
    }

    public void Dispose()
    {
        Session.Dispose();
        Cancellation.Dispose();
        _cloud.Dispose();
    }

    /// <summary>A clock on which polling takes no time, while long timeouts stay long.</summary>
    private sealed class HastyTime : TimeProvider
    {
        private static readonly TimeSpan LongestPoll = TimeSpan.FromMinutes(1);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
            => base.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime <= LongestPoll ? TimeSpan.Zero : dueTime, period);
    }

    /// <summary>Remembers every request that could change something, and may answer in the cloud's place.</summary>
    internal sealed class Recorder(HttpMessageHandler cloud) : DelegatingHandler(cloud)
    {
        public ConcurrentQueue<(string Method, string Path, string Body)> Changes { get; } = new();

        /// <summary>Answers a request; null lets it through.</summary>
        public Func<HttpRequestMessage, HttpResponseMessage?>? Instead { get; set; }

        /// <summary>Changes what a resource that is read looks like: its path, and its document.</summary>
        public Action<string, JsonObject>? Alter { get; set; }

        /// <summary>Changes what is read at a path, beside what is changed already.</summary>
        public void AlterAt(string path, Action<JsonObject> change) => Alter += (asked, document) =>
        {
            if (asked.EndsWith(path, StringComparison.OrdinalIgnoreCase))
            {
                change(document);
            }
        };

        /// <summary>The bodies of PUTs whose path holds a text.</summary>
        public string Body(string pathPart) => Changes.Single(change => change.Method == "PUT" && change.Path.Contains(pathPart, StringComparison.OrdinalIgnoreCase)).Body;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // What is asked by POST changes nothing.
            if (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head && !request.RequestUri!.AbsolutePath.EndsWith("/checkPolicyRestrictions", StringComparison.Ordinal)
                && !request.RequestUri.AbsolutePath.EndsWith("/Microsoft.ResourceGraph/resources", StringComparison.Ordinal))
            {
                string body = request.Content is null ? string.Empty : await request.Content.ReadAsStringAsync(cancellationToken);
                Changes.Enqueue((request.Method.Method, request.RequestUri!.AbsolutePath, body));
            }

            if (Instead?.Invoke(request) is { } answer)
            {
                answer.RequestMessage = request;
                return answer;
            }

            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            if (Alter is not null && request.Method == HttpMethod.Get && response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentLength > 0)
            {
                JsonObject document = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!.AsObject();
                Alter(request.RequestUri!.AbsolutePath, document);
                response.Content = new StringContent(document.ToJsonString(), Encoding.UTF8, "application/json");
            }

            return response;
        }
    }
}

using System.Collections.Concurrent;
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
            new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = recorder }, OperationContext.None);
        recorder.Changes.Clear();
        return new SandboxSession(cloud, recorder, session);
    }

    public async Task<CapturedImage> CaptureAsync(CaptureRequest request)
        => await PlanRunner.RunAsync(await new CaptureService(Session).PlanAsync(request, Context), Context);

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

        /// <summary>The bodies of PUTs whose path holds a text.</summary>
        public string Body(string pathPart) => Changes.Single(change => change.Method == "PUT" && change.Path.Contains(pathPart, StringComparison.OrdinalIgnoreCase)).Body;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head)
            {
                string body = request.Content is null ? string.Empty : await request.Content.ReadAsStringAsync(cancellationToken);
                Changes.Enqueue((request.Method.Method, request.RequestUri!.AbsolutePath, body));
            }

            if (Instead?.Invoke(request) is { } answer)
            {
                answer.RequestMessage = request;
                return answer;
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }
}

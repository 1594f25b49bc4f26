using System.Collections.Concurrent;
using AzImageTools.Disks;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using Azure.ResourceManager.Resources.Models;

namespace AzImageTools.Services.Session;

/// <summary>A connection to one subscription of one Azure cloud, or to the sandbox. Thread-safe.</summary>
public sealed class ImageSession : IDisposable
{
    private const int MostSubscriptions = 1000;
    private readonly HttpClientTransport? _ownTransport;
    private readonly CancellationTokenSource _ended;

    /// <summary>The connection in other subscriptions, each by what it was asked for as.</summary>
    private readonly ConcurrentDictionary<string, ImageSession> _others = new(StringComparer.OrdinalIgnoreCase);

    private ImageSession(
        HttpClientTransport? ownTransport,
        CancellationTokenSource ended,
        ImageContext context,
        TokenCredential credential,
        string managementScope,
        ArmClient arm,
        ArmClient rawArm,
        SubscriptionResource subscription,
        StorageClients storage)
    {
        _ownTransport = ownTransport;
        _ended = ended;
        Context = context;
        Credential = credential;
        ManagementScope = managementScope;
        Arm = arm;
        RawArm = rawArm;
        Subscription = subscription;
        Storage = storage;
    }

    /// <summary>Who works where.</summary>
    public ImageContext Context { get; }

    /// <summary>The sandbox that answers (<see cref="ConnectRequest.SandboxId"/>); null for Azure.</summary>
    internal string? SandboxId { get; private init; }

    /// <summary>Whether the sandbox goes on after this process (<see cref="ConnectRequest.IsSandboxKept"/>).</summary>
    internal bool IsSandboxKept { get; private init; }

    /// <summary>How long to wait between two looks at something that takes its time: hardly at all in the sandbox, where time passes by questions.</summary>
    /// <param name="inAzure">How long in Azure.</param>
    internal TimeSpan BetweenLooks(TimeSpan inAzure) => SandboxId is null ? inAzure : TimeSpan.FromMilliseconds(20);

    /// <summary>What proves who it is; its tokens go to Resource Manager and storage of the session's cloud alone.</summary>
    internal TokenCredential Credential { get; }

    /// <summary>What tokens for Resource Manager are asked for with.</summary>
    internal string ManagementScope { get; }

    /// <summary>Where manifests of runs are kept (<see cref="ConnectRequest.RunFolder"/>); null for nowhere.</summary>
    internal string? RunFolder { get; private init; }

    /// <summary>Where names of the Marketplace are kept between sessions (<see cref="ConnectRequest.CacheFolder"/>); null for nowhere.</summary>
    internal string? CacheFolder { get; private init; }

    /// <summary>A folder of <see cref="RunFolder"/> that ends with the session; null for none.</summary>
    private string? EndingFolder { get; init; }

    /// <summary>Cancelled when the session is let go of, in all its subscriptions.</summary>
    internal CancellationToken Ended => _ended.Token;

    /// <summary>Resource Manager, with our retries.</summary>
    internal ArmClient Arm { get; }

    /// <summary>Resource Manager for bodies that the SDK has no models for, at the versions of <see cref="ApiVersions"/>.</summary>
    internal ArmClient RawArm { get; }

    /// <summary>The subscription to work in.</summary>
    internal SubscriptionResource Subscription { get; }

    /// <summary>Page blobs, by Entra credential or shared access signature.</summary>
    internal StorageClients Storage { get; }

    /// <summary>How many requests Resource Manager still takes, in all subscriptions.</summary>
    internal RequestPace Pace { get; private init; } = new(TimeProvider.System);

    /// <summary>The session, which this work needs.</summary>
    /// <exception cref="ImageServiceException">There is none (NotConnected).</exception>
    internal static ImageSession Require(ImageSession? session)
        => session ?? throw new ImageServiceException("NotConnected", ErrorKind.Authentication, "There is no connection to Azure.", ServiceErrorCatalogue.SignInRemedy, nameof(ImageSession));

    /// <summary>Signs in and finds the subscription.</summary>
    /// <param name="request">How, and to what.</param>
    /// <param name="context">Its log gets a device code's instructions as a warning.</param>
    /// <exception cref="ImageServiceException">
    /// The credential is incomplete or refused; the subscription is not there or disabled; there are several and none was named (SubscriptionAmbiguous).
    /// </exception>
    public static async Task<ImageSession> ConnectAsync(ConnectRequest request, OperationContext context)
    {
        HttpClientTransport? own = request.Handler is null ? null : new HttpClientTransport(CreateClient(request.Handler));
        try
        {
            HttpClientTransport transport = own ?? AzureTransport.Shared;
            TokenCredential credential = Credentials.Create(request, transport, context);
            Uri endpoint = request.Environment.ResourceManagerEndpoint;
            string scope = new Uri(endpoint, ".default").AbsoluteUri;
            AccessToken token = await AzureErrors.CallAsync(
                "Signing in",
                request.Environment.Name,
                async () => await credential.GetTokenAsync(new TokenRequestContext([scope]), context.Cancellation).ConfigureAwait(false)).ConfigureAwait(false);
            AccessTokenClaims claims = AccessTokenClaims.Read(token.Token);

            ArmClientOptions options = new()
            {
                Environment = new ArmEnvironment(endpoint, endpoint.AbsoluteUri),
                Transport = transport,
                RetryPolicy = new ServiceRetryPolicy(context.Time),
            };
            options.AddPolicy(AuxiliaryTokenPolicy.Instance, HttpPipelinePosition.PerRetry);
            options.AddPolicy(RequestLogPolicy.Instance, HttpPipelinePosition.BeforeTransport);
            options.AddPolicy(AnswerLimitPolicy.Instance, HttpPipelinePosition.BeforeTransport);
            RequestPace pace = new(context.Time);
            options.AddPolicy(pace, HttpPipelinePosition.PerRetry);
            ArmClient arm = new(credential, defaultSubscriptionId: null, options);
            ApiVersions.Apply(options);
            ArmClient rawArm = new(credential, defaultSubscriptionId: null, options);
            SubscriptionResource subscription = await FindSubscriptionAsync(arm, request.SubscriptionId, context).ConfigureAwait(false);
            ImageContext connected = new()
            {
                Account = request.Kind == CredentialKind.Sandbox ? "sandbox" : claims.Account ?? request.AccountId ?? request.ApplicationId ?? string.Empty,
                TenantId = subscription.Data.TenantId?.ToString() ?? claims.TenantId ?? request.TenantId ?? string.Empty,
                SubscriptionId = subscription.Data.SubscriptionId,
                SubscriptionName = subscription.Data.DisplayName,
                Environment = request.Environment.Name,
                CredentialKind = request.Kind,
            };
            context.Log.Verbose($"Connected to subscription '{connected.SubscriptionName}' ({connected.SubscriptionId}) in {connected.Environment}.");
            string? endingFolder = request is { RunFolder: null, Kind: CredentialKind.Sandbox, IsSandboxKept: false }
                ? Path.Combine(Path.GetTempPath(), $"azimagetools-runs-{request.SandboxId ?? Guid.NewGuid().ToString("N")}")
                : null;
            return new ImageSession(own, new CancellationTokenSource(), connected, credential, scope, arm, rawArm, subscription, new StorageClients(transport, context.Time, request.Environment, credential))
            {
                SandboxId = request.SandboxId,
                IsSandboxKept = request.IsSandboxKept,
                RunFolder = request.RunFolder ?? endingFolder ?? OwnFolder("runs"),
                CacheFolder = request.CacheFolder ?? (request.Kind == CredentialKind.Sandbox ? null : OwnFolder("cache")),
                EndingFolder = endingFolder,
                Pace = pace,
            };
        }
        catch
        {
            own?.Dispose();
            throw;
        }
    }

    /// <summary>The same connection in another subscription. It lives as long as this session, and is not to be disposed of.</summary>
    /// <param name="subscription">Its id or name; null for this session's own.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">The credential sees no such subscription (SubscriptionNotFound), or several of that name (SubscriptionAmbiguous).</exception>
    public async Task<ImageSession> InSubscriptionAsync(string? subscription, OperationContext context)
    {
        if (subscription is null || string.Equals(subscription, Context.SubscriptionId, StringComparison.OrdinalIgnoreCase))
        {
            return this;
        }

        if (_others.TryGetValue(subscription, out ImageSession? known))
        {
            return known;
        }

        SubscriptionResource found = await FindSubscriptionAsync(Arm, subscription, context).ConfigureAwait(false);
        ImageContext other = Context with
        {
            TenantId = found.Data.TenantId?.ToString() ?? Context.TenantId,
            SubscriptionId = found.Data.SubscriptionId,
            SubscriptionName = found.Data.DisplayName,
        };
        return _others.GetOrAdd(subscription, new ImageSession(ownTransport: null, _ended, other, Credential, ManagementScope, Arm, RawArm, found, Storage) { SandboxId = SandboxId, Pace = Pace, IsSandboxKept = IsSandboxKept, RunFolder = RunFolder, CacheFolder = CacheFolder });
    }

    /// <summary>Lets go of the connections. The handler that was given stays usable.</summary>
    public void Dispose()
    {
        _ended.Cancel();
        _ownTransport?.Dispose();
        RemoveEndedRuns();
    }

    /// <summary>What runs left in a sandbox ends with it.</summary>
    private void RemoveEndedRuns()
    {
        try
        {
            if (EndingFolder is not null && Directory.Exists(EndingFolder))
            {
                Directory.Delete(EndingFolder, recursive: true);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // It is the system's temporary folder, which is emptied anyway.
        }
    }

    /// <summary>A folder of the user's own on this machine; null where there is none, as in a runbook.</summary>
    private static string? OwnFolder(string name)
    {
        string own = System.Environment.GetFolderPath(System.Environment.SpecialFolder.LocalApplicationData, System.Environment.SpecialFolderOption.DoNotVerify);
        return own.Length == 0 ? null : Path.Combine(own, "AzImageTools", name);
    }

    /// <summary>The operations' own timeouts rule; the SDK gives each try a limit of its own.</summary>
    private static HttpClient CreateClient(HttpMessageHandler handler)
        => new(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    private static Task<SubscriptionResource> FindSubscriptionAsync(ArmClient arm, string? wanted, OperationContext context)
        => AzureErrors.CallAsync(
            wanted is null ? "Listing the subscriptions" : $"Finding the subscription '{wanted}'",
            wanted ?? nameof(ConnectRequest.SubscriptionId),
            async () =>
            {
                if (Guid.TryParse(wanted, out Guid id))
                {
                    ResourceIdentifier resource = SubscriptionResource.CreateResourceIdentifier(id.ToString());
                    Response<SubscriptionResource> found = await arm.GetSubscriptionResource(resource).GetAsync(context.Cancellation).ConfigureAwait(false);
                    return found.Value;
                }

                return await ChooseSubscriptionAsync(arm, wanted, context).ConfigureAwait(false);
            });

    private static async Task<SubscriptionResource> ChooseSubscriptionAsync(ArmClient arm, string? name, OperationContext context)
    {
        List<SubscriptionResource> all = [];
        await foreach (SubscriptionResource subscription in arm.GetSubscriptions().GetAllAsync(context.Cancellation).InBounds().ConfigureAwait(false))
        {
            all.Add(subscription);
            if (all.Count >= MostSubscriptions)
            {
                break;
            }
        }

        List<SubscriptionResource> candidates = name is null
            ? all.FindAll(subscription => subscription.Data.State is null or SubscriptionState.Enabled or SubscriptionState.Warned)
            : all.FindAll(subscription => string.Equals(subscription.Data.DisplayName, name, StringComparison.OrdinalIgnoreCase));
        if (candidates.Count == 1)
        {
            return candidates[0];
        }

        string list = string.Join("; ", all.Take(20).Select(one => $"{one.Data.SubscriptionId} {one.Data.DisplayName} ({one.Data.State})"));
        throw candidates.Count == 0
            ? new ImageServiceException(
                "SubscriptionNotFound",
                ErrorKind.NotFound,
                name is null ? "The credential sees no enabled subscription." : $"The credential sees no subscription named '{name}'.",
                all.Count == 0 ? "Ask for a role in a subscription, or connect to another tenant with -TenantId." : $"It sees: {list}.",
                name ?? nameof(ConnectRequest.SubscriptionId))
            : new ImageServiceException(
                "SubscriptionAmbiguous",
                ErrorKind.InvalidArgument,
                $"The credential sees {candidates.Count} subscriptions{(name is null ? string.Empty : $" named '{name}'")}.",
                $"Choose one by its id with -SubscriptionId: {list}.",
                name ?? nameof(ConnectRequest.SubscriptionId));
    }
}

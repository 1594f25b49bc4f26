using System.Net;
using System.Text;
using AzImageTools.Sandbox.Arm;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Sandbox.Storage;
using AzImageTools.Sandbox.Storage.Authorization;
using AzImageTools.Sandbox.Storage.Keeping;
using AzImageTools.Sandbox.Storage.Service;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox;

/// <summary>
/// A simulated Azure in this process: Resource Manager, Microsoft.Compute's disks, images and virtual machines, and page blobs whose
/// bytes are kept in sparse files. Requests reach it through <see cref="CreateHandler"/>; nothing leaves the machine. Thread-safe.
/// </summary>
public sealed class SandboxCloud : IDisposable
{
    private const int RequestsKept = 65_536;

    private readonly StateKeeper? _keeper;
    private readonly CloudState _state;
    private readonly ResourceManager _resources;
    private readonly BlobService _blobs;
    private readonly FaultScript _faults = new();
    private readonly Queue<SandboxRequest> _requests = new();
    private bool _isDisposed;

    /// <summary>Starts a cloud, or goes on with the one that a folder keeps.</summary>
    /// <param name="options">How it is set up; by default as <see cref="SandboxOptions"/> says.</param>
    /// <exception cref="SandboxStateException">The state's folder can't be used.</exception>
    /// <exception cref="IOException">The storage folder can't be made or written.</exception>
    public SandboxCloud(SandboxOptions? options = null)
    {
        options ??= new SandboxOptions();
        if (options is { StateFolder: not null, StorageFolder: not null })
        {
            throw new ArgumentException("A cloud that is kept in a folder keeps its bytes there too.", nameof(options));
        }

        _keeper = options.StateFolder is { } folder ? new StateKeeper(folder) : null;
        try
        {
            var identity = CloudIdentity.Of(_keeper, options);
            Id = identity.Id;
            _state = new CloudState(identity.Apply(options));
            _resources = new ResourceManager(_state, Access);
            _blobs = new BlobService(_state, Access);
            Begin(identity);
        }
        catch
        {
            _state?.Folder.Close();
            _resources?.DisposePages();
            _state?.Dispose();
            _keeper?.Dispose();
            throw;
        }
    }

    /// <summary>What tells this cloud from every other that was or will be; the same for all processes that it is kept for.</summary>
    public string Id { get; }

    /// <summary>Who may do what: at first everybody everything.</summary>
    public SandboxAccess Access { get; } = new();

    /// <summary>The subscription that everything seeded lies in.</summary>
    public string SubscriptionId => _state.Options.SubscriptionId;

    /// <summary>The tenant of the subscription.</summary>
    public string TenantId => _state.Options.TenantId;

    /// <summary>The tenants of all subscriptions, that of <see cref="TenantId"/> first.</summary>
    public IReadOnlyList<string> TenantIds
        => [.. _state.Options.OtherSubscriptions.Select(subscription => subscription.TenantId).Prepend(TenantId).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The region of everything that is there from the start.</summary>
    public string Location => _state.Options.Location;

    /// <summary>The last requests that were answered, at most 65,536, oldest first.</summary>
    public IReadOnlyList<SandboxRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>How long every request takes longer than it needs.</summary>
    internal TimeSpan Latency => _state.Options.Latency;

    /// <summary>The types of resources that it serves, as in <c>Microsoft.Compute/disks</c>.</summary>
    internal IEnumerable<string> ResourceTypes => _resources.Types;

    /// <summary>A handler that answers in the place of the network. Every handler of a cloud sees the same resources.</summary>
    public HttpMessageHandler CreateHandler() => new SandboxHandler(this);

    /// <summary>Has something go wrong with requests to come.</summary>
    /// <param name="fault">What, with which, and how often.</param>
    public void Inject(SandboxFault fault) => _faults.Add(fault ?? throw new ArgumentNullException(nameof(fault)));

    /// <summary>An address of a blob, or of a container where <paramref name="blob"/> is null, with a shared access signature.</summary>
    /// <param name="account">The storage account's name.</param>
    /// <param name="container">The container's name.</param>
    /// <param name="blob">The blob's name; null for the whole container.</param>
    /// <param name="permissions">Letters of <c>racwdl</c>, as in <c>sp</c>.</param>
    /// <param name="expiry">From when on it is refused.</param>
    public Uri CreateBlobSas(string account, string container, string? blob, string permissions, DateTimeOffset expiry)
    {
        var path = blob is null ? container : container + "/" + string.Join("/", blob.Split('/').Select(Uri.EscapeDataString));
        lock (_state.Gate)
        {
            // An account that is not there has no key; its addresses lead nowhere.
            var signer = _state.Accounts.TryGetValue(account, out var found) ? found : new StorageAccount(account, _state.Now);
            return new Uri("https://" + account + ".blob.core.windows.net/" + path + "?" + SharedAccessSignature.CreateQuery(signer, container, blob, permissions, expiry));
        }
    }

    /// <summary>The file that holds the bytes of a managed disk, a snapshot or the OS disk of an image: a fixed VHD once its upload has ended.</summary>
    /// <param name="resourceId">The resource's id.</param>
    /// <returns>The path, or null where there is no such resource or it has no bytes.</returns>
    public string? FindDiskFile(string resourceId) => _resources.FindDiskFile(resourceId);

    /// <summary>The file that holds the bytes of a page blob.</summary>
    /// <param name="blob">The blob's address, with or without a signature.</param>
    /// <returns>The path, or null where there is no such blob.</returns>
    public string? FindBlobFile(Uri blob) => BlobAddress.Find(_state, blob)?.Data.Path;

    /// <summary>Decides what becomes of a machine's guest when it is started or generalized from now on.</summary>
    /// <param name="machineId">The machine's resource id; the machine may be made later.</param>
    /// <param name="fate">What becomes of it.</param>
    public void SetGuestFate(string machineId, GuestFate fate) => _resources.SetFate(machineId ?? throw new ArgumentNullException(nameof(machineId)), fate);

    /// <summary>
    /// Decides what comes back of a script that the sandbox knows by its first line, such as collect, when it is run in a machine's guest. It is not
    /// kept in a state folder.
    /// </summary>
    /// <param name="machineId">The machine's resource id.</param>
    /// <param name="script">The script's name.</param>
    /// <param name="outputs">What each run in turn prints; the runs after them print nothing, as where a machine has no way to Azure storage.</param>
    public void SetScriptOutputs(string machineId, string script, params string[] outputs)
        => _resources.SetPrints(machineId ?? throw new ArgumentNullException(nameof(machineId)), script, outputs ?? throw new ArgumentNullException(nameof(outputs)));

    /// <summary>
    /// Ends the cloud. Where it is kept in a folder, operations that are under way are brought to their end first, and all is written; else the files
    /// are removed.
    /// </summary>
    /// <exception cref="SandboxStateException">The state can't be written.</exception>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        try
        {
            if (_keeper is not null)
            {
                _resources.EndOperations();
                _blobs.EndCopies();
                _keeper.SaveAtEnd();
            }
        }
        finally
        {
            if (_keeper is not null)
            {
                _state.Folder.Close();
            }

            _resources.DisposePages();
            _state.Dispose();
            _keeper?.Dispose();
        }
    }

    internal HttpResponseMessage Answer(HttpRequestMessage message, RequestBody body)
    {
        var request = new CloudRequest(message, body);
        var host = request.Uri.Host;
        var isBlob = BlobAddress.IsBlobHost(host) || BlobAddress.IsManagedDiskHost(host);
        var response = isBlob ? _blobs.Handle(request)
            : ResourceManager.IsHost(host) ? _resources.Handle(request)
            : UnknownHost(request);
        if (_state.Options.CopiesAtOnce && request.Method is not ("GET" or "HEAD"))
        {
            _resources.WaitForBytes();
            _blobs.WaitForBytes();
        }

        if (!isBlob || request.Method is not ("GET" or "HEAD"))
        {
            // To ask Resource Manager is a change too: time passes for what is under way.
            _keeper?.Changed();
        }

        response.RequestMessage = message;
        var operation = OperationOf(host, request.Query);
        lock (_requests)
        {
            _requests.Enqueue(new SandboxRequest(request.Method, host, request.Uri.AbsolutePath, operation, (int)response.StatusCode));
            if (_requests.Count > RequestsKept)
            {
                _requests.Dequeue();
            }
        }

        return response;
    }

    /// <summary>The fault that a request meets; null for none.</summary>
    internal SandboxFault? Meet(HttpRequestMessage message)
    {
        var uri = message.RequestUri ?? throw new ArgumentException("A request needs an address.", nameof(message));
        return _faults.Meet(message.Method.Method, OperationOf(uri.Host, QueryString.Parse(uri.Query)), uri.AbsolutePath);
    }

    private void Begin(CloudIdentity identity)
    {
        var isKept = _keeper?.Load(_state, identity.Save(), _resources.KeptParts) == true;
        if (_keeper is not null)
        {
            _state.Folder.RemoveOthers();
        }

        if (isKept)
        {
            _resources.Resume();
        }
        else if (_state.Options.Seed)
        {
            _resources.Plant();
        }

        Access.Changed = _keeper is null ? null : _keeper.Changed;
        _keeper?.Changed();
    }

    private static string OperationOf(string host, IReadOnlyDictionary<string, string> query)
    {
        return BlobAddress.IsBlobHost(host) || BlobAddress.IsManagedDiskHost(host)
            ? Value("comp") is { Length: > 0 } component ? component : Value("restype")
            : Value("api-version");

        string Value(string name) => query.TryGetValue(name, out var value) ? value : "";
    }

    private static HttpResponseMessage UnknownHost(CloudRequest request)
    {
        const string Code = "HostNotFound";
        var text = "{\"error\":{\"code\":\"" + Code + "\",\"message\":\"The sandbox has no host named " + request.Uri.IdnHost + ".\"}}";
        return new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent(text, Encoding.UTF8, "application/json") };
    }
}

/// <summary>A request that the sandbox answered.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Host">The host it was sent to.</param>
/// <param name="Path">The path, without the query, which may hold a signature.</param>
/// <param name="Operation">The query's <c>comp</c> or <c>restype</c> on blob storage, its <c>api-version</c> elsewhere; empty where there is none.</param>
/// <param name="Status">The status code of the answer.</param>
public sealed record SandboxRequest(string Method, string Host, string Path, string Operation, int Status);

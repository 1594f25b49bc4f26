using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Sandbox;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Session;

/// <summary>
/// The session that a runspace's cmdlets work in: the one of Connect-AzImageService, else one over the runspace's own Az
/// context. Runspaces never see each other's sessions, but a session's context may be handed over, and stands for it in any
/// runspace of the process. What a session holds is let go of when its runspace closes.
/// </summary>
internal sealed class SessionStore : IDisposable
{
    private const string HandOver =
        "Another runspace of this process is connected; ForEach-Object -Parallel and thread jobs are handed its connection: "
        + "$c = Get-AzImageContext before, -ImageContext $using:c inside. Else: ";

    private static readonly ConditionalWeakTable<Runspace, SessionStore> Stores = new();

    /// <summary>The session behind each context that was emitted.</summary>
    private static readonly ConditionalWeakTable<ImageContext, SharedSession> Handed = new();

    /// <summary>How many connections all runspaces have.</summary>
    private static int _connectionsOfProcess;

    private readonly object _gate = new();

    /// <summary>The connections of Connect-AzImageService, the newest last: cmdlets that name none work in that one.</summary>
    private readonly List<SharedSession> _connections = [];

    private AzContext? _azContext;
    private SharedSession? _azSession;

    private readonly Func<ConnectRequest, OperationContext, Task<ImageSession>> _connect;

    private SessionStore(Func<ConnectRequest, OperationContext, Task<ImageSession>> connect)
    {
        _connect = connect;
    }

    /// <summary>The store of the runspace whose pipeline thread asks.</summary>
    public static SessionStore Current => Open(Runspace.DefaultRunspace, ImageSession.ConnectAsync);

    /// <summary>The store of a runspace, made when it is first asked for.</summary>
    /// <param name="runspace">The runspace.</param>
    /// <param name="connect">How a new store connects with the tokens of an Az context.</param>
    internal static SessionStore Open(Runspace runspace, Func<ConnectRequest, OperationContext, Task<ImageSession>> connect) => Stores.GetValue(runspace, _ =>
    {
        SessionStore store = new(connect);
        runspace.StateChanged += (_, change) =>
        {
            if (change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken)
            {
                store.Dispose();
            }
        };
        return store;
    });

    private SharedSession? Connected
    {
        get
        {
            lock (_gate)
            {
                return _connections.LastOrDefault();
            }
        }
    }

    /// <summary>The session that is there already, whatever its credential; null where none has been needed yet.</summary>
    /// <param name="handed">The context of the session that is meant; null for this runspace's.</param>
    public SessionLease? TryLeaseKnown(ImageContext? handed = null)
        => handed is null
            ? Connected?.TryLease() ?? _azSession?.TryLease()
            : Handed.TryGetValue(handed, out SharedSession? session) ? session.TryLease() : null;

    /// <summary>The session that a context stands for, in whatever runspace it was connected.</summary>
    /// <exception cref="ImageServiceException">It has ended (NotConnected), or is one of another process (ContextOfAnotherProcess).</exception>
    internal static SessionLease Lease(ImageContext handed)
    {
        if (!Handed.TryGetValue(handed, out SharedSession? session))
        {
            throw new ImageServiceException(
                "ContextOfAnotherProcess",
                ErrorKind.Authentication,
                "The context that was given is a copy without its connection: connections stay in the process that made them.",
                "Run Connect-AzImageService in this process, such as inside the script block of Start-Job; ForEach-Object -Parallel and Start-ThreadJob take the context as it is.",
                nameof(ImageContext));
        }

        return session.TryLease() ?? throw new ImageServiceException(
            "NotConnected",
            ErrorKind.Authentication,
            "The connection of the context that was given has ended: it was disconnected, another Az context took its place, or the runspace that connected has closed.",
            "Run Connect-AzImageService again, or Get-AzImageContext where Az is signed in, and give the context that it emits.",
            nameof(ImageContext));
    }

    /// <summary>The session of Connect-AzImageService; null without one. The Az context is left alone.</summary>
    /// <param name="sink">The running cmdlet's streams.</param>
    public static Task<SessionLease?> FindConnectedAsync(IStreamSink sink)
        => sink.InvokeAsync(_ => Current.Connected?.TryLease());

    /// <summary>The session to work in, to be disposed of when the work has ended.</summary>
    /// <param name="sink">The running cmdlet's streams.</param>
    /// <param name="context">The running operation.</param>
    /// <param name="subscription">The subscription to work in, by id or name; null for the connection's own.</param>
    /// <param name="handed">The context of the session that is meant; null for this runspace's.</param>
    /// <exception cref="ImageServiceException">Nobody is connected (NotConnected), or there is no such subscription.</exception>
    public static async Task<SessionLease> GetSessionAsync(IStreamSink sink, OperationContext context, string? subscription = null, ImageContext? handed = null)
        => await FindSessionAsync(sink, context, subscription, handed).ConfigureAwait(false) ?? throw new ImageServiceException(
            "NotConnected",
            ErrorKind.Authentication,
            "There is no Azure credential in this session.",
            (Volatile.Read(ref _connectionsOfProcess) > 0 ? HandOver : string.Empty)
                + "Run Connect-AzAccount (Az PowerShell) or Connect-AzImageService; to try things without a subscription, Connect-AzImageService -Sandbox.",
            nameof(ImageSession));

    /// <summary>The session to work in, to be disposed of when the work has ended; null where nobody is connected.</summary>
    /// <param name="sink">The running cmdlet's streams.</param>
    /// <param name="context">The running operation.</param>
    /// <param name="subscription">The subscription to work in, by id or name; null for the connection's own.</param>
    /// <param name="handed">The context of the session that is meant; null for this runspace's.</param>
    /// <exception cref="ImageServiceException">There is no such subscription.</exception>
    public static async Task<SessionLease?> FindSessionAsync(IStreamSink sink, OperationContext context, string? subscription = null, ImageContext? handed = null)
        => await FindLeaseAsync(sink, context, handed).ConfigureAwait(false) is { } lease ? await lease.InAsync(subscription, context).ConfigureAwait(false) : null;

    /// <summary>
    /// The session for work at the target of an upload; null where the target carries a credential and nobody is connected. A signature and an account key need no
    /// other one: the Az context is left alone. But a signature may be one of the sandbox that this runspace is connected to.
    /// </summary>
    /// <exception cref="ImageServiceException">A session is needed, and there is none (NotConnected).</exception>
    public static async Task<SessionLease?> FindForUploadAsync(UploadTarget? target, IStreamSink sink, OperationContext context, string? subscription = null, ImageContext? handed = null)
    {
        if (handed is not null || target is not (SasTarget or AccountKeyTarget))
        {
            return await GetSessionAsync(sink, context, subscription, handed).ConfigureAwait(false);
        }

        context.Log.Verbose($"Working with the {(target is SasTarget ? "signature of the address" : "key of the storage account")} that was given: no sign-in is needed.");
        return await FindConnectedAsync(sink).ConfigureAwait(false);
    }

    /// <summary>Makes a session this runspace's. Earlier ones go on for those who give their context.</summary>
    /// <param name="session">The session.</param>
    /// <param name="sandbox">The simulated Azure behind it, if that is what it is.</param>
    public void Connect(ImageSession session, SandboxCloud? sandbox)
    {
        SharedSession shared = new(session, sandbox);
        Handed.Add(session.Context, shared);
        lock (_gate)
        {
            _connections.Add(shared);
        }

        Interlocked.Increment(ref _connectionsOfProcess);
    }

    /// <summary>Ends the sessions of Connect-AzImageService, and sandboxes with them, each as soon as no job works in it any more.</summary>
    /// <param name="only">The context of the one to end; null for all of this runspace.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ImageServiceException">A sandbox can't be kept (SandboxNotKept).</exception>
    public bool Disconnect(ImageContext? only = null)
    {
        SharedSession[] ended;
        lock (_gate)
        {
            ended = [.. _connections.Where(session => only is null || ReferenceEquals(session.Session.Context, only))];
            _connections.RemoveAll(session => ended.Contains(session));
        }

        ImageServiceException? problem = null;
        foreach (SharedSession session in ended)
        {
            Interlocked.Decrement(ref _connectionsOfProcess);
            try
            {
                session.GiveUp();
            }
            catch (ImageServiceException exception)
            {
                // A sandbox that can't be kept: the others end all the same.
                problem ??= exception;
            }
        }

        return problem is null ? ended.Length > 0 : throw problem;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Disconnect();
        Interlocked.Exchange(ref _azSession, null)?.GiveUp();
        _azContext = null;
    }

    private static string Describe(SessionLease lease)
    {
        ImageContext context = lease.Session.Context;
        return $"{context.Account} ({context.CredentialKind}), subscription '{context.SubscriptionName}' ({context.SubscriptionId}) in {context.Environment}";
    }

    private static async Task<SessionLease?> FindLeaseAsync(IStreamSink sink, OperationContext context, ImageContext? handed)
    {
        if (handed is not null)
        {
            SessionLease lent = Lease(handed);
            context.Log.Verbose($"Working with the connection that was given: {Describe(lent)}.");
            return lent;
        }

        if (await FindConnectedAsync(sink).ConfigureAwait(false) is { } connected)
        {
            context.Log.Verbose($"Working with the connection of Connect-AzImageService: {Describe(connected)}.");
            return connected;
        }

        (SessionStore store, AzContext? az) = await sink.InvokeAsync(cmdlet => (Current, AzContext.Find(cmdlet))).ConfigureAwait(false);
        if (az is null)
        {
            return null;
        }

        SessionLease lease = await store.UseAzContextAsync(az, context).ConfigureAwait(false);
        context.Log.Verbose($"Working with the Az context, as Connect-AzImageService has not been used: {Describe(lease)}.");
        return lease;
    }

    private async Task<SessionLease> UseAzContextAsync(AzContext az, OperationContext context)
    {
        if (az == _azContext && _azSession?.TryLease() is { } known)
        {
            return known;
        }

        SharedSession session = new(await _connect(az.ToRequest(context.Time), context).ConfigureAwait(false));
        Handed.Add(session.Session.Context, session);
        SessionLease lease = session.TryLease()!;
        Interlocked.Exchange(ref _azSession, session)?.GiveUp();
        _azContext = az;
        return lease;
    }
}

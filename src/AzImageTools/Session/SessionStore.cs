using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using AzImageTools.Pipeline;
using AzImageTools.Sandbox;
using AzImageTools.Services;
using AzImageTools.Services.Session;

namespace AzImageTools.Session;

/// <summary>
/// The session that a runspace's cmdlets work in: the one of Connect-AzImageService, else one over the runspace's own Az
/// context. Runspaces never see each other's sessions. What a session holds is let go of when its runspace closes.
/// </summary>
internal sealed class SessionStore : IDisposable
{
    private static readonly ConditionalWeakTable<Runspace, SessionStore> Stores = new();

    private ImageSession? _connected;
    private SandboxCloud? _sandbox;
    private AzContext? _azContext;
    private ImageSession? _azSession;

    private SessionStore()
    {
    }

    /// <summary>Answers the requests of sessions over an Az context in place of the network. Tests set it.</summary>
    internal HttpMessageHandler? Handler { get; set; }

    /// <summary>The store of the runspace whose pipeline thread asks.</summary>
    public static SessionStore Current => Stores.GetValue(Runspace.DefaultRunspace, Create);

    /// <summary>The session that is there already, whatever its credential; null where none has been needed yet.</summary>
    public ImageSession? Known => _connected ?? _azSession;

    /// <summary>Who works where; null where nobody is connected.</summary>
    /// <param name="sink">The running cmdlet's streams.</param>
    /// <param name="context">The running operation.</param>
    public static async Task<ImageSession?> FindSessionAsync(IStreamSink sink, OperationContext context)
    {
        (SessionStore store, AzContext? az) = await sink.InvokeAsync(cmdlet =>
        {
            SessionStore current = Current;
            return (current, current._connected is null ? AzContext.Find(cmdlet) : null);
        }).ConfigureAwait(false);
        return store._connected ?? (az is null ? null : await store.UseAzContextAsync(az, context).ConfigureAwait(false));
    }

    /// <summary>The session to work in.</summary>
    /// <param name="sink">The running cmdlet's streams.</param>
    /// <param name="context">The running operation.</param>
    /// <exception cref="ImageServiceException">Nobody is connected (NotConnected).</exception>
    public static async Task<ImageSession> GetSessionAsync(IStreamSink sink, OperationContext context)
        => await FindSessionAsync(sink, context).ConfigureAwait(false) ?? throw new ImageServiceException(
            "NotConnected",
            ServiceErrorKind.Authentication,
            "There is no Azure credential in this session.",
            "Run Connect-AzAccount (Az PowerShell) or Connect-AzImageService; to try things without a subscription, Connect-AzImageService -Sandbox.");

    /// <summary>Makes a session this runspace's; an earlier one is let go of.</summary>
    /// <param name="session">The session.</param>
    /// <param name="sandbox">The simulated Azure behind it, if that is what it is.</param>
    public void Connect(ImageSession session, SandboxCloud? sandbox)
    {
        Disconnect();
        _connected = session;
        _sandbox = sandbox;
    }

    /// <summary>Ends the session of Connect-AzImageService, and a sandbox with it.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Disconnect()
    {
        bool wasConnected = _connected is not null;
        _connected?.Dispose();
        _sandbox?.Dispose();
        (_connected, _sandbox) = (null, null);
        return wasConnected;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Disconnect();
        _azSession?.Dispose();
        (_azContext, _azSession) = (null, null);
    }

    private static SessionStore Create(Runspace runspace)
    {
        SessionStore store = new();
        runspace.StateChanged += (_, change) =>
        {
            if (change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken)
            {
                store.Dispose();
            }
        };
        return store;
    }

    private async Task<ImageSession> UseAzContextAsync(AzContext az, OperationContext context)
    {
        if (_azSession is { } known && az == _azContext)
        {
            return known;
        }

        ImageSession session = await ImageSession.ConnectAsync(az.ToRequest() with { Handler = Handler }, context).ConfigureAwait(false);
        _azSession?.Dispose();
        (_azContext, _azSession) = (az, session);
        return session;
    }
}

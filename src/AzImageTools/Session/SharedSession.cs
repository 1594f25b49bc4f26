using AzImageTools.Sandbox;
using AzImageTools.Services;
using AzImageTools.Services.Session;

namespace AzImageTools.Session;

/// <summary>
/// A session that commands and jobs work in at the same time. It is let go of when it was given up and the last of them has
/// ended: disconnecting takes nothing away from a job that still runs.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="sandbox">The simulated Azure behind it, if that is what it is.</param>
internal sealed class SharedSession(ImageSession session, SandboxCloud? sandbox = null)
{
    private readonly object _gate = new();
    private int _leases;
    private bool _isGivenUp;

    public ImageSession Session { get; } = session;

    /// <summary>Keeps the session usable until the lease is disposed of.</summary>
    /// <returns>Null where the session was given up before.</returns>
    public SessionLease? TryLease()
    {
        lock (_gate)
        {
            if (_isGivenUp)
            {
                return null;
            }

            _leases++;
            return new SessionLease(this);
        }
    }

    /// <summary>Lets go of the session, now or after the last lease.</summary>
    public void GiveUp()
    {
        lock (_gate)
        {
            if (_isGivenUp)
            {
                return;
            }

            _isGivenUp = true;
            if (_leases > 0)
            {
                return;
            }
        }

        LetGo();
    }

    /// <summary>Ends a lease.</summary>
    internal void Return()
    {
        lock (_gate)
        {
            _leases--;
            if (!_isGivenUp || _leases > 0)
            {
                return;
            }
        }

        LetGo();
    }

    private void LetGo()
    {
        Session.Dispose();
        if (sandbox is not null)
        {
            Sandboxes.End(sandbox);
        }
    }
}

/// <summary>The use of a session by one command, up to the end of the command's work.</summary>
internal sealed class SessionLease : IDisposable
{
    private SharedSession? _shared;

    public SessionLease(SharedSession shared)
    {
        _shared = shared;
        Session = shared.Session;
    }

    public ImageSession Session { get; private set; }

    /// <summary>Goes on in another subscription of the same connection.</summary>
    /// <param name="subscription">Its id or name; null for the connection's own.</param>
    /// <param name="context">The running operation.</param>
    /// <exception cref="ImageServiceException">There is no such subscription; the lease has ended then.</exception>
    public async Task<SessionLease> InAsync(string? subscription, OperationContext context)
    {
        try
        {
            Session = await Session.InSubscriptionAsync(subscription, context).ConfigureAwait(false);
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose() => Interlocked.Exchange(ref _shared, null)?.Return();
}

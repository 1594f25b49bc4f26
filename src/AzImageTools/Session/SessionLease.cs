using AzImageTools.Services.Session;

namespace AzImageTools.Session;

/// <summary>The use of a session by one command, up to the end of the command's work.</summary>
internal sealed class SessionLease : IDisposable
{
    private SharedSession? _shared;

    public SessionLease(SharedSession shared)
    {
        _shared = shared;
        Session = shared.Session;
    }

    public ImageSession Session { get; }

    public void Dispose() => Interlocked.Exchange(ref _shared, null)?.Return();
}

using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Session;

/// <summary>Finds the session for work at the target of an upload.</summary>
internal static class UploadSession
{
    /// <summary>
    /// The session; null where the target carries a credential and nobody is connected. A signature and an account key need no
    /// other one: the Az context is left alone. But a signature may be one of the sandbox that this runspace is connected to.
    /// </summary>
    /// <exception cref="ImageServiceException">A session is needed, and there is none (NotConnected).</exception>
    public static async Task<SessionLease?> FindAsync(UploadTarget? target, IStreamSink sink, OperationContext context)
        => target is SasTarget or AccountKeyTarget
            ? await SessionStore.FindConnectedAsync(sink).ConfigureAwait(false)
            : await SessionStore.GetSessionAsync(sink, context).ConfigureAwait(false);
}

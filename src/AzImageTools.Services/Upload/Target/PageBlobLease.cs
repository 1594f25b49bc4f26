using AzImageTools.Services.Session;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Target;

/// <summary>
/// The lease on a page blob while it is written: nobody else can write to it. It ends by itself within a minute of this
/// process, and is renewed until then.
/// </summary>
internal sealed class PageBlobLease : IDisposable
{
    /// <summary>What is asked for: the longest finite lease (REST reference, Lease Blob).</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(20);

    private readonly BlobLeaseClient _lease;
    private readonly OperationContext _context;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _renewal;

    private PageBlobLease(BlobLeaseClient lease, OperationContext context)
    {
        _lease = lease;
        _context = context;
        _renewal = Task.Run(RenewAsync);
    }

    /// <summary>The lease's id, which every write carries.</summary>
    public string Id => _lease.LeaseId;

    /// <summary>Takes the lease, also where an earlier run of the same upload still has it.</summary>
    /// <exception cref="ImageServiceException">Somebody else has one (LeaseAlreadyPresent).</exception>
    public static async Task<PageBlobLease> AcquireAsync(PageBlobClient blob, Guid id, OperationContext context)
    {
        BlobLeaseClient lease = blob.GetBlobLeaseClient(id.ToString());
        await AzureErrors.CallAsync(
            "Taking a lease on the page blob",
            SecretText.WithoutQuery(blob.Uri),
            () => lease.AcquireAsync(Duration, cancellationToken: context.Cancellation)).ConfigureAwait(false);
        return new PageBlobLease(lease, context);
    }

    /// <summary>Gives the lease up; where that fails, it ends by itself.</summary>
    /// <param name="cancellation">How long to try.</param>
    public async Task ReleaseAsync(CancellationToken cancellation)
    {
#if NET
        await _end.CancelAsync().ConfigureAwait(false);
#else
        _end.Cancel();
#endif
        await _renewal.ConfigureAwait(false);
        Dispose();
        try
        {
            await _lease.ReleaseAsync(cancellationToken: cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (AzureErrors.IsFromService(exception) || exception is OperationCanceledException)
        {
            _context.Log.Debug("The lease on the page blob was not given up; it ends by itself.");
        }
    }

    public void Dispose() => _end.Dispose();

    private async Task RenewAsync()
    {
        try
        {
            while (true)
            {
                await _context.Time.Delay(RenewalInterval, _end.Token).ConfigureAwait(false);
                try
                {
                    await _lease.RenewAsync(cancellationToken: _end.Token).ConfigureAwait(false);
                }
                catch (Exception exception) when (AzureErrors.IsFromService(exception))
                {
                    // If it is lost, the next write says so.
                    _context.Log.Debug(AzureErrors.Translate(exception, "Renewing the lease on the page blob", target: null).Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}

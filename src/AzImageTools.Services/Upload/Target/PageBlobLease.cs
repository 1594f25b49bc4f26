using AzImageTools.Services.Session;
using Azure.Storage.Blobs.Models;
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

    private const string NotPresent = "LeaseNotPresentWithBlobOperation";
    private const int MostTries = 4;

    private readonly PageBlobClient _blob;
    private readonly BlobLeaseClient _lease;
    private readonly OperationContext _context;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _taking = new(1);
    private readonly ITimer _renewal;
    private Task _renewing = Task.CompletedTask;

    private PageBlobLease(PageBlobClient blob, BlobLeaseClient lease, OperationContext context)
    {
        _blob = blob;
        _lease = lease;
        _context = context;
        _renewal = context.Time.CreateTimer(_ => _renewing = _renewing.IsCompleted ? RenewAsync() : _renewing, state: null, RenewalInterval, RenewalInterval);
    }

    /// <summary>The lease's id, which every write carries.</summary>
    public string Id => _lease.LeaseId;

    /// <summary>Takes the lease, also where an earlier run of the same upload still has it.</summary>
    /// <exception cref="ImageServiceException">Somebody else has one (LeaseAlreadyPresent).</exception>
    public static async Task<PageBlobLease> AcquireAsync(PageBlobClient blob, Guid id, OperationContext context)
    {
        BlobLeaseClient lease = blob.GetBlobLeaseClient(id.ToString());
        await TakeAsync(blob, lease, context).ConfigureAwait(false);
        return new PageBlobLease(blob, lease, context);
    }

    /// <summary>Does something under the lease. Where that ran out meanwhile, as of a machine that slept, it is taken again; where somebody broke it, not.</summary>
    /// <typeparam name="T">What it yields.</typeparam>
    /// <param name="action">Does it.</param>
    public async Task<T> HoldAsync<T>(Func<Task<T>> action)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await action().ConfigureAwait(false);
            }
            catch (ImageServiceException lost) when (lost.ErrorId == NotPresent && attempt < MostTries)
            {
                if (!await TakeAgainAsync().ConfigureAwait(false))
                {
                    throw;
                }
            }
        }
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
#if NET
        await _renewal.DisposeAsync().ConfigureAwait(false);
#else
        _renewal.Dispose();
#endif
        await _renewing.ConfigureAwait(false);
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

    public void Dispose()
    {
        _renewal.Dispose();
        _end.Dispose();
        _taking.Dispose();
    }

    private static Task TakeAsync(PageBlobClient blob, BlobLeaseClient lease, OperationContext context) => AzureErrors.CallAsync(
        "Taking a lease on the page blob", SecretText.WithoutQuery(blob.Uri), () => lease.AcquireAsync(Duration, cancellationToken: context.Cancellation));

    private async Task<bool> TakeAgainAsync()
    {
        await _taking.WaitAsync(_context.Cancellation).ConfigureAwait(false);
        try
        {
            BlobProperties now = await AzureErrors.CallAsync(
                "Looking at the lease on the page blob", SecretText.WithoutQuery(_blob.Uri), async () => (await _blob.GetPropertiesAsync(cancellationToken: _context.Cancellation).ConfigureAwait(false)).Value).ConfigureAwait(false);
            if (now.LeaseState == LeaseState.Expired)
            {
                await TakeAsync(_blob, _lease, _context).ConfigureAwait(false);
                _context.Log.Verbose("The lease on the page blob had run out, and was taken again.");
            }

            // Another request may have taken it again.
            return now.LeaseState is LeaseState.Expired or LeaseState.Leased;
        }
        finally
        {
            _taking.Release();
        }
    }

    private async Task RenewAsync()
    {
        try
        {
            await _lease.RenewAsync(cancellationToken: _end.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (AzureErrors.IsFromService(exception))
        {
            // If it is lost, the next write says so.
            _context.Log.Debug(AzureErrors.Translate(exception, "Renewing the lease on the page blob", target: null).Message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
        }
    }
}

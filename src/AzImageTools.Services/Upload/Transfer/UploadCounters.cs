using AzImageTools.Services.Session;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>What an upload has done so far. Thread-safe.</summary>
internal sealed class UploadCounters : IRetryObserver
{
    private long _read;
    private long _skipped;
    private long _sent;
    private long _requests;
    private long _retries;
    private long _resumed;
    private long _verified;

    /// <summary>Bytes read from the disk.</summary>
    public long Read => Interlocked.Read(ref _read);

    /// <summary>Bytes of the disk that need not be sent, being zero.</summary>
    public long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>Bytes that the service confirmed.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Put Page requests that the service confirmed.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Requests that had to be sent again.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Bytes that an earlier run has sent.</summary>
    public long Resumed => Interlocked.Read(ref _resumed);

    /// <summary>Bytes that were read back and are as they were sent.</summary>
    public long Verified => Interlocked.Read(ref _verified);

    public void AddRead(long bytes) => Interlocked.Add(ref _read, bytes);

    public void AddSkipped(long bytes) => Interlocked.Add(ref _skipped, bytes);

    public void AddResumed(long bytes) => Interlocked.Add(ref _resumed, bytes);

    public void AddVerified(long bytes) => Interlocked.Add(ref _verified, bytes);

    public void AddSent(long bytes)
    {
        Interlocked.Add(ref _sent, bytes);
        Interlocked.Increment(ref _requests);
    }

    public void Retrying(int status, TimeSpan delay) => Interlocked.Increment(ref _retries);
}

using AzImageTools.Disks.Images;

namespace AzImageTools.Services.Remote;

/// <summary>A disk in Azure, opened where it lies. Disposing of it closes the image, and takes back what reading it took: access, and a temporary snapshot.</summary>
public sealed class RemoteDisk : IAsyncDisposable
{
    private readonly RemoteBytes _bytes;
    private readonly Func<Task> _release;

    internal RemoteDisk(RemoteAccess access, RemoteBytes bytes, OpenedImage image, Func<Task> release)
    {
        _bytes = bytes;
        _release = release;
        Image = image;
        IsCrashConsistent = access.IsCrashConsistent;
    }

    /// <summary>The disk. Its bytes are fetched as it is asked.</summary>
    public OpenedImage Image { get; }

    /// <summary>The resource id of what was asked for, or the blob's address without a signature.</summary>
    public string Name => _bytes.Name;

    /// <summary>Whether it may have been taken of a running machine: what is read then is as after a power failure.</summary>
    public bool IsCrashConsistent { get; }

    /// <summary>How many requests for its bytes were made so far.</summary>
    public int Requests => _bytes.Requests;

    /// <summary>How often reading had to wait for a request: so many round trips followed one another at most.</summary>
    public int Waits => _bytes.Waits;

    /// <summary>How many bytes were fetched so far.</summary>
    public long BytesFetched => _bytes.BytesFetched;

    /// <summary>Closes the image, and takes back what reading it took. What can't be is told by a warning.</summary>
    public async ValueTask DisposeAsync()
    {
        Image.Dispose();
        _bytes.Dispose();
        await _release().ConfigureAwait(false);
    }
}

namespace AzImageTools.Fuzz.Images;

/// <summary>Cancels a walk at one of its reads, or lets it end, and sees whether it reads on.</summary>
internal sealed class ReadWatch : IDisposable
{
    private const int LatestRead = 200;
    private const int CancelledInterval = 4;

    private readonly CancellationTokenSource _source = new();
    private int _left;
    private int _readsAfter;

    public ReadWatch(FuzzRandom random) => _left = random.OneIn(CancelledInterval) ? 1 + random.Below(1 + random.Below(LatestRead)) : int.MaxValue;

    public CancellationToken Token => _source.Token;

    /// <summary>Counts a read that is begun: the source that is read refuses it where the token is cancelled.</summary>
    public void Count()
    {
        if (_source.IsCancellationRequested)
        {
            _readsAfter++;
        }
        else
        {
            Step();
        }
    }

    /// <summary>Counts a step that need not read: the token may be cancelled there, and what is already at hand may still be told.</summary>
    public void Step()
    {
        if (--_left == 0)
        {
            _source.Cancel();
        }
    }

    /// <summary>Refuses a walk that went on.</summary>
    /// <param name="isStopped">Whether it ended with the cancellation.</param>
    /// <exception cref="InvalidOperationException">It read on, or the cancellation was taken for something else.</exception>
    public void Check(bool isStopped)
    {
        // The read that is refused is the one that stops it. Where none follows, it may have been at its end.
        if (_readsAfter > (isStopped ? 1 : 0))
        {
            throw new InvalidOperationException($"After it was cancelled, {_readsAfter} reads were begun, and it {(isStopped ? "ended with the cancellation" : "went on to its end")}.");
        }
    }

    public void Dispose() => _source.Dispose();
}

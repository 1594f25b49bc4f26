namespace AzImageTools.Services.Upload;

/// <summary>How many requests may be in flight, and the memory for them, of one upload or of several that share it. Thread-safe.</summary>
public sealed class UploadBudget : IDisposable
{
    /// <summary>Chunks read ahead of those in flight.</summary>
    private const int ReadAhead = 2;

    /// <summary>Makes a budget.</summary>
    /// <param name="ceiling">The most requests in flight.</param>
    /// <param name="time">The clock.</param>
    public UploadBudget(int ceiling, TimeProvider time)
    {
        Throttle = new AdaptiveThrottle(ceiling, time);
        Buffers = new PageBufferPool(ceiling + ReadAhead);
    }

    internal AdaptiveThrottle Throttle { get; }

    internal PageBufferPool Buffers { get; }

    /// <summary>Lets go of what is waited on.</summary>
    public void Dispose()
    {
        Throttle.Dispose();
        Buffers.Dispose();
    }
}

using AzImageTools.Disks;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>How many requests may be in flight, and the memory for them, shared by all uploads of one command. Thread-safe.</summary>
internal sealed class UploadBudget : IDisposable
{
    /// <summary>
    /// Chunks of 4 MiB that there is memory for: 32 MiB in flight fill a line of 2.5 Gbit/s though an answer takes 100 ms. Most
    /// requests are shorter, so that there are more of them.
    /// </summary>
    private const int UsualChunks = 8;

    private const int RequestsPerChunk = 4;

    private const int LargestThrottleLimit = 256;

    /// <summary>Makes a budget of what a user asks for.</summary>
    /// <param name="throttleLimit">The most requests in flight, 1 to 256.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ImageServiceException">The limit is out of range (InvalidThrottleLimit).</exception>
    public static UploadBudget Create(int throttleLimit, TimeProvider time)
        => throttleLimit is >= 1 and <= LargestThrottleLimit ? new UploadBudget(throttleLimit, time) : throw new ImageServiceException(
            "InvalidThrottleLimit", ErrorKind.InvalidArgument, $"A throttle limit of {throttleLimit} is out of range.", $"Use 1 to {LargestThrottleLimit}.", throttleLimit);

    /// <summary>Makes a budget.</summary>
    /// <param name="ceiling">The most requests in flight.</param>
    /// <param name="time">The clock.</param>
    public UploadBudget(int ceiling, TimeProvider time)
    {
        Throttle = new AdaptiveThrottle(ceiling, time);
        Buffers = new PageBufferPool(Math.Max(UsualChunks, ceiling / RequestsPerChunk));
    }

    /// <summary>The requests in flight.</summary>
    public AdaptiveThrottle Throttle { get; }

    /// <summary>The memory.</summary>
    public PageBufferPool Buffers { get; }

    /// <summary>Lets go of what is waited on.</summary>
    public void Dispose()
    {
        Throttle.Dispose();
        Buffers.Dispose();
    }
}

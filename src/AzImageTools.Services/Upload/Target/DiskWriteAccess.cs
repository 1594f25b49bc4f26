namespace AzImageTools.Services.Upload.Target;

/// <summary>Write access to a managed disk for as long as its upload may take.</summary>
/// <param name="grant">Asks for access for so long; gives the address with its signature. That the disk is somebody else's by now (AlreadyExists) ends the upload.</param>
/// <param name="dataLength">How much there may be to send, in bytes.</param>
/// <param name="context">Log, cancellation, clock.</param>
internal sealed class DiskWriteAccess(Func<TimeSpan, Task<Uri>> grant, long dataLength, OperationContext context) : DiskSignature(grant, DurationFor(dataLength), "Write access", context)
{
    /// <summary>Slower than any line that disks are uploaded over: so much later, at most, an upload ends.</summary>
    private const double BytesPerSecond = 4 << 20;

    private static readonly TimeSpan Shortest = TimeSpan.FromHours(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    private static TimeSpan DurationFor(long dataLength) => TimeSpan.FromSeconds(Math.Min(Shortest.TotalSeconds + (dataLength / BytesPerSecond), Longest.TotalSeconds));
}

using AzImageTools.Disks;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>Reports how far an upload has come.</summary>
/// <param name="activity">What is done, such as <c>Uploading web01.vhdx</c>.</param>
/// <param name="capacity">The whole, in bytes.</param>
/// <param name="counters">What has been done of it.</param>
/// <param name="context">Where to report, and the clock.</param>
/// <param name="moved">What has become of the bytes that were moved.</param>
internal sealed class UploadProgress(string activity, long capacity, UploadCounters counters, OperationContext context, string moved = "sent")
{
    private readonly long _started = context.Time.GetTimestamp();

    /// <summary>Reports. Whoever shows it decides how often.</summary>
    public void Update() => context.Progress.Report(Describe(context.Time.GetElapsedTime(_started)));

    private OperationProgress Describe(TimeSpan elapsed)
    {
        long sent = counters.Sent;
        long resumed = counters.Resumed;
        double done = Math.Min(1, (sent + resumed + counters.Skipped) / (double)capacity);
        double now = done - (resumed / (double)capacity);
        string status = $"{ByteSize.Format(sent)} {moved}, {ByteSize.Format(counters.Skipped)} empty, of {ByteSize.Format(capacity)}";
        if (resumed > 0)
        {
            status += $", {ByteSize.Format(resumed)} there before";
        }

        if (elapsed > TimeSpan.Zero)
        {
            status += $", {ByteSize.Format((long)(sent / elapsed.TotalSeconds))}/s";
        }

        if (counters.Retries > 0)
        {
            status += $", {counters.Retries} retries";
        }

        return new OperationProgress
        {
            Activity = activity,
            Status = status,
            PercentComplete = 100 * done,
            TimeLeft = now > 0 ? TimeSpan.FromSeconds(elapsed.TotalSeconds * (1 - done) / now) : null,
        };
    }
}

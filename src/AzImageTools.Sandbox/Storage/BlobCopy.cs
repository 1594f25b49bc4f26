namespace AzImageTools.Sandbox.Storage;

/// <summary>A copy to a blob, under way or ended. Used under the cloud's lock.</summary>
/// <param name="source">The address it copies from, without a signature.</param>
/// <param name="total">In bytes.</param>
/// <param name="polls">How often it is still told to be under way, to those who ask.</param>
internal sealed class BlobCopy(string source, long total, int polls)
{
    public const string Pending = "pending";
    public const string Success = "success";
    public const string Aborted = "aborted";
    public const string Failed = "failed";

    private int _pollsLeft = polls;

    public string Id { get; init; } = Guid.NewGuid().ToString();

    public string Source { get; } = source;

    public long Total { get; } = total;

    public string Status { get; private set; } = Pending;

    /// <summary>Why it failed or was aborted; null else.</summary>
    public string? Problem { get; private set; }

    /// <summary>When it ended; null while it is under way.</summary>
    public DateTimeOffset? Completed { get; private set; }

    /// <summary>The snapshot that an incremental copy made; null for none.</summary>
    public string? DestinationSnapshot { get; set; }

    public bool IsPending => Status == Pending;

    /// <summary>The moving of the bytes.</summary>
    public Task Work { get; init; } = Task.CompletedTask;

    /// <summary>Stops it.</summary>
    public CancellationTokenSource? Stop { get; init; }

    /// <summary>To be asked for counts as time passing.</summary>
    public void Poll(DateTimeOffset now)
    {
        if (IsPending && _pollsLeft-- <= 0 && Work.IsCompleted)
        {
            Finish(now);
        }
    }

    /// <summary>Waits for the bytes, and ends it.</summary>
    public void Finish(DateTimeOffset now)
    {
        Task.WaitAny(Work);
        var problem = Work.Exception?.GetBaseException().Message;
        End(problem is null ? Success : Failed, problem is null ? null : "500 InternalError \"" + problem + "\"", now);
    }

    public void End(string status, string? problem, DateTimeOffset? now)
    {
        Status = status;
        Problem = problem;
        Completed = now;
        Stop?.Dispose();
    }
}

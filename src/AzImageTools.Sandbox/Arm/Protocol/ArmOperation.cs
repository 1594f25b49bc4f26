using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>A long-running operation. Used under the cloud's lock.</summary>
internal sealed class ArmOperation(string location, string kind, OperationTime time)
{
    public string Id { get; init; } = Guid.NewGuid().ToString();

    public string Location { get; } = location;

    /// <summary>The part of the address that tells which service runs it: <c>operations</c>, <c>DiskOperations</c>, <c>capsOperations</c>.</summary>
    public string Kind { get; } = kind;

    public DateTimeOffset Started => time.Started;

    /// <summary>What is asked of those who poll.</summary>
    public TimeSpan RetryAfter => time.RetryAfter;

    public DateTimeOffset? Ended { get; private set; }

    public ArmException? Error { get; private set; }

    public bool IsDone => Ended is not null;

    public string Status => Ended is null ? "InProgress" : Error is null ? "Succeeded" : "Failed";

    /// <summary>Done to the state when the operation succeeds; may refuse.</summary>
    public Action Complete { get; init; } = () => { };

    /// <summary>Done to the state when it fails.</summary>
    public Action Fail { get; init; } = () => { };

    /// <summary>Done to the state when it is ended before its time.</summary>
    public Action Cancelled { get; init; } = () => { };

    /// <summary>What its end tells; null for nothing.</summary>
    public Func<JsonNode?> Result { get; init; } = () => null;

    /// <summary>Done whenever time has passed and more is to come, with how far it is, in percent.</summary>
    public Action<int> Advance { get; init; } = _ => { };

    /// <summary>Work outside the lock, without which it can't end: pages that are copied.</summary>
    public Task Work { get; init; } = Task.CompletedTask;

    /// <summary>In percent; 100 only when it is done.</summary>
    public int Progress(DateTimeOffset now) => IsDone ? 100 : Math.Min(99, (int)(100 * time.Passed(now)));

    /// <summary>Lets time pass, and ends the operation when it is over.</summary>
    public void Poll(DateTimeOffset now)
    {
        if (IsDone)
        {
            return;
        }

        time.Poll();
        if (time.IsOver(now) && Work.IsCompleted)
        {
            Finish(now);
        }
        else
        {
            Advance(Progress(now));
        }
    }

    /// <summary>Has ended as it was kept.</summary>
    public void Restore(DateTimeOffset ended, ArmException? error)
    {
        Ended = ended;
        Error = error;
    }

    /// <summary>Ends it before its time.</summary>
    public void Cancel(DateTimeOffset now)
    {
        if (!IsDone)
        {
            Ended = now;
            Error = new ArmException(System.Net.HttpStatusCode.Conflict, "OperationPreempted", "Operation execution has been preempted by a more recent operation.");
            Cancelled();
        }
    }

    /// <summary>Ends it now, where it has not ended.</summary>
    public void Finish(DateTimeOffset now)
    {
        if (IsDone)
        {
            return;
        }

        Ended = time.End(now);
        try
        {
            if (Work.Exception?.GetBaseException() is { } problem)
            {
                throw problem as ArmException
                    ?? new ArmException(System.Net.HttpStatusCode.InternalServerError, "InternalExecutionError", "An internal execution error occurred: " + problem.Message);
            }

            Complete();
        }
        catch (ArmException error)
        {
            Error = error;
            Fail();
        }
    }
}

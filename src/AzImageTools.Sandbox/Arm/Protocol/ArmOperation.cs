using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>A long-running operation. Time passes for it when it is polled. Used under the cloud's lock.</summary>
internal sealed class ArmOperation(string location, string kind, int polls, DateTimeOffset now)
{
    private int _pollsLeft = polls;

    public string Id { get; } = Guid.NewGuid().ToString();

    public string Location { get; } = location;

    /// <summary>The part of the address that tells which service runs it: <c>operations</c>, <c>DiskOperations</c>, <c>capsOperations</c>.</summary>
    public string Kind { get; } = kind;

    public DateTimeOffset Started { get; } = now;

    public DateTimeOffset? Ended { get; private set; }

    public ArmException? Error { get; private set; }

    public bool IsDone => Ended is not null;

    public string Status => Ended is null ? "InProgress" : Error is null ? "Succeeded" : "Failed";

    /// <summary>Done to the state when the operation succeeds; may refuse.</summary>
    public Action Complete { get; init; } = () => { };

    /// <summary>Done to the state when it fails.</summary>
    public Action Fail { get; init; } = () => { };

    /// <summary>What its end tells; null for nothing.</summary>
    public Func<JsonNode?> Result { get; init; } = () => null;

    /// <summary>Work outside the lock, without which it can't end: pages that are copied.</summary>
    public Task Work { get; init; } = Task.CompletedTask;

    public void Poll(DateTimeOffset now)
    {
        if (IsDone)
        {
            return;
        }

        if (_pollsLeft > 0)
        {
            _pollsLeft--;
            return;
        }

        if (Work.IsCompleted)
        {
            Finish(now);
        }
    }

    private void Finish(DateTimeOffset now)
    {
        Ended = now;
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

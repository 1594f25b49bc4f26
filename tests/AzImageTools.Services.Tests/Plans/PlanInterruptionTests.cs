using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Session;

namespace AzImageTools.Services.Tests.Plans;

/// <summary>Plans whose steps don't look whether they are to stop, and whose undoing does not end.</summary>
public sealed class PlanInterruptionTests
{
    [Fact]
    public async Task A_run_cancelled_during_a_step_that_does_not_look_begins_no_other_and_undoes_that_one()
    {
        using CancellationTokenSource cancellation = new();
        List<string> done = [];
        Plan<string> plan = new(
            "Make things",
            "the world",
            [
                Step("one", _ => cancellation.CancelAsync(), _ => Note("undo one")),
                Step("two", _ => Note("two"), _ => Note("undo two")),
            ],
            _ => Task.FromResult("result"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PlanRunner.RunAsync(plan, new() { Cancellation = cancellation.Token }));

        Assert.Equal(["undo one"], done);

        Task<bool> Note(string what)
        {
            done.Add(what);
            return Task.FromResult(true);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task An_undo_that_does_not_end_is_given_up_after_ten_minutes_and_the_steps_before_are_undone()
    {
        InstantTime time = new();
        RecordingLog log = new();
        bool isFirstUndone = false;
        Plan<string> plan = new(
            "Make things",
            "the world",
            [
                Step("one", _ => Task.CompletedTask, _ => Task.FromResult(isFirstUndone = true)),
                Step("two", _ => Task.FromException(new InvalidDataException("broken")), async run =>
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, run.Cancellation);
                    return true;
                }),
            ],
            _ => Task.FromResult("result"));

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => PlanRunner.RunAsync(plan, new() { Time = time, Log = log }).WaitAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith("two", Assert.Single(failure.NotUndone), StringComparison.Ordinal);
        Assert.Equal(["one"], failure.Undone);
        Assert.True(isFirstUndone);
        Assert.All(time.Waits, wait => Assert.Equal(TimeSpan.FromMinutes(10), wait));
        Assert.Single(log.Warnings);
    }

    [Fact]
    public async Task A_result_that_can_t_be_read_is_told_with_all_that_was_made()
    {
        Plan<string> plan = new(
            "Make things",
            "the world",
            [Step("one", _ => Task.CompletedTask, _ => Task.FromResult(true)), Step("two", _ => Task.CompletedTask, _ => Task.FromResult(true))],
            _ => throw new ImageServiceException("Forbidden", ErrorKind.PermissionDenied, "Reading the world failed.", "Ask for a role.", "the world"));

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => PlanRunner.RunAsync(plan, new()));

        Assert.Equal("Make things: all is done, but reading the world failed. Ask for a role. Kept: two; one.", failure.Message);
        Assert.Equal(["two", "one"], failure.Kept);
        Assert.Empty(failure.FailedStep);
    }

    [Fact]
    public async Task A_run_cancelled_while_its_result_is_read_tells_all_that_was_made()
    {
        using CancellationTokenSource cancellation = new();
        Plan<string> plan = new("Make things", "the world", [Step("one", _ => Task.CompletedTask, _ => Task.FromResult(true))], async run =>
        {
            await cancellation.CancelAsync();
            run.Cancellation.ThrowIfCancellationRequested();
            return "result";
        });

        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PlanRunner.RunAsync(plan, new() { Cancellation = cancellation.Token }));

        Assert.Equal("Make things was cancelled when all was done. Kept: one.", cancelled.Message);
    }

    private static Step Step(string name, Func<StepRun, Task> action, Func<StepRun, Task<bool>> undo) => new(action)
    {
        Title = name,
        Effect = StepEffect.Creates,
        Target = name,
        OnFailure = FailureAction.Undo,
        Undo = undo,
    };
}

using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using CsCheck;

namespace AzImageTools.Services.Tests.Plans;

public sealed class PlanRunnerTests
{
    // What a generated step does on failure, whether its undo fails, and its weight.
    private static readonly Gen<(FailureAction OnFailure, bool UndoFails, int Weight)> GenStep =
        Gen.Select(Gen.Enum<FailureAction>(), Gen.Bool, Gen.Int[1, 5]);

    private static readonly Gen<(FailureAction OnFailure, bool UndoFails, int Weight)[]> GenSteps = GenStep.Array[1, 8];

    // Where a run breaks off: before a step's work or after it; and whether by failure or by cancellation.
    private static readonly Gen<(int At, bool AfterWork, bool Cancel)> GenBreak = Gen.Select(Gen.Int[0, 7], Gen.Bool, Gen.Bool);

    [Fact]
    public async Task A_plan_runs_its_steps_in_order_and_yields_its_result()
    {
        using World world = new();
        Plan<string> plan = world.Plan([(FailureAction.Undo, false, 1), (FailureAction.Keep, false, 2), (FailureAction.Resume, false, 1)]);

        string result = await PlanRunner.RunAsync(plan, world.Context());

        Assert.Equal("result", result);
        Assert.Equal(["thing 0", "thing 1", "thing 2"], world.Things);
        Assert.Empty(world.UndoCalls);
    }

    [Fact]
    public async Task A_run_that_breaks_off_anywhere_undoes_exactly_what_it_created_in_reverse()
    {
        await Gen.Select(GenSteps, GenBreak).SampleAsync(async (steps, breakOff) =>
        {
            int at = breakOff.At % steps.Length;
            using World world = new() { BreakAt = at, BreakAfterWork = breakOff.AfterWork, BreakByCancelling = breakOff.Cancel };
            Plan<string> plan = world.Plan(steps);

            Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => PlanRunner.RunAsync(plan, world.Context()));

            // Every step that began and is to be undone is asked, latest first, and no other.
            int[] asked = [.. Enumerable.Range(0, at + 1).Reverse().Where(index => steps[index].OnFailure == FailureAction.Undo)];
            Assert.Equal(asked, world.UndoCalls);

            // What remains: kept steps' things and those whose undo failed. Nothing after the break was made.
            int made = breakOff.AfterWork ? at + 1 : at;
            string[] remaining = [.. Enumerable.Range(0, made)
                .Where(index => steps[index].OnFailure != FailureAction.Undo || steps[index].UndoFails)
                .Select(index => $"thing {index}")];
            Assert.Equal(remaining, world.Things);

            string[] failedUndos = [.. asked.Where(index => index < made && steps[index].UndoFails).Select(index => $"thing {index} (undo {index} failed)")];
            Assert.Equal(failedUndos.Length, world.Log.Warnings.Count);
            Assert.All(failedUndos, failed => Assert.Contains(world.Log.Warnings, warning => warning.Contains(failed, StringComparison.Ordinal)));
            Assert.All(failedUndos, failed => Assert.Contains(failed, exception.Message, StringComparison.Ordinal));

            if (breakOff.Cancel)
            {
                Assert.IsAssignableFrom<OperationCanceledException>(exception);
            }
            else
            {
                PlanFailedException failure = Assert.IsType<PlanFailedException>(exception);
                Assert.Equal("Broken", failure.ErrorId);
                Assert.Equal(ErrorKind.InvalidState, failure.Kind);
                Assert.Equal($"step {at}", failure.FailedStep);
                Assert.Equal(failedUndos, failure.NotUndone);
                Assert.Equal(asked.Where(index => index < made && !steps[index].UndoFails).Select(index => $"thing {index}"), failure.Undone);
            }

            Assert.False(world.SawCancelledUndo);
        }, iter: 500);
    }

    [Fact]
    public async Task Progress_is_one_activity_that_never_goes_back_and_ends()
    {
        await GenSteps.SampleAsync(async steps =>
        {
            using World world = new();
            await PlanRunner.RunAsync(world.Plan(steps), world.Context());

            OperationProgress[] reports = [.. world.Progress.Reports];
            Assert.All(reports, report => Assert.Equal("Make things", report.Activity));
            Assert.All(reports, report => Assert.InRange(report.PercentComplete!.Value, 0, 100.0001));
            Assert.Equal(reports.Select(report => report.PercentComplete), reports.Select(report => report.PercentComplete).Order());
            Assert.Single(reports, report => report.IsCompleted);
            Assert.True(reports[^1].IsCompleted);
            Assert.All(steps.Select((_, index) => index), index => Assert.Contains(reports, report => report.Status == $"step {index}: half"));
        }, iter: 100);
    }

    [Fact]
    public async Task Progress_ends_when_the_run_fails()
    {
        using World world = new() { BreakAt = 0 };
        await Assert.ThrowsAsync<PlanFailedException>(() => PlanRunner.RunAsync(world.Plan([(FailureAction.Undo, false, 1)]), world.Context()));
        Assert.True(world.Progress.Reports.Last().IsCompleted);
    }

    [Fact]
    public async Task A_safety_net_is_undone_before_and_kept_after_the_step_it_is_for_has_begun()
    {
        foreach (bool reachesPointOfNoReturn in new[] { false, true })
        {
            using World world = new() { BreakAt = reachesPointOfNoReturn ? 2 : 1 };
            Step noReturn = world.Step(2, FailureAction.Keep);
            Step net = world.Step(0, FailureAction.Undo, keptOnceBegun: noReturn);
            Plan<string> plan = new("Make things", "the world", [net, world.Step(1, FailureAction.Keep), noReturn], _ => Task.FromResult("result"));

            PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => PlanRunner.RunAsync(plan, world.Context()));

            Assert.Equal(reachesPointOfNoReturn, world.Things.Contains("thing 0"));
            Assert.Equal(reachesPointOfNoReturn, failure.Kept.Contains("thing 0"));
        }
    }

    [Fact]
    public async Task What_a_step_needs_is_kept_where_that_step_can_not_be_undone()
    {
        foreach (bool isStuck in new[] { false, true })
        {
            using World world = new() { BreakAt = 3 };
            Step made = world.Step(2, FailureAction.Undo, undoFails: isStuck);
            Plan<string> plan = new(
                "Make things", "the world", [world.Step(0, FailureAction.Undo), world.Step(1, FailureAction.Undo, neededBy: made), made, world.Step(3, FailureAction.Keep)], _ => Task.FromResult("result"));

            PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => PlanRunner.RunAsync(plan, world.Context()));

            Assert.Equal(isStuck ? ["thing 1", "thing 2"] : [], world.Things);
            Assert.Equal(isStuck ? ["thing 2 (undo 2 failed)", "thing 1 (it is needed by thing 2)"] : [], failure.NotUndone);
        }
    }

    [Fact]
    public async Task An_aftermath_is_told_only_of_steps_that_were_done()
    {
        foreach (int breakAt in new[] { 0, 1 })
        {
            using World world = new() { BreakAt = breakAt };
            Plan<string> plan = new("Make things", "the world", [world.Step(0, FailureAction.Keep, aftermath: "It can't start again."), world.Step(1, FailureAction.Keep)], _ => Task.FromResult("result"));

            PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => PlanRunner.RunAsync(plan, world.Context()));

            Assert.Equal(breakAt == 1, failure.Message.Contains("It can't start again.", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task All_steps_of_a_run_see_one_run_id_and_another_run_another()
    {
        using World world = new();
        Plan<string> plan = world.Plan([(FailureAction.Undo, false, 1), (FailureAction.Undo, false, 1)]);
        await PlanRunner.RunAsync(plan, world.Context());
        Assert.Single(world.RunIds);
        await PlanRunner.RunAsync(plan, world.Context());
        Assert.Equal(2, world.RunIds.Count);
    }

    [Fact]
    public async Task An_error_that_is_not_ours_is_still_followed_by_the_undo()
    {
        using World world = new() { BreakAt = 1, BreakWith = new InvalidDataException("odd") };
        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(
            () => PlanRunner.RunAsync(world.Plan([(FailureAction.Undo, false, 1), (FailureAction.Keep, false, 1)]), world.Context()));
        Assert.Equal("PlanFailed", failure.ErrorId);
        Assert.IsType<InvalidDataException>(failure.InnerException);
        Assert.Empty(world.Things);
    }

    [Fact]
    public async Task A_timeout_inside_a_step_is_a_failure_and_no_cancellation()
    {
        using World world = new() { BreakAt = 0, BreakWith = new TaskCanceledException("timed out") };
        await Assert.ThrowsAsync<PlanFailedException>(() => PlanRunner.RunAsync(world.Plan([(FailureAction.Undo, false, 1)]), world.Context()));
    }

    [Fact]
    public void A_plan_describes_each_step_with_what_becomes_of_it_on_failure()
    {
        using World world = new();
        Step last = world.Step(2, FailureAction.Keep, note: "It costs.");
        Plan<string> plan = new("Make things", "the world", [world.Step(0, FailureAction.Undo), world.Step(1, FailureAction.Undo, keptOnceBegun: last), last], _ => Task.FromResult("result"));

        Assert.Equal(
            [
                "Make things: the world",
                "1. step 0: creates thing 0 (undone on failure).",
                "2. step 1: creates thing 1 (undone on failure, but kept once this has begun: step 2).",
                "3. step 2: creates thing 2 (kept on failure). It costs.",
            ],
            plan.Describe());
    }

    [Fact]
    public void A_step_to_be_undone_without_an_undo_is_refused()
    {
        Step step = new(_ => Task.CompletedTask) { Title = "t", Effect = StepEffect.Creates, Target = "x", OnFailure = FailureAction.Undo };
        Assert.Throws<ArgumentException>(() => new Plan<string>("p", "t", [step], _ => Task.FromResult("result")));
    }

    /// <summary>A world of things that steps make and undoes take away, and that breaks where told.</summary>
    private sealed class World : IDisposable
    {
        private readonly CancellationTokenSource _cancellation = new();

        public int? BreakAt { get; init; }

        public bool BreakAfterWork { get; init; }

        public bool BreakByCancelling { get; init; }

        public Exception? BreakWith { get; init; }

        public List<string> Things { get; } = [];

        public List<int> UndoCalls { get; } = [];

        public HashSet<string> RunIds { get; } = [];

        public bool SawCancelledUndo { get; private set; }

        public RecordingLog Log { get; } = new();

        public RecordingProgress Progress { get; } = new();

        public OperationContext Context() => new() { Log = Log, Progress = Progress, Cancellation = _cancellation.Token };

        public Plan<string> Plan((FailureAction OnFailure, bool UndoFails, int Weight)[] steps) => new(
            "Make things",
            "the world",
            [.. steps.Select((step, index) => Step(index, step.OnFailure, step.UndoFails, step.Weight))],
            _ => Task.FromResult("result"));

        public Step Step(int index, FailureAction onFailure, bool undoFails = false, int weight = 1, Step? keptOnceBegun = null, Step? neededBy = null, string? aftermath = null, string? note = null) => new(run => ActAsync(index, run))
        {
            Title = $"step {index}",
            Effect = StepEffect.Creates,
            Target = $"thing {index}",
            OnFailure = onFailure,
            Weight = weight,
            KeptOnceBegun = keptOnceBegun,
            NeededBy = neededBy,
            Aftermath = aftermath,
            Note = note,
            Undo = run => UndoAsync(index, undoFails, run),
        };

        public void Dispose() => _cancellation.Dispose();

        private async Task ActAsync(int index, StepRun run)
        {
            await Task.Yield();
            RunIds.Add(run.RunId);
            run.Context.Progress.Report(new OperationProgress { Activity = "inner", Status = "half", PercentComplete = 50 });
            if (index == BreakAt && !BreakAfterWork)
            {
                Break(run);
            }

            Things.Add($"thing {index}");
            if (index == BreakAt)
            {
                Break(run);
            }
        }

        private void Break(StepRun run)
        {
            if (BreakByCancelling)
            {
                _cancellation.Cancel();
                run.Cancellation.ThrowIfCancellationRequested();
            }

            throw BreakWith ?? new ImageServiceException("Broken", ErrorKind.InvalidState, "It broke.", "Mend it.");
        }

        private async Task<bool> UndoAsync(int index, bool fails, StepRun run)
        {
            await Task.Yield();
            UndoCalls.Add(index);
            SawCancelledUndo |= run.Cancellation.IsCancellationRequested;
            if (!Things.Contains($"thing {index}"))
            {
                return false;
            }

            if (fails)
            {
                throw new ImageServiceException("UndoFailed", ErrorKind.Connection, $"undo {index} failed", string.Empty);
            }

            return Things.Remove($"thing {index}");
        }
    }
}

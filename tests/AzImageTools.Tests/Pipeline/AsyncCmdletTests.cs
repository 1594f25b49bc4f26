using System.Management.Automation;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Tests.Pipeline;

public sealed class AsyncCmdletTests
{
    [Fact]
    public void Objects_written_from_other_threads_arrive_in_order()
    {
        using PowerShellSession session = new(async (sink, _, _) =>
        {
            for (int i = 0; i < 100; i++)
            {
                await Task.Yield();
                await sink.WriteObjectAsync(i);
            }
        });
        using PowerShell shell = session.Script("Test-Probe -Body $body");
        Assert.Equal(Enumerable.Range(0, 100), shell.Invoke<int>());
    }

    [Fact]
    public void Messages_reach_the_streams_they_are_meant_for()
    {
        using PowerShellSession session = new((_, context, _) =>
        {
            context.Log.Warning("careful");
            context.Log.Verbose("details");
            context.Log.Debug("more details");
            context.Progress.Report(new OperationProgress { Activity = "Working", Status = "half", PercentComplete = 50 });
            return Task.CompletedTask;
        });
        using PowerShell shell = session.Script("$DebugPreference = 'Continue'; Test-Probe -Body $body -Verbose");
        shell.Invoke();
        Assert.Empty(shell.Streams.Error);
        Assert.Equal("careful", Assert.Single(shell.Streams.Warning).Message);
        Assert.Equal("details", Assert.Single(shell.Streams.Verbose).Message);
        Assert.Equal("more details", Assert.Single(shell.Streams.Debug).Message);
        Assert.Equal([ProgressRecordType.Processing, ProgressRecordType.Completed], shell.Streams.Progress.Select(record => record.RecordType));
        Assert.Equal(50, shell.Streams.Progress[0].PercentComplete);
    }

    [Fact]
    public void An_error_about_one_input_is_reported_and_the_next_input_is_tried()
    {
        using PowerShellSession session = new((sink, _, input) => input is 2
            ? throw new ImageServiceException("NoTwo", ErrorKind.InvalidArgument, "Two is not taken.", "Give another number.", input)
            : sink.WriteObjectAsync(input!));
        using PowerShell shell = session.Script("1..3 | Test-Probe -Body $body");
        Assert.Equal([1, 3], shell.Invoke<int>());
        ErrorRecord error = Assert.Single(shell.Streams.Error);
        Assert.StartsWith("NoTwo,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
        Assert.Equal(2, error.TargetObject);
        Assert.Equal("Two is not taken. Give another number.", error.Exception.Message);
    }

    [Fact]
    public void An_error_with_ErrorAction_Stop_ends_the_pipeline_after_the_cleanup()
    {
        bool cleaned = false;
        using PowerShellSession session = new(async (sink, _, _) =>
        {
            try
            {
                await sink.WriteErrorAsync(new ErrorRecord(new InvalidOperationException("bad"), "Bad", ErrorCategory.NotSpecified, null));
            }
            finally
            {
                await Task.Delay(50, CancellationToken.None);
                cleaned = true;
            }
        });
        using PowerShell shell = session.Script("Test-Probe -Body $body -ErrorAction Stop");
        Assert.Throws<ActionPreferenceStopException>(() => shell.Invoke());
        Assert.True(cleaned);
    }

    [Fact]
    public void A_later_command_that_ends_the_pipeline_cancels_the_body_and_waits_for_its_cleanup()
    {
        bool cancelled = false;
        using PowerShellSession session = new(async (sink, context, _) =>
        {
            try
            {
                for (int i = 0; ; i++)
                {
                    await sink.WriteObjectAsync(i);
                }
            }
            finally
            {
                await Task.Delay(50, CancellationToken.None);
                cancelled = context.Cancellation.IsCancellationRequested;
            }
        });
        using PowerShell shell = session.Script("Test-Probe -Body $body | Select-FirstOne");
        Assert.Equal(0, Assert.Single(shell.Invoke<int>()));
        Assert.True(cancelled);
    }

    [Fact]
    public async Task Stopping_the_pipeline_cancels_the_body_and_waits_for_its_cleanup()
    {
        TaskCompletionSource running = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool cleaned = false;
        using PowerShellSession session = new(async (sink, context, _) =>
        {
            try
            {
                running.SetResult();
                await Task.Delay(Timeout.Infinite, context.Cancellation);
            }
            finally
            {
                sink.WriteWarning("cleaning up");
                await Task.Delay(50, CancellationToken.None);
                cleaned = true;
            }
        });
        using PowerShell shell = session.Script("Test-Probe -Body $body");
        IAsyncResult invocation = shell.BeginInvoke();
        await running.Task;
        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(invocation));
        Assert.True(cleaned);
    }

    [Fact]
    public void WhatIf_answers_no_to_a_question_asked_from_another_thread()
    {
        using PowerShellSession session = new(async (sink, _, _) =>
            await sink.WriteObjectAsync(await sink.ShouldProcessAsync("Would do it")));
        using PowerShell shell = session.Script("Test-Probe -Body $body -WhatIf; Test-Probe -Body $body");
        Assert.Equal([false, true], shell.Invoke<bool>());
    }

    [Fact]
    public void A_job_begins_once_the_work_is_confirmed_and_holds_all_its_streams()
    {
        using ManualResetEventSlim goOn = new();
        using PowerShellSession session = new(async (sink, context, _) =>
        {
            Assert.True(await sink.ShouldProcessAsync("Would do it"));
            goOn.Wait(TimeSpan.FromSeconds(30), context.Cancellation);
            context.Log.Warning("careful");
            await sink.WriteObjectAsync("done");
            throw new ImageServiceException("Late", ErrorKind.Timeout, "Too late.", "Try again.");
        });
        using PowerShell start = session.Script("Test-Probe -Body $body -AsJob");
        Job job = Assert.Single(start.Invoke<Job>());
        Assert.Equal(JobState.Running, job.JobStateInfo.State);
        goOn.Set();
        using PowerShell receive = session.Script("Get-Job | Wait-Job | Receive-Job");
        Assert.Equal("done", Assert.Single(receive.Invoke<string>()));
        Assert.Equal("careful", Assert.Single(receive.Streams.Warning).Message);
        Assert.Contains("Late", Assert.Single(receive.Streams.Error).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(JobState.Failed, job.JobStateInfo.State);
    }

    [Fact]
    public void A_job_has_the_commands_name_and_holds_the_messages_from_before_its_confirmation_too()
    {
        using PowerShellSession session = new(async (sink, context, _) =>
        {
            context.Log.Verbose("looked");
            context.Log.Debug("closely");
            Assert.True(await sink.ShouldProcessAsync("Would do it"));
            context.Log.Verbose("did");
            context.Progress.Report(new OperationProgress { Activity = "Doing", Status = "half" });
        });
        using PowerShell start = session.Script("Test-Probe -Body $body -AsJob -Verbose -Debug; Get-Job -Name Test-Probe | Wait-Job | Out-Null");
        Job job = Assert.Single(start.Invoke<Job>());

        Assert.Equal("Test-Probe", job.Name);
        Assert.Equal(["looked", "did"], job.Verbose.Select(record => record.Message));
        Assert.Equal(["closely"], job.Debug.Select(record => record.Message));
        Assert.Contains(job.Progress, record => record.StatusDescription == "half");

        // What PowerShell itself tells of the confirmation.
        Assert.Equal("Would do it", Assert.Single(start.Streams.Verbose).Message);
    }

    [Fact]
    public void A_job_keeps_no_messages_that_nobody_asked_for()
    {
        using PowerShellSession session = new(async (sink, context, _) =>
        {
            Assert.True(await sink.ShouldProcessAsync("Would do it"));
            context.Log.Verbose("did");
            context.Log.Debug("closely");
        });
        using PowerShell start = session.Script("Test-Probe -Body $body -AsJob | Wait-Job");
        Job job = Assert.Single(start.Invoke<Job>());

        Assert.Empty(job.Verbose);
        Assert.Empty(job.Debug);
    }

    [Fact]
    public void A_job_keeps_so_many_messages_that_nobody_takes_and_tells_how_many_more_there_were()
    {
        using PowerShellSession session = new(async (sink, context, _) =>
        {
            Assert.True(await sink.ShouldProcessAsync("Would do it"));
            for (int number = 0; number < ServiceJob.MostMessages + 7; number++)
            {
                context.Log.Verbose($"did {number}");
            }
        });
        using PowerShell start = session.Script("Test-Probe -Body $body -AsJob -Verbose | Wait-Job");
        Job job = Assert.Single(start.Invoke<Job>());

        Assert.Equal(ServiceJob.MostMessages + 1, job.Verbose.Count);
        Assert.Equal($"did {ServiceJob.MostMessages - 1}", job.Verbose[ServiceJob.MostMessages - 1].Message);
        Assert.StartsWith("7 messages are left out here", job.Verbose[ServiceJob.MostMessages].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_fails_before_the_confirmation_is_a_failed_job()
    {
        using PowerShellSession session = new((_, _, _) => throw new ImageServiceException("NotThere", ErrorKind.NotFound, "It is not there.", "Give another name.", "x"));
        using PowerShell start = session.Script("Test-Probe -Body $body -AsJob | Wait-Job");
        Job job = Assert.Single(start.Invoke<Job>());

        Assert.Equal(JobState.Failed, job.JobStateInfo.State);
        Assert.Equal("NotThere", Assert.Single(job.Error).FullyQualifiedErrorId);
        Assert.Empty(start.Streams.Error);
    }

    [Fact]
    public void What_fails_with_WhatIf_and_AsJob_is_an_error_at_once()
    {
        using PowerShellSession session = new((_, context, _) =>
        {
            context.Log.Verbose("looked");
            throw new ImageServiceException("NotThere", ErrorKind.NotFound, "It is not there.", "Give another name.", "x");
        });
        using PowerShell start = session.Script("Test-Probe -Body $body -AsJob -WhatIf -Verbose");

        Assert.Empty(start.Invoke());
        Assert.StartsWith("NotThere,", Assert.Single(start.Streams.Error).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("looked", Assert.Single(start.Streams.Verbose).Message);
    }

    [Fact]
    public void A_job_whose_error_was_received_before_its_end_has_failed_all_the_same()
    {
        using ManualResetEventSlim goOn = new();
        using PowerShellSession session = new(async (sink, context, _) =>
        {
            Assert.True(await sink.ShouldProcessAsync("Would do it"));
            await sink.WriteErrorAsync(new ErrorRecord(new InvalidOperationException("bad"), "Bad", ErrorCategory.NotSpecified, null));
            goOn.Wait(TimeSpan.FromSeconds(30), context.Cancellation);
        });
        using PowerShell start = session.Script("Test-Probe -Body $body -AsJob");
        Job job = Assert.Single(start.Invoke<Job>());
        Assert.True(SpinWait.SpinUntil(() => job.Error.Count > 0, TimeSpan.FromSeconds(30)));
        job.Error.ReadAll();
        goOn.Set();
        using PowerShell wait = session.Script("Get-Job | Wait-Job");
        wait.Invoke();
        Assert.Equal(JobState.Failed, job.JobStateInfo.State);
    }

    [Fact]
    public void WhatIf_with_AsJob_starts_no_job()
    {
        using PowerShellSession session = new(async (sink, _, _) =>
        {
            if (await sink.ShouldProcessAsync("Would do it"))
            {
                await sink.WriteObjectAsync("changed");
            }
        });
        using PowerShell shell = session.Script("Test-Probe -Body $body -AsJob -WhatIf; Get-Job");
        Assert.Empty(shell.Invoke());
    }

    [Fact]
    public async Task Stopping_a_job_cancels_its_work_and_waits_for_the_cleanup()
    {
        TaskCompletionSource running = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool cleaned = false;
        using PowerShellSession session = new(async (sink, context, _) =>
        {
            await sink.ShouldProcessAsync("Would do it");
            try
            {
                running.SetResult();
                await Task.Delay(Timeout.Infinite, context.Cancellation);
            }
            finally
            {
                await Task.Delay(50, CancellationToken.None);
                cleaned = true;
            }
        });
        using PowerShell start = session.Script("Test-Probe -Body $body -AsJob");
        Job job = Assert.Single(start.Invoke<Job>());
        await running.Task;
        using PowerShell stop = session.Script("Get-Job | Stop-Job");
        stop.Invoke();
        Assert.Empty(stop.Streams.Error);
        Assert.True(cleaned);
        Assert.Equal(JobState.Stopped, job.JobStateInfo.State);
    }

    [Fact]
    public void A_job_is_received_while_it_runs_and_is_gone_afterwards()
    {
        using PowerShellSession session = new(async (sink, _, _) =>
        {
            await sink.ShouldProcessAsync("Would do it");
            await Task.Delay(50, CancellationToken.None);
            await sink.WriteObjectAsync("done");
        });
        using PowerShell shell = session.Script("Test-Probe -Body $body -AsJob | Receive-Job -Wait -AutoRemoveJob; Get-Job");
        Assert.Equal("done", Assert.Single(shell.Invoke()).BaseObject);
        Assert.Empty(shell.Streams.Error);
    }

    [Fact]
    public void A_fault_of_the_body_itself_is_not_hidden()
    {
        using PowerShellSession session = new((_, _, _) => throw new InvalidCastException("a bug"));
        using PowerShell shell = session.Script("Test-Probe -Body $body");
        shell.Invoke();
        Assert.IsType<InvalidCastException>(Assert.Single(shell.Streams.Error).Exception);
    }
}

using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;

namespace AzImageTools.Services.Galleries;

/// <summary>
/// Several copies in one go: Azure begins all of them before the first is waited for, so that they take as long as the slowest. One that can't be made does not keep
/// the others from it.
/// </summary>
public sealed class VersionCopyBatch
{
    private const string Succeeded = nameof(Succeeded);

    private readonly List<(VersionCopyService Service, VersionCopyRequest Request, Plan<CapturedImage> Plan)> _planned = [];
    private readonly List<Exception> _refused = [];

    private VersionCopyBatch()
    {
    }

    /// <summary>How many copies can be made, or are there.</summary>
    public int Count => _planned.Count;

    /// <summary>Why others can't: each tells of itself as an <see cref="IErrorDetails"/>.</summary>
    public IReadOnlyList<Exception> Refused => _refused;

    /// <summary>Plans copies. Changes nothing.</summary>
    /// <param name="copies">What to copy where.</param>
    /// <param name="context">Log, time and cancellation.</param>
    public static async Task<VersionCopyBatch> PlanAsync(IReadOnlyList<(VersionCopyService Service, VersionCopyRequest Request)> copies, OperationContext context)
    {
        _ = copies ?? throw new ArgumentNullException(nameof(copies));
        VersionCopyBatch batch = new();
        foreach ((VersionCopyService service, VersionCopyRequest request) in copies)
        {
            VersionCopyRequest begun = copies.Count > 1 ? request with { NoWait = true } : request;
            await TryAsync(
                async () => batch._planned.Add((service, begun, await service.PlanAsync(begun, context).ConfigureAwait(false))),
                problem =>
                {
                    batch._refused.Add(problem);
                    return Task.CompletedTask;
                }).ConfigureAwait(false);
        }

        return batch;
    }

    /// <summary>Makes the copies.</summary>
    /// <param name="waits">Whether to wait until each is in all its regions.</param>
    /// <param name="emit">Gets each copy.</param>
    /// <param name="report">Gets why one was not made.</param>
    /// <param name="context">Progress, log, time and cancellation.</param>
    public async Task RunAsync(bool waits, Func<CapturedImage, Task> emit, Func<Exception, Task> report, OperationContext context)
    {
        List<(VersionCopyService Service, CapturedImage Copy)> begun = [];
        try
        {
            await BeginAsync(begun, report, context).ConfigureAwait(false);
            while (begun.Count > 0)
            {
                (VersionCopyService service, CapturedImage copy) = begun[0];
                CapturedImage? done = copy;
                if (waits && copy.ProvisioningState != Succeeded)
                {
                    done = null;
                    await TryAsync(async () => done = await PlanRunner.RunAsync(service.PlanWait(copy), context).ConfigureAwait(false), report).ConfigureAwait(false);
                }

                begun.RemoveAt(0);
                if (done is not null)
                {
                    await emit(done).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException stopped) when (context.Cancellation.IsCancellationRequested)
        {
            string[] left = [.. begun.Where(static one => one.Copy.ProvisioningState != Succeeded).Select(static one => one.Copy.Id)];
            if (left.Length > 0)
            {
                context.Log.Warning($"Azure goes on with what was begun; the same command again, or Wait-AzImageVersion, joins it: {string.Join(", ", left)}.");
            }

            // A plan that was cancelled tells what it has kept.
            if (stopped.InnerException is not null)
            {
                context.Log.Warning(stopped.Message);
            }

            throw new OperationCanceledException("The copying was cancelled.", stopped, context.Cancellation);
        }
    }

    /// <summary>All plans as one text, as -WhatIf shows them.</summary>
    public override string ToString() => string.Join(Environment.NewLine, _planned.Select(static copy => copy.Plan.ToString()));

    private async Task BeginAsync(List<(VersionCopyService Service, CapturedImage Copy)> begun, Func<Exception, Task> report, OperationContext context)
    {
        for (int index = 0; index < _planned.Count; index++)
        {
            (VersionCopyService service, VersionCopyRequest request, Plan<CapturedImage> plan) = _planned[index];
            bool isFirst = index == 0;
            await TryAsync(
                async () =>
                {
                    // What the copies before have made, such as the definition, is seen now.
                    Plan<CapturedImage> current = isFirst ? plan : await service.PlanAsync(request, context).ConfigureAwait(false);
                    begun.Add((service, await PlanRunner.RunAsync(current, context).ConfigureAwait(false)));
                },
                report).ConfigureAwait(false);
        }
    }

    private static async Task TryAsync(Func<Task> action, Func<Exception, Task> onFailure)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is IErrorDetails)
        {
            await onFailure(problem).ConfigureAwait(false);
        }
    }
}

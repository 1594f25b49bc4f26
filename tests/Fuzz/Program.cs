using System.Diagnostics;
using AzImageTools.Fuzz;
using AzImageTools.Fuzz.Targets;

const int ExecutionsInRound = 20_000;
const int ProgressSeconds = 60;

FuzzOptions? options = FuzzOptions.TryParse(args);
IReadOnlyList<FuzzTarget> targets = [.. FuzzTargets.CreateAll().Where(target => options?.Target is null || target.Name == options.Target)];
if (options is null || targets.Count == 0)
{
    Console.Error.WriteLine(FuzzOptions.Usage);
    return 2;
}

FuzzLimits limits = FuzzLimits.Default with { Time = TimeSpan.FromSeconds(options.Timeout) };
(FuzzTarget Target, FuzzRunner Runner)[] runs = [.. targets.Select(target => (target, new FuzzRunner(target, options.Seed, limits, options.Findings)))];
if (options.Only is { } only)
{
    runs[0].Runner.Run(only, 1);
}
else
{
    RunRounds();
}

long executions = runs.Sum(run => run.Runner.Report.Executions);
long findings = runs.Sum(run => run.Runner.Report.FindingCount);
Print();
Console.WriteLine(FormattableString.Invariant($"seed {options.Seed}: {executions} executions, {findings} findings"));
foreach (Finding finding in runs.SelectMany(run => run.Runner.Report.Findings))
{
    Console.WriteLine();
    Console.WriteLine(finding);
}

// A stuck execution's files are left: it may still be reading them.
foreach (FuzzTarget target in runs.Where(run => !run.Runner.Report.IsStuck).Select(run => run.Target))
{
    target.Dispose();
}

return findings == 0 ? 0 : 1;

// All targets get their share of each round, so that a run may end at any time.
void RunRounds()
{
    Stopwatch clock = Stopwatch.StartNew();
    TimeSpan printed = TimeSpan.Zero;
    long total = targets.Sum(target => target.Weight);
    long left = options.Hours is null ? options.Executions : long.MaxValue;
    for (long round = 0; left > 0 && (options.Hours is not { } hours || clock.Elapsed.TotalHours < hours); round++)
    {
        foreach ((FuzzTarget target, FuzzRunner runner) in runs)
        {
            long share = Math.Max(1, ExecutionsInRound * target.Weight / total);
            long count = Math.Min(share, left);
            runner.Run(round * share, count);
            left -= count;
            if (clock.Elapsed - printed > TimeSpan.FromSeconds(ProgressSeconds))
            {
                printed = clock.Elapsed;
                Print();
            }
        }
    }
}

void Print()
{
    foreach ((FuzzTarget _, FuzzRunner runner) in runs)
    {
        Console.WriteLine(runner.Report);
    }
}

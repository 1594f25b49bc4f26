using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>
/// Breaks each call of each flow in each way, in a cloud of its own: the flow is done all the same, or the cloud holds what it held, beside
/// what the error names; run again it is done, and has left nothing that nobody named.
/// </summary>
public sealed class FaultSweepTests(SweepTally tally) : IClassFixture<SweepTally>
{
    /// <summary>Of the calls that change nothing, each so manieth is broken unless all are to be.</summary>
    private const int Share = 7;

    private static readonly bool BreaksAll = Environment.GetEnvironmentVariable("AZIMAGETOOLS_SWEEP") == "all";

    /// <summary>What each flow comes to when nothing is in its way.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<Task<Undisturbed>>> Known = new();

    public static TheoryData<string, FlowFault> Faults => [.. Flow.All.Keys.SelectMany(flow => Enum.GetValues<FlowFault>().Select(fault => (flow, fault)))];

    public static TheoryData<string> Flows => [.. Flow.All.Keys];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_broken_call_is_got_over_or_told_and_a_rerun_leaves_nothing_behind(string name, FlowFault fault)
    {
        Flow flow = Flow.All[name];
        Undisturbed expected = await UndisturbedAsync(flow);
        ConcurrentQueue<string> problems = new();
        await Parallel.ForEachAsync(ToBreak(flow, expected, fault), TestContext.Current.CancellationToken, async (at, _) =>
        {
            string[] found = await BreakAsync(flow, fault, at, expected);
            foreach (string problem in found)
            {
                problems.Enqueue($"call {at}, {expected.Calls[at]}: {problem}");
            }
        });

        Assert.True(problems.IsEmpty, string.Join("\n", problems.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Flows))]
    public async Task A_run_is_not_harmed_by_another_beside_it_that_breaks_off(string name)
    {
        Flow flow = Flow.All[name];
        Undisturbed expected = await UndisturbedAsync(flow);
        Undisturbed beside = await UndisturbedAsync(flow, isBeside: true);
        ConcurrentQueue<string> problems = new();
        FlowFault[] faults = [FlowFault.Failing, FlowFault.Cancelled, FlowFault.Killed];
        int[] calls = [.. Enumerable.Range(0, expected.Calls.Count).Where(at => BreaksAll || IsChange(expected.Calls[at])).Where((_, index) => BreaksAll || index % flow.Share == 0)];
        await Parallel.ForEachAsync(faults.SelectMany(fault => calls.Select(at => (fault, at))), TestContext.Current.CancellationToken, async (broken, _) =>
        {
            using FlowCloud cloud = await FlowCloud.PrepareAsync(flow);
            tally.Count(2);
            Task<FlowEnd> other = cloud.RunAsync(flow, broken.fault, broken.at);
            FlowEnd end = await cloud.RunAsync(flow, isBeside: true);
            await other;
            if (end.Result is null || Text(end.Result) != beside.Result)
            {
                problems.Enqueue($"{broken.fault} at call {broken.at}, {expected.Calls[broken.at]}: {end.Told} {Text(end.Result)}");
            }

            string[] made = [.. beside.Listing.Things.Keys.Where(id => id.Contains("beside", StringComparison.Ordinal))];
            CloudListing listing = await cloud.ListAsync();
            foreach (string id in made.Where(id => !listing.Things.ContainsKey(id)))
            {
                problems.Enqueue($"{broken.fault} at call {broken.at}, {expected.Calls[broken.at]}: there is not {id}");
            }
        });

        Assert.True(problems.IsEmpty, string.Join("\n", problems.Order(StringComparer.Ordinal)));
    }

    private async Task<string[]> BreakAsync(Flow flow, FlowFault fault, int at, Undisturbed expected)
    {
        using FlowCloud cloud = await FlowCloud.PrepareAsync(flow);
        CloudListing before = await cloud.ListAsync();
        tally.Count();
        FlowEnd end = await cloud.RunAsync(flow, fault, at);
        List<string> problems = [];
        if (end.Result is not null)
        {
            // What ends by itself within a minute, such as the lease on a blob, needs nobody to be told of.
            cloud.Time.Advance(TimeSpan.FromMinutes(1));
            problems.AddRange(expected.Differences(end, await cloud.ListAsync(), named: end.Told).Select(difference => "done, but " + difference));
            return [.. problems];
        }

        if (fault is FlowFault.Throttled or FlowFault.AnswerLost)
        {
            problems.Add($"not got over: {end.Told}");
        }

        if (fault != FlowFault.Killed)
        {
            CloudListing after = await cloud.ListAsync();
            problems.AddRange(Unnamed(before, after, end.Told).Select(id => $"changed and not told: {id}; told was: {end.Told}"));
        }

        if (end.Failure is PlanFailedException { FailedStep: "" } || end.Failure!.Message.Contains("when all was done", StringComparison.Ordinal))
        {
            problems.AddRange(expected.Changes(await cloud.ListAsync(), end.Told).Select(difference => "said to be done, but " + difference));
            return [.. problems];
        }

        cloud.Time.Advance(flow.TimeToRerun);
        _ = await cloud.ListAsync();
        CloudListing left = await cloud.ListAsync();
        tally.Count();
        FlowEnd again = await cloud.RunAsync(flow);
        string named = end.Told + again.Told;
        if (fault == FlowFault.Killed)
        {
            // Nobody has told of what a killed client made: its calls do, where the next run is not to remove it.
            string[] made = [.. end.Run.Wire.Calls.Where(call => call.StartsWith("PUT ", StringComparison.Ordinal)).Select(call => call[4..])];
            bool isRemoved = flow.IsRemovedAfterKill(end.Run.Wire.Calls.SkipLast(1));
            named = again.Told + (isRemoved ? string.Empty : string.Join('\n', made));
            while ((!isRemoved || flow.AsksToDelete) && again.Failure is ImageServiceException { Kind: ErrorKind.AlreadyExists, Target: string target } && made.Contains(target, StringComparer.OrdinalIgnoreCase))
            {
                await cloud.DeleteAsync(target);
                again = await cloud.RunAsync(flow);
            }

            // Where the next run does not remove it, what was made stays, under its name: what comes then may need others.
            if (again.Result is not null && !isRemoved && left.Things.Keys.Any(id => made.Contains(id, StringComparer.OrdinalIgnoreCase)))
            {
                return [.. problems];
            }
        }

        problems.AddRange(again.Result is null
            ? [$"does not go on after '{end.Failure!.Message}': {again.Told}"]
            : expected.Differences(again, await cloud.ListAsync(), named).Select(difference => $"run again, but {difference}; told was: {end.Told}"));
        return [.. problems];
    }

    private static IEnumerable<int> ToBreak(Flow flow, Undisturbed expected, FlowFault fault)
        => Enumerable.Range(0, expected.Calls.Count)
            .Where(at => BreaksAll || IsChange(expected.Calls[at]) || (at > 0 && IsChange(expected.Calls[at - 1])) || (at + (int)fault) % Share == 0)
            .Where((_, index) => BreaksAll || (index + (int)fault) % flow.Share == 0);

    private static bool IsChange(string call) => !call.StartsWith("GET ", StringComparison.Ordinal) && !call.EndsWith("/checkPolicyRestrictions", StringComparison.Ordinal);

    private static Task<Undisturbed> UndisturbedAsync(Flow flow, bool isBeside = false) => Known.GetOrAdd(flow.Name + (isBeside ? " beside" : string.Empty), _ => new Lazy<Task<Undisturbed>>(async () =>
    {
        using FlowCloud cloud = await FlowCloud.PrepareAsync(flow);
        FlowEnd end = await cloud.RunAsync(flow, isBeside: isBeside);
        Assert.True(end.Result is not null, end.Told);
        return new Undisturbed([.. end.Run.Wire.Calls], Text(end.Result), await cloud.ListAsync());
    })).Value;

    private static string Text(object? result) => CloudListing.Normalize(JsonSerializer.Serialize(result));

    /// <summary>What has changed without being named, itself or by the machine that it belongs to.</summary>
    private static IEnumerable<string> Unnamed(CloudListing before, CloudListing after, string told)
    {
        IReadOnlyList<string> changed = before.ChangesTo(after);
        return changed.Where(id => !IsNamed(id, told) && !((OwnerOf(after, id) ?? OwnerOf(before, id)) is { } machine && changed.Contains(machine, StringComparer.OrdinalIgnoreCase) && IsNamed(machine, told)));
    }

    private static bool IsNamed(string id, string told) => Regex.IsMatch(told, $@"(?<![\w.-]){Regex.Escape(id[(id.LastIndexOf('/') + 1)..])}(?![\w-])", RegexOptions.IgnoreCase);

    /// <summary>The machine that a disk or interface is attached to. Access that is left open is the disk's own matter.</summary>
    private static string? OwnerOf(CloudListing listing, string id)
    {
        if (!listing.Things.TryGetValue(id, out string? text) || !text.StartsWith('{') || text.Contains("\"ActiveSAS\"", StringComparison.Ordinal))
        {
            return null;
        }

        JsonNode document = JsonNode.Parse(text)!;
        return (string?)document["managedBy"] ?? (string?)document["properties"]?["virtualMachine"]?["id"];
    }

    /// <summary>A run that nothing disturbed.</summary>
    private sealed record Undisturbed(IReadOnlyList<string> Calls, string Result, CloudListing Listing)
    {
        private readonly IReadOnlyList<string> _normalized = Listing.Normalized();

        /// <summary>Where another run of the flow has come to something else; what was named may be there beside.</summary>
        public IEnumerable<string> Differences(FlowEnd end, CloudListing listing, string named)
        {
            string result = Text(end.Result);
            if (result != Result)
            {
                yield return $"the result is {result}, not {Result}";
            }

            foreach (string difference in Changes(listing, named))
            {
                yield return difference;
            }
        }

        /// <summary>Where the cloud holds something else than after the undisturbed run.</summary>
        public IEnumerable<string> Changes(CloudListing listing, string named)
        {
            Dictionary<string, int> expected = _normalized.GroupBy(line => line).ToDictionary(lines => lines.Key, lines => lines.Count());
            foreach ((string id, string text) in listing.Things.OrderBy(thing => IsNamed(thing.Key, named)))
            {
                string line = CloudListing.Normalize($"{id} {text}");
                if (expected.TryGetValue(line, out int count) && count > 0)
                {
                    expected[line]--;
                }
                else if (!IsNamed(id, named) || Listing.Things.ContainsKey(id))
                {
                    yield return $"there is {line}";
                }
            }

            foreach (string missing in expected.Where(line => line.Value > 0).Select(line => line.Key))
            {
                yield return $"there is not {missing}";
            }
        }
    }
}

/// <summary>Counts the runs of all flows, and writes their number beside the tests (fault-sweep.txt) at the end.</summary>
public sealed class SweepTally : IDisposable
{
    private int _runs;

    public void Count(int runs = 1) => Interlocked.Add(ref _runs, runs);

    public void Dispose() => File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "fault-sweep.txt"), $"The fault sweep ran flows {_runs} times.\n");
}

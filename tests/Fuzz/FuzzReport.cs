using System.Globalization;

namespace AzImageTools.Fuzz;

/// <summary>What the executions of a target came to.</summary>
internal sealed class FuzzReport(string target)
{
    private readonly Dictionary<string, Finding> _findings = [];

    public string Target { get; } = target;

    public long Executions { get; private set; }

    /// <summary>How many images could be opened in spite of their damage.</summary>
    public long Opened { get; private set; }

    /// <summary>How many executions were findings, the same bug met again included.</summary>
    public long FindingCount { get; private set; }

    public TimeSpan Slowest { get; private set; }

    public long SlowestExecution { get; private set; }

    public long MostBytes { get; private set; }

    /// <summary>Whether an execution did not come back: the target can't go on.</summary>
    public bool IsStuck { get; private set; }

    /// <summary>The findings, one of each kind.</summary>
    public IReadOnlyCollection<Finding> Findings => _findings.Values;

    public void AddExecution(long execution, bool isOpened, TimeSpan time, long bytes)
    {
        Executions++;
        Opened += isOpened ? 1 : 0;
        MostBytes = Math.Max(MostBytes, bytes);
        if (time > Slowest)
        {
            Slowest = time;
            SlowestExecution = execution;
        }
    }

    /// <summary>Adds a finding; true where it is the first of its kind.</summary>
    public bool Add(Finding finding, bool isStuck = false)
    {
        FindingCount++;
        IsStuck |= isStuck;
        return _findings.TryAdd(finding.Signature, finding);
    }

    public override string ToString() => string.Format(
        CultureInfo.InvariantCulture,
        "{0,-12} {1,9} executions, {2,9} opened, {3,6} findings of {4} kinds, slowest {5:F0} ms (execution {6}), most {7:F1} MiB",
        Target,
        Executions,
        Opened,
        FindingCount,
        _findings.Count,
        Slowest.TotalMilliseconds,
        SlowestExecution,
        MostBytes / 1048576.0);
}

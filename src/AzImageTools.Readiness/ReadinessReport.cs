using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness;

/// <summary>
/// Two answers about a guest, and what they rest on: whether it is generalized, and whether it is ready for a purpose.
/// The verdict follows the blockers alone: NotReady when one failed, else Undetermined when the evidence of one is
/// missing or doubtful, else Ready. Failing warnings are listed and leave the verdict as it is.
/// </summary>
public sealed record ReadinessReport
{
    /// <summary>The disk image's path or the machine's name.</summary>
    public required string Target { get; init; }

    /// <summary>The operating system; null where none was recognised.</summary>
    public required GuestIdentity? Guest { get; init; }

    /// <summary>What it was judged for.</summary>
    public required ReadinessPurpose Purpose { get; init; }

    /// <summary>Whether it is ready for that.</summary>
    public required ReadinessVerdict Verdict { get; init; }

    /// <summary>Whether it is generalized.</summary>
    public required GeneralizationState Generalization { get; init; }

    /// <summary>What says whether it is generalized.</summary>
    public required IReadOnlyList<Observation> GeneralizationEvidence { get; init => field = PrintableList.Of(value); }

    /// <summary>What came of each rule that serves the purpose.</summary>
    public required IReadOnlyList<Finding> Findings { get; init => field = PrintableList.Of(value); }

    /// <summary>The blockers that failed.</summary>
    public IReadOnlyList<Finding> Blockers => Failing(FindingSeverity.Blocker);

    /// <summary>The warnings that failed.</summary>
    public IReadOnlyList<Finding> Warnings => Failing(FindingSeverity.Warning);

    /// <summary>The rules that only the running machine could have answered, or whose evidence is missing: nobody looked.</summary>
    public required IReadOnlyList<Finding> NotChecked { get; init => field = PrintableList.Of(value); }

    /// <summary>
    /// The rules that serve the purpose and were excluded by name: nobody looked, and the verdict says nothing of what they ask.
    /// </summary>
    public IReadOnlyList<string> ExcludedRules { get; init => field = PrintableText.OfAll(value); } = [];

    /// <summary>The disk image; null for a machine that is not looked at through one.</summary>
    public DiskInfo? Disk { get; init; }

    /// <summary>The disk image's full path, by the name that cmdlets which take disk images bind; null for a machine that is not looked at through one.</summary>
    public string? Path => Disk?.Path;

    /// <summary>The verdict, and what it rests on, in a line.</summary>
    public string Summary => ReadinessSummary.Describe(this);

    /// <summary>What makes the evidence doubtful, a sentence each: with any, the verdict is not Ready.</summary>
    public required IReadOnlyList<string> Problems { get; init => field = PrintableText.OfAll(value); }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset StartTime { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How many bytes of the disk image were read.</summary>
    public required long BytesRead { get; init; }

    private PrintableList<Finding> Failing(FindingSeverity severity)
        => PrintableList.Of<Finding>([.. Findings.Where(finding => finding.Result == FindingResult.Fail && finding.Severity == severity)]);
}

/// <summary>Whether a guest is ready for a purpose.</summary>
public enum ReadinessVerdict : long
{
    /// <summary>
    /// No blocker failed, but the evidence of at least one is missing or doubtful, none was looked at (they were excluded, or do not
    /// concern the guest), or the guest is of a kind that no rule knows.
    /// </summary>
    Undetermined,

    /// <summary>At least one blocker failed.</summary>
    NotReady,

    /// <summary>Every blocker that was asked for and concerns the guest was looked at, at least one, and none failed. Warnings may have.</summary>
    Ready,
}

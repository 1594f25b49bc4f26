
using AzImageTools.Disks;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Rules;

/// <summary>What came of one rule on one guest.</summary>
public sealed record Finding
{
    /// <summary>The rule's id.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>What should be the case.</summary>
    public required string Title { get; init => field = PrintableText.Of(value); }

    /// <summary>What it means if it fails. The same rule may be graver on one guest than on another.</summary>
    public required FindingSeverity Severity { get; init; }

    /// <summary>What came of it.</summary>
    public required FindingResult Result { get; init; }

    /// <summary>What was seen, or why nothing was.</summary>
    public required IReadOnlyList<Observation> Evidence { get; init => field = PrintableList.Of(value); }

    /// <summary>What to run in the guest to put it right.</summary>
    public required string Remedy { get; init => field = PrintableText.OfLines(value); }

    /// <summary>The public page that says so.</summary>
    public required Uri Source { get; init; }

    /// <summary>Id, result and evidence, in a line.</summary>
    public override string ToString() => $"{Id}: {Result} ({Severity}) {string.Join("; ", Evidence)}";
}

/// <summary>What came of a rule.</summary>
public enum FindingResult : long
{
    /// <summary>The evidence was seen, and is as it should be.</summary>
    Pass,

    /// <summary>The evidence was seen, and is not as it should be.</summary>
    Fail,

    /// <summary>The rule does not concern this guest, or can't be answered for one that is not running.</summary>
    NotApplicable,

    /// <summary>The evidence could not be seen: a file or hive is missing, encrypted or damaged.</summary>
    Undetermined,
}

/// <summary>What a failing rule means for the image, from harmless to grave.</summary>
public enum FindingSeverity : long
{
    /// <summary>Worth knowing; nothing will fail for it.</summary>
    Information,

    /// <summary>The image can be made, but something may not work as it should. Does not change the verdict.</summary>
    Warning,

    /// <summary>Sysprep, the upload or the first start in Azure fails: the verdict is NotReady.</summary>
    Blocker,
}

namespace AzImageTools.Readiness;

/// <summary>What came of one rule on one guest.</summary>
public sealed record Finding
{
    /// <summary>The rule's id.</summary>
    public required string Id { get; init; }

    /// <summary>What should be the case.</summary>
    public required string Title { get; init; }

    /// <summary>What it means if it fails. The same rule may be graver on one guest than on another.</summary>
    public required FindingSeverity Severity { get; init; }

    /// <summary>What came of it.</summary>
    public required FindingResult Result { get; init; }

    /// <summary>What was seen, or why nothing was.</summary>
    public required IReadOnlyList<Evidence> Evidence { get; init; }

    /// <summary>What to run in the guest to put it right.</summary>
    public required string Remedy { get; init; }

    /// <summary>The public page that says so.</summary>
    public required Uri Source { get; init; }

    /// <summary>Id, result and evidence, in a line.</summary>
    public override string ToString() => $"{Id}: {Result} ({Severity}) {string.Join("; ", Evidence)}";
}

using AzImageTools.Disks;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Repair;

/// <summary>What came of the repair of one rule on one disk image.</summary>
public sealed record RepairResult
{
    /// <summary>The rule's id.</summary>
    public required string Id { get; init; }

    /// <summary>What should be the case.</summary>
    public required string Title { get; init; }

    /// <summary>What came of it.</summary>
    public required RepairState State { get; init; }

    /// <summary>The values and files that were changed, each with what it was and is; empty where none were.</summary>
    public IReadOnlyList<DiskChange> Changes { get; init; } = [];

    /// <summary>What is seen of the rule now, with the changes.</summary>
    public required IReadOnlyList<Observation> Evidence { get; init => field = PrintableList.Of(value); }

    /// <summary>What to run in the guest, where it is not repaired; empty where it is.</summary>
    public required string Remedy { get; init => field = PrintableText.OfLines(value); }

    /// <summary>Why the rule can't be set right within a disk image; null where it can.</summary>
    public string? Reason { get; init; }

    /// <summary>The full path of the disk image, which is as it was.</summary>
    public required string Path { get; init; }

    /// <summary>The VHD that was made of it with the changes; null where none was.</summary>
    public string? Destination { get; init; }

    /// <inheritdoc/>
    public override string ToString() => PrintableText.Of($"{Id}: {State}");
}

/// <summary>What came of a repair.</summary>
public enum RepairState : long
{
    /// <summary>The rule passes with the changes that are kept.</summary>
    Repaired,

    /// <summary>Changes are kept, and the rule fails still: what is missing can't be set by them, such as a driver.</summary>
    Failing,

    /// <summary>It can't be set right in a guest that is not running; its remedy is for the guest.</summary>
    NotRepairable,
}

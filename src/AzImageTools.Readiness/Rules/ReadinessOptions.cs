using AzImageTools.Disks.Inspection;

namespace AzImageTools.Readiness.Rules;

/// <summary>What to judge a guest for.</summary>
public sealed record ReadinessOptions
{
    /// <summary>What it should be ready for; both by default.</summary>
    public ReadinessPurpose Purpose { get; init; } = ReadinessPurpose.All;

    /// <summary>
    /// Whether the disk will be uploaded by something that converts it on its way (Send-AzVhd does): its format and
    /// capacity then need not be Azure's yet. False for a manual upload, which takes the file as it is.
    /// </summary>
    public bool ConvertsOnUpload { get; init; } = true;

    /// <summary>
    /// Whether the disk may have been taken of a running machine, as by a snapshot: that its volumes were not closed then, and its hives' last changes stand
    /// in their logs, is no fault of the machine.
    /// </summary>
    public bool IsCrashConsistent { get; init; }

    /// <summary>The virtual machine generation that is wanted, 1 or 2; null where either will do.</summary>
    public int? Generation { get; init; }

    /// <summary>
    /// The family of operating systems that is asked about: only its rules, and those of disks, can be named to include or exclude,
    /// and they answer where no operating system is recognised. Unknown asks about every family.
    /// </summary>
    public GuestFamily Family { get; init; }

    /// <summary>The rules to ask, by id, with PowerShell's wildcards. All where none is named.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>The rules not to ask, by id, with PowerShell's wildcards. The report names them.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>The accounts that a repair for <see cref="ReadinessPurpose.Deprovision"/> removes beside the one that the agent made. What is judged does not depend on it.</summary>
    public IReadOnlyList<string> RemovedUsers { get; init; } = [];

    /// <summary>The least grave findings that the report lists. The verdict follows the blockers, which are always listed.</summary>
    public FindingSeverity MinimumSeverity { get; init; } = FindingSeverity.Information;

    /// <summary>Rules of an organisation's own, beside the catalogue's.</summary>
    public IReadOnlyList<ReadinessRule> OwnRules { get; init; } = [];

    /// <summary>The clock that the report's start and duration are taken from; the system's by default.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

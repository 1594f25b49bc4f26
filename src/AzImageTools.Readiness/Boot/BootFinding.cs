using AzImageTools.Disks;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Boot;

/// <summary>Why a machine did not come up, as far as the evidence tells.</summary>
public sealed record BootFinding
{
    /// <summary>The cause's name, such as <c>RootNotFound</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The cause, as a sentence.</summary>
    public required string Title { get; init; }

    /// <summary>Where it was seen.</summary>
    public required BootEvidenceSource Source { get; init; }

    /// <summary>What was seen there.</summary>
    public required IReadOnlyList<Observation> Evidence { get; init => field = PrintableList.Of(value); }

    /// <summary>What to do, as sentences.</summary>
    public required string Remedy { get; init; }

    /// <summary>The public page that says more.</summary>
    public required Uri Reference { get; init; }

    /// <summary>The cause and what was seen, in a line.</summary>
    public override string ToString() => $"{Title} ({string.Join("; ", Evidence)})";
}

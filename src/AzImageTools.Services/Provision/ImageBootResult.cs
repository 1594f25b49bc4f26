using AzImageTools.Disks;
using AzImageTools.Readiness.Boot;

namespace AzImageTools.Services.Provision;

/// <summary>Whether a throwaway machine came up, and why not.</summary>
public sealed record ImageBootResult
{
    /// <summary>What the machine was made of: a resource id, or a URN.</summary>
    public required string SourceId { get; init => field = PrintableText.Of(value); }

    /// <summary>Whether it came up.</summary>
    public required BootVerdict Verdict { get; init; }

    /// <summary>Why not, that which explains the others first; none where it came up, or nothing tells.</summary>
    public IReadOnlyList<BootFinding> Causes { get; init => field = PrintableList.Of(value); } = [];

    /// <summary>The first of <see cref="Causes"/>, as its name; null for none.</summary>
    public string? Cause => Causes.Count == 0 ? null : Causes[0].Id;

    /// <summary>In a sentence what came of it.</summary>
    public string Summary => Verdict == BootVerdict.Boots ? "It came up, and its agent reported."
        : Causes.Count > 0 ? Causes[0].Title
        : Verdict == BootVerdict.ScriptFailed ? "It came up, and the smoke test failed." : "It did not come up, and nothing tells why.";

    /// <summary>What to do about the first cause; null where it came up.</summary>
    public string? Remedy => Causes.Count == 0 ? null : Causes[0].Remedy;

    /// <summary>The region.</summary>
    public required string Location { get; init => field = PrintableText.Of(value); }

    /// <summary>The machine's size.</summary>
    public required string Size { get; init => field = PrintableText.Of(value); }

    /// <summary><c>Windows</c> or <c>Linux</c>.</summary>
    public required string OsType { get; init => field = PrintableText.Of(value); }

    /// <summary><c>V1</c> or <c>V2</c>.</summary>
    public required string HyperVGeneration { get; init => field = PrintableText.Of(value); }

    /// <summary><c>Standard</c>, <c>TrustedLaunch</c> or <c>ConfidentialVM</c>.</summary>
    public required string SecurityType { get; init => field = PrintableText.Of(value); }

    /// <summary>The operating system that the agent told; null where it told none.</summary>
    public string? OsName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Its version.</summary>
    public string? OsVersion { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The agent's version.</summary>
    public string? AgentVersion { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>What the smoke test wrote; null where there was none, or its output did not come.</summary>
    public string? ScriptOutput { get; init => field = PrintableText.OfLines(value ?? string.Empty) is { Length: > 0 } text ? text : null; }

    /// <summary>The file with what the serial port wrote; null where none was saved.</summary>
    public string? SerialLogPath { get; init; }

    /// <summary>The file with the last picture of the screen; null where none was saved.</summary>
    public string? ScreenshotPath { get; init; }

    /// <summary>The file with what Azure told of the machine; null where none was saved.</summary>
    public string? InstanceViewPath { get; init; }

    /// <summary>How long each stage took.</summary>
    public IReadOnlyList<BootStage> Stages { get; init => field = PrintableList.Of(value); } = [];

    /// <summary>What of the evidence could not be had, a sentence each.</summary>
    public IReadOnlyList<string> Problems { get; init => field = PrintableText.OfAll(value); } = [];

    /// <summary>How long it all took, until the last of it was removed.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The run's id, which stood in the names of all that it made.</summary>
    public required string RunId { get; init => field = PrintableText.Of(value); }

    /// <summary>What came of it, where a command takes text.</summary>
    public override string ToString() => $"{SourceId}: {Summary}";
}

/// <summary>Whether a machine came up.</summary>
public enum BootVerdict : long
{
    /// <summary>It came up and its agent reported; where there was a smoke test, that succeeded.</summary>
    Boots,

    /// <summary>It did not come up, or its agent did not report in time.</summary>
    DoesNotBoot,

    /// <summary>It came up, and the smoke test failed.</summary>
    ScriptFailed,
}

/// <summary>A stage of a test boot.</summary>
/// <param name="Name">Such as <c>Create</c>.</param>
/// <param name="Duration">How long it took.</param>
public sealed record BootStage(string Name, TimeSpan Duration)
{
    /// <summary>The stage in a word and its time.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} {Duration.TotalSeconds:0.0} s");
}

using AzImageTools.Disks;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Services.Generalize;

/// <summary>A virtual machine whose guest has been generalized and has stopped: what says so, and what was done.</summary>
public sealed record GeneralizationResult
{
    /// <summary>The virtual machine's resource id.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>The virtual machine's name.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>The virtual machine's resource group.</summary>
    public required string ResourceGroupName { get; init => field = PrintableText.Of(value); }

    /// <summary>The virtual machine's region, such as <c>westeurope</c>.</summary>
    public required string Location { get; init => field = PrintableText.Of(value); }

    /// <summary>The subscription's id.</summary>
    public required string SubscriptionId { get; init => field = PrintableText.Of(value); }

    /// <summary>How it was generalized.</summary>
    public required GeneralizationMethod Method { get; init; }

    /// <summary>What its disk shows: always Generalized, since anything else is an error.</summary>
    public required GeneralizationState Generalization { get; init; }

    /// <summary>What on the disk says so.</summary>
    public required IReadOnlyList<Observation> Evidence { get; init => field = PrintableList.Of(value); }

    /// <summary>The readiness rules that failed and stopped nothing, by id.</summary>
    public required IReadOnlyList<string> Warnings { get; init => field = PrintableText.OfAll(value); }

    /// <summary>The blocking readiness rules that nobody could answer, by id.</summary>
    public required IReadOnlyList<string> NotChecked { get; init => field = PrintableText.OfAll(value); }

    /// <summary>The ids of the backup that was taken before; none with -NoBackup, or where the guest was generalized already. It stays, and is billed, until deleted.</summary>
    public required IReadOnlyList<string> BackupIds { get; init => field = PrintableText.OfAll(value); }

    /// <summary>The version of the script that ran in the guest; 0 where none did.</summary>
    public required int ScriptVersion { get; init; }

    /// <summary>The run command that stays with the stopped machine, which can't be deleted while it is stopped; null where none ran.</summary>
    public string? RunCommandId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>What was done, in order, with how long each took.</summary>
    public required IReadOnlyList<GeneralizationStage> Stages { get; init => field = PrintableList.Of(value); }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>How long all took.</summary>
    public required TimeSpan Duration { get; init; }
}

/// <summary>How a guest is generalized.</summary>
public enum GeneralizationMethod : long
{
    /// <summary>It was already when it was looked at.</summary>
    None,

    /// <summary>Windows: <c>sysprep /oobe /generalize</c>.</summary>
    Sysprep,

    /// <summary>Linux: <c>waagent -deprovision+user</c> and <c>cloud-init clean</c>.</summary>
    Deprovision,
}

/// <summary>One step of what was done.</summary>
/// <param name="Title">What was done.</param>
/// <param name="Duration">How long it took.</param>
public sealed record GeneralizationStage(string Title, TimeSpan Duration)
{
    /// <summary>The stage in a line.</summary>
    public override string ToString() => FormattableString.Invariant($"{Title} ({Duration.TotalSeconds:0} s)");
}

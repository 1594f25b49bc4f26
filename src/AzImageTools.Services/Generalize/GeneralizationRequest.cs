namespace AzImageTools.Services.Generalize;

/// <summary>Which virtual machine's guest to generalize.</summary>
public sealed record GeneralizationRequest
{
    /// <summary>What a guest is given at most, in minutes: the command that starts it may run for 90.</summary>
    public const int MostTimeoutMinutes = 85;

    /// <summary>The virtual machine's resource id; else <see cref="VMName"/> and <see cref="VMResourceGroupName"/> name it.</summary>
    public string? VMId { get; init; }

    /// <summary>The virtual machine's name.</summary>
    public string? VMName { get; init; }

    /// <summary>The virtual machine's resource group.</summary>
    public string? VMResourceGroupName { get; init; }

    /// <summary>Takes no backup before the guest is changed.</summary>
    public bool NoBackup { get; init; }

    /// <summary>The readiness rules not to ask, by id, with PowerShell's wildcards.</summary>
    public IReadOnlyList<string> ExcludedRules { get; init; } = [];

    /// <summary>How long the guest may take until it has stopped; null for what its system mostly needs.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The disk access whose private endpoints temporary snapshots are read through, of a disk that is open to those alone (AllowPrivate).</summary>
    public string? DiskAccessId { get; init; }

    /// <summary>Whether the machine is a clone that goes when it has been captured: nobody wants it back.</summary>
    internal bool IsClone { get; init; }

    /// <summary>Where temporary snapshots are made; the machine's resource group when null.</summary>
    internal string? TemporaryResourceGroupName { get; init; }

    /// <summary>Tags for what is created.</summary>
    public IReadOnlyDictionary<string, string>? Tag { get; init; }
}

namespace AzImageTools.Services.Backup;

/// <summary>Which virtual machine to back up, and how.</summary>
public sealed record VMBackupRequest
{
    /// <summary>The virtual machine's resource id; else <see cref="VMName"/> and <see cref="ResourceGroupName"/> name it.</summary>
    public string? VMId { get; init; }

    /// <summary>The virtual machine's name.</summary>
    public string? VMName { get; init; }

    /// <summary>The virtual machine's resource group.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>The backup's name, and what the names of its snapshots begin with; null for one of the machine's name and the time.</summary>
    public string? Name { get; init; }

    /// <summary>What to keep the disks as; null for a restore point where the machine can have one, else snapshots.</summary>
    public VMBackupKind? Kind { get; init; }

    /// <summary>Tags for all that is made.</summary>
    public IReadOnlyDictionary<string, string>? Tag { get; init; }
}

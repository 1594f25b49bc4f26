namespace AzImageTools.Services.Backup;

/// <summary>Which backup to bring back, and as what.</summary>
public sealed record VMRestoreRequest
{
    /// <summary>The backup's id (<see cref="VMBackup.Id"/>); else <see cref="BackupName"/> and <see cref="ResourceGroupName"/> name it.</summary>
    public string? BackupId { get; init; }

    /// <summary>The backup's name.</summary>
    public string? BackupName { get; init; }

    /// <summary>The backup's resource group.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>The name of a machine that is made beside the one that was backed up; null to bring that one back in its place.</summary>
    public string? VMName { get; init; }

    /// <summary>The resource group of a machine that is made beside; the backup's when null.</summary>
    public string? VMResourceGroupName { get; init; }

    /// <summary>The subnet of a machine that is made beside; those of the machine that was backed up when null.</summary>
    public string? SubnetId { get; init; }

    /// <summary>Tags for all that is made, beside those of the machine and its disks.</summary>
    public IReadOnlyDictionary<string, string>? Tag { get; init; }
}

using AzImageTools.Disks;

namespace AzImageTools.Services.Backup;

/// <summary>A backup of a virtual machine: its disks at one moment and its model, from which it can be brought back when it is gone.</summary>
public sealed record VMBackup
{
    /// <summary>The resource id of what holds the model: the OS disk's snapshot, or the restore point's collection. It names the backup.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>Its name.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>Its resource group, that of the machine.</summary>
    public required string ResourceGroupName { get; init => field = PrintableText.Of(value); }

    /// <summary>Its region, that of the machine, such as <c>westeurope</c>.</summary>
    public required string Location { get; init => field = PrintableText.Of(value); }

    /// <summary>The subscription's id.</summary>
    public required string SubscriptionId { get; init => field = PrintableText.Of(value); }

    /// <summary>What the disks are kept as.</summary>
    public required VMBackupKind Kind { get; init; }

    /// <summary>The machine's name.</summary>
    public required string VMName { get; init => field = PrintableText.Of(value); }

    /// <summary>The machine's resource id.</summary>
    public required string VMId { get; init => field = PrintableText.Of(value); }

    /// <summary>The ids of what was made for the disks, the OS disk's first; none of a restore point that was listed. They stay, and are billed, until deleted.</summary>
    public required IReadOnlyList<string> DiskIds { get; init => field = PrintableText.OfAll(value); }

    /// <summary>The names that the disks have in the machine, the OS disk's first.</summary>
    public IReadOnlyList<string> DiskNames { get; init => field = PrintableText.OfAll(value); } = [];

    /// <summary>Whether nothing is known that keeps the machine from coming back from it.</summary>
    public bool IsUsable => Problem is null;

    /// <summary>What keeps it; null for nothing.</summary>
    public string? Problem { get; init => field = value is null ? null : PrintableText.Of(value); }

    /// <summary>When its making began.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether the machine was stopped: else the disks are as after a power failure.</summary>
    public required bool IsOfStoppedMachine { get; init; }
}

/// <summary>What a backup keeps disks as.</summary>
public enum VMBackupKind : long
{
    /// <summary>A snapshot of each disk, taken one after the other.</summary>
    Snapshot,

    /// <summary>A restore point: all disks at one moment.</summary>
    RestorePoint,
}

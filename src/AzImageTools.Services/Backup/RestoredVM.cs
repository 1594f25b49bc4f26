using AzImageTools.Disks;

namespace AzImageTools.Services.Backup;

/// <summary>A virtual machine that was brought back from a backup.</summary>
public sealed record RestoredVM
{
    /// <summary>The machine's resource id.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>Its name.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>Its resource group.</summary>
    public required string ResourceGroupName { get; init => field = PrintableText.Of(value); }

    /// <summary>Its region, such as <c>westeurope</c>.</summary>
    public required string Location { get; init => field = PrintableText.Of(value); }

    /// <summary>The subscription's id.</summary>
    public required string SubscriptionId { get; init => field = PrintableText.Of(value); }

    /// <summary>How it was brought back.</summary>
    public required RestoreMethod Method { get; init; }

    /// <summary>The backup's id.</summary>
    public required string BackupId { get; init => field = PrintableText.Of(value); }

    /// <summary>The ids of the disks that were made of the backup, the OS disk's first.</summary>
    public required IReadOnlyList<string> DiskIds { get; init => field = PrintableText.OfAll(value); }

    /// <summary>The ids of the network interfaces that were made.</summary>
    public IReadOnlyList<string> InterfaceIds { get; init => field = PrintableText.OfAll(value); } = [];

    /// <summary>The names of the extensions that the machine had and has no more: to be installed again, with their secrets, which Azure tells nobody.</summary>
    public IReadOnlyList<string> MissingExtensions { get; init => field = PrintableText.OfAll(value); } = [];

    /// <summary>The ids of the disks whose place was taken. They stay, detached and billed, until deleted.</summary>
    public IReadOnlyList<string> ReplacedDiskIds { get; init => field = PrintableText.OfAll(value); } = [];
}

/// <summary>How a machine is brought back.</summary>
public enum RestoreMethod : long
{
    /// <summary>It is there: its disks are exchanged.</summary>
    DisksReplaced,

    /// <summary>It is gone, or generalized and can't be changed: it is made anew, under its name.</summary>
    Recreated,

    /// <summary>It is made anew under another name, beside whatever became of the one that was backed up.</summary>
    Beside,
}

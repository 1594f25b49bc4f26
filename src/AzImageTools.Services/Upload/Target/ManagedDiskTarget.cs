namespace AzImageTools.Services.Upload.Target;

/// <summary>A new managed disk.</summary>
/// <param name="ResourceGroupName">A resource group that is there.</param>
/// <param name="DiskName">The disk's name; an error if there is one of that name.</param>
public sealed record ManagedDiskTarget(string ResourceGroupName, string DiskName) : UploadTarget
{
    /// <summary>The region; null for the resource group's.</summary>
    public string? Location { get; init; }

    /// <summary>The availability zone; empty for none. A managed disk lies in one zone: several are an error.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>The disk's SKU, such as <c>Premium_LRS</c>; null for Azure's default.</summary>
    public string? DiskSku { get; init; }

    /// <summary>V1 or V2; null for what the disk boots as, V2 where it boots both ways.</summary>
    public string? HyperVGeneration { get; init; }

    /// <summary>Windows or Linux; null for what is on the disk.</summary>
    public string? OsType { get; init; }

    /// <summary>x64 or Arm64; null for what is on the disk.</summary>
    public string? Architecture { get; init; }

    /// <summary>TrustedLaunch; null or <c>Standard</c> for none. A confidential machine's disk is an error: it needs a guest state beside.</summary>
    public string? SecurityType { get; init; }

    /// <summary>The resource id of a disk encryption set; null for keys of the platform's.</summary>
    public string? DiskEncryptionSetId { get; init; }

    /// <summary>AllowAll, AllowPrivate or DenyAll; null for Azure's default.</summary>
    public string? NetworkAccessPolicy { get; init; }

    /// <summary>The resource id of a disk access, for AllowPrivate.</summary>
    public string? DiskAccessId { get; init; }

    /// <summary>AzureActiveDirectory, where each access to the pages needs a token beside the signature, or None; null for Azure's default.</summary>
    public string? DataAccessAuthMode { get; init; }

    /// <summary>Tags of the disk; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <inheritdoc/>
    public override string Description => $"managed disk '{DiskName}' in resource group '{ResourceGroupName}'";
}

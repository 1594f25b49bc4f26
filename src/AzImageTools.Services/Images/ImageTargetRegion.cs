using AzImageTools.Disks;

namespace AzImageTools.Services.Images;

/// <summary>A region that a gallery image version is replicated to, and how it is kept there.</summary>
public sealed record ImageTargetRegion
{
    /// <summary>The region, as <c>westeurope</c> or <c>West Europe</c>.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>How many copies are kept there, from 1 to 100: Azure advises one for 50 machines that are made at once. Null for the version's own number.</summary>
    public int? ReplicaCount { get; init; }

    /// <summary>The storage there, such as <c>Standard_ZRS</c>; null for the version's own.</summary>
    public string? StorageAccountType { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The encryption set of that region whose key encrypts the OS disk there; null for the source's own key in its own region, else for Azure's.</summary>
    public string? OsDiskEncryptionSetId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The encryption sets of data disks there, by LUN.</summary>
    public IReadOnlyDictionary<int, string> DataDiskEncryptionSetIds { get; init; } = new Dictionary<int, string>();

    /// <summary>Whether machines there that ask for the latest version get another.</summary>
    public bool ExcludeFromLatest { get; init; }

    /// <summary>Whether keys are named.</summary>
    internal bool HasKeys => OsDiskEncryptionSetId is not null || DataDiskEncryptionSetIds.Count > 0;

    /// <summary>A region by its name alone.</summary>
    /// <param name="name">The name.</param>
    public static implicit operator ImageTargetRegion(string name) => FromString(name);

    /// <summary>A region by its name alone.</summary>
    /// <param name="name">The name.</param>
    public static ImageTargetRegion FromString(string name) => new() { Name = name };

    /// <inheritdoc/>
    public override string ToString() => Name;
}

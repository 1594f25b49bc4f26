using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Galleries;

/// <summary>What a gallery version holds, whatever it is made of.</summary>
internal sealed record VersionContent
{
    /// <summary>What it is made of, in words.</summary>
    public required string Description { get; init; }

    /// <summary>What it is made of, as an error's target.</summary>
    public required string Target { get; init; }

    /// <summary>The region of what it is made of, and so the version's own.</summary>
    public required AzureLocation Location { get; init; }

    public required SupportedOperatingSystemType OsType { get; init; }

    public required OsState OsState { get; init; }

    /// <summary>What machines made of it can be.</summary>
    public required ImageFeatures Features { get; init; }

    /// <summary>What a definition that is made says of security where nothing else is asked for; null for the source's own security type.</summary>
    public string? DefinitionSecurity { get; init; }

    /// <summary>The Marketplace plan that machines made of it need; null for none.</summary>
    public MarketplacePlan? Plan { get; init; }

    /// <summary>Whether what it is made of tells of its plan, or that it has none; a page blob does not.</summary>
    public bool TellsPlan { get; init; } = true;

    /// <summary>Its disks, the OS disk first.</summary>
    public required IReadOnlyList<ContentDisk> Disks { get; init; }

    /// <summary>How a confidential OS disk is encrypted; null for another.</summary>
    public OSDiskImageSecurityProfile? ConfidentialProfile { get; init; }

    /// <summary>Where it comes from.</summary>
    public required VersionOrigin Origin { get; init; }

    /// <summary>Whether it is made of a clone, which each run makes anew.</summary>
    public bool IsOfClone { get; init; }

    /// <summary>Whether what it is made of can be another by the next run: a machine that is not generalized for it.</summary>
    public bool IsChanging => Origin.Content is null && (IsOfClone || OsState == OsState.Specialized);

    /// <summary>The sign-in that sees what it is made of, where that is another than the version's; null for the same.</summary>
    public ImageSession? SourceSession { get; init; }

    /// <summary>What the version's own sign-in has to be allowed to do with what it is made of, beside what has been done already.</summary>
    public IReadOnlyList<(ResourceIdentifier Id, string Action)> Linked { get; init; } = [];

    /// <summary>The version that it is a copy of, wherever that lies; null where it is none.</summary>
    public CopiedVersion? CopyOf { get; init; }

    public bool IsConfidential => string.Equals(Features.SecurityType, SecurityTypes.ConfidentialVM, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a key of the user's encrypts one of the disks.</summary>
    public bool HasEncryptionSet => Disks.Any(disk => disk.EncryptionSetId is not null);
}

/// <summary>One disk of a version.</summary>
/// <param name="Lun">Its number among the data disks; null for the OS disk.</param>
/// <param name="EncryptionSetId">The encryption set whose key encrypts what it is made of; null for Azure's own key.</param>
internal sealed record ContentDisk(int? Lun, ResourceIdentifier? EncryptionSetId)
{
    /// <summary>The disk in words.</summary>
    public string Description => Lun is { } lun ? FormattableString.Invariant($"data disk of LUN {lun}") : "OS disk";
}

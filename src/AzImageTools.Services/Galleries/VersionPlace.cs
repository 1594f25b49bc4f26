using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Galleries;

/// <summary>The number that a version gets, and what an earlier run of the same source left there.</summary>
internal sealed record VersionPlace
{
    public required GalleryVersionNumber Number { get; init; }

    public VersionRemainder Remainder { get; private init; }

    /// <summary>The run that left it; null where there is nothing.</summary>
    public string? LeftBy { get; private init; }

    /// <summary>What the version that is there was made of, by its id; null where there is none or it tells of none.</summary>
    public ResourceIdentifier? LeftSource => LeftProfile?.GallerySource?.Id;

    /// <summary>What the version that is there was made of; null where there is none.</summary>
    public GalleryImageVersionStorageProfile? LeftProfile { get; private init; }

    /// <summary>Chooses the number that was asked for, that of what an earlier run of the same source left, or else the next one.</summary>
    /// <param name="definition">Where.</param>
    /// <param name="content">What the version is made of.</param>
    /// <param name="asked">The number that was asked for; null for the next one.</param>
    /// <param name="killed">What is known of runs that were killed.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">The number is taken (ImageVersionAlreadyExists).</exception>
    public static async Task<VersionPlace> FindAsync(ImageDefinition definition, VersionContent content, GalleryVersionNumber? asked, KilledImages killed, OperationContext context)
    {
        VersionOrigin origin = content.Origin;
        List<GalleryImageVersionData> existing = [];
        if (definition.Existing is not null)
        {
            await foreach (GalleryImageVersionResource version in definition.Existing.GetGalleryImageVersions().GetAllAsync(context.Cancellation).InBounds().ConfigureAwait(false))
            {
                existing.Add(version.Data);
            }
        }

        // In the place of one that failed comes nothing newer than what is there: the latest would be another.
        GalleryVersionNumber? highest = existing.Select(version => GalleryVersionNumber.TryParse(version.Name)).Max();
        VersionPlace[] left = [.. existing
            .Where(version => (asked is null || version.Name == asked.ToString()) && origin.IsOf(version.Tags) && GalleryVersionNumber.TryParse(version.Name) is not null)
            .Select(version => Of(version, content, killed))
            .Where(place => place.Remainder != VersionRemainder.None && (asked is not null || place.Remainder != VersionRemainder.Failed || place.Number.CompareTo(highest) >= 0))
            .OrderByDescending(place => place.Number)];
        if (left.Length > 0)
        {
            return left[0];
        }

        if (content.CopyOf is { } copied && existing.Select(version => version.Name == asked?.ToString() ? OfCopy(version, copied) : null).FirstOrDefault(place => place is not null) is { } copy)
        {
            return copy;
        }

        foreach (GalleryImageVersionData untold in existing.Where(version => killed.Made(version.Tags)))
        {
            context.Log.Warning($"The image version {untold.Name} of '{definition.Id.Name}' was made by an earlier run, which was killed: delete it (Remove-AzGalleryImageVersion) when it is not wanted beside the new one.");
        }

        if (asked is not null && existing.Exists(version => version.Name == asked.ToString()))
        {
            throw new ImageServiceException(
                "ImageVersionAlreadyExists",
                ErrorKind.AlreadyExists,
                $"There is a version {asked} of the image definition '{definition.Id.Name}' already.",
                "Choose another, or leave it out for the next one.",
                definition.Id.ToString());
        }

        return new VersionPlace { Number = asked ?? GalleryVersionNumber.After(existing.Select(version => version.Name)) };
    }

    /// <summary>What another tool's copy of the same version is: by the source that Azure tells, of which it was made after that was published. Null for none, and for one that failed: it is not ours.</summary>
    private static VersionPlace? OfCopy(GalleryImageVersionData version, CopiedVersion copied)
        => string.Equals(version.StorageProfile?.GallerySource?.Id?.ToString(), copied.Id.ToString(), StringComparison.OrdinalIgnoreCase)
            && version.PublishingProfile?.PublishedOn >= copied.PublishedOn
            && (version.ProvisioningState == GalleryProvisioningState.Creating || version.ProvisioningState == GalleryProvisioningState.Succeeded)
                ? new VersionPlace
                {
                    Number = GalleryVersionNumber.TryParse(version.Name)!,
                    Remainder = version.ProvisioningState == GalleryProvisioningState.Creating ? VersionRemainder.UnderWay : VersionRemainder.Made,
                }
                : null;

    /// <param name="version">The version.</param>
    /// <param name="content">What is published.</param>
    /// <param name="killed">What is known of runs that were killed.</param>
    private static VersionPlace Of(GalleryImageVersionData version, VersionContent content, KilledImages killed)
    {
        // What was made of a machine that goes on changing is not what the next run makes, but what a killed run of the same was to make.
        bool isOfKilled = killed.Made(version.Tags) && (!content.IsChanging || killed.HasBegun(version.Id));
        return new VersionPlace
        {
            Number = GalleryVersionNumber.TryParse(version.Name)!,
            LeftBy = RunTag.Read(version.Tags),
            LeftProfile = version.StorageProfile,
            Remainder = version.ProvisioningState == GalleryProvisioningState.Failed ? VersionRemainder.Failed
                : !content.Origin.IsSame(version.Tags) ? VersionRemainder.None
                : version.ProvisioningState == GalleryProvisioningState.Creating && (isOfKilled || !content.IsOfClone) ? VersionRemainder.UnderWay
                : version.ProvisioningState == GalleryProvisioningState.Succeeded && (isOfKilled || content.Origin.Content is not null) ? VersionRemainder.Made
                : VersionRemainder.None,
        };
    }
}

/// <summary>What an earlier run of the same source left of a version.</summary>
internal enum VersionRemainder
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The service is making it.</summary>
    UnderWay,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It is there, of the very same bytes, or as a killed run of the same was to make it.</summary>
    Made,
}

using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Galleries;

/// <summary>Waits until a version is in all of its regions, and tells meanwhile how far it is in each.</summary>
internal static class ReplicationWait
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);

    /// <summary>What galleries ask of those who poll.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    private static Task<GalleryImageVersionResource?> ReadAsync(ImageSession session, ResourceIdentifier id, CancellationToken cancellation)
        => Lookup.FindAsync(() => session.Arm.GetGalleryImageVersionResource(id).GetAsync(ReplicationStatusType.ReplicationStatus, cancellation));

    /// <summary>Reads a version with how far it is in each region.</summary>
    /// <exception cref="ImageServiceException">It is not there (ImageVersionNotFound).</exception>
    public static async Task<GalleryImageVersionResource> FindAsync(ImageSession session, ResourceIdentifier id, CancellationToken cancellation)
        => await ReadAsync(session, id, cancellation).ConfigureAwait(false) ?? throw new ImageServiceException(
            "ImageVersionNotFound", ErrorKind.NotFound, $"There is no {GalleryIds.Describe(id)}.", "Check its names and the subscription (Get-AzImageContext).", id.ToString());

    /// <summary>Waits for a version that this run makes.</summary>
    /// <exception cref="RequestFailedException">It failed.</exception>
    public static Task WaitAsync(ImageSession session, ResourceIdentifier id, Operation operation, OperationContext context)
        => OperationWaiter.WaitAsync(operation, context, async () =>
        {
            if (await ReadAsync(session, id, context.Cancellation).ConfigureAwait(false) is { } version)
            {
                Report(version.Data, context);
            }
        });

    /// <summary>Waits for a version whoever makes it.</summary>
    /// <returns>The version.</returns>
    /// <exception cref="ImageServiceException">It failed (ImageVersionFailed), is being deleted (ImageVersionDeleted), or is not there (ImageVersionNotFound).</exception>
    public static async Task<GalleryImageVersionResource> WaitAsync(ImageSession session, ResourceIdentifier id, OperationContext context)
    {
        TimeSpan delay = FirstDelay;
        while (true)
        {
            GalleryImageVersionResource version = await FindAsync(session, id, context.Cancellation).ConfigureAwait(false);
            if (IsOver(version.Data, id))
            {
                return version;
            }

            Report(version.Data, context);
            await context.Time.Delay(delay, context.Cancellation).ConfigureAwait(false);
            delay = TimeSpan.FromSeconds(Math.Min(2 * delay.TotalSeconds, LongestDelay.TotalSeconds));
        }
    }

    private static bool IsOver(GalleryImageVersionData version, ResourceIdentifier id)
    {
        if (version.ProvisioningState == GalleryProvisioningState.Failed)
        {
            throw new ImageServiceException(
                "ImageVersionFailed",
                ErrorKind.InvalidState,
                $"The {GalleryIds.Describe(id)} has failed{Details(version)}.",
                "The same command again with the same source (Publish-AzImageVersion, Copy-AzImageVersion) replaces it; or delete it with Remove-AzGalleryImageVersion.",
                id.ToString());
        }

        if (version.ProvisioningState == GalleryProvisioningState.Deleting)
        {
            throw new ImageServiceException("ImageVersionDeleted", ErrorKind.InvalidState, $"The {GalleryIds.Describe(id)} is being deleted.", string.Empty, id.ToString());
        }

        return version.ProvisioningState == GalleryProvisioningState.Succeeded;
    }

    private static string Details(GalleryImageVersionData version)
    {
        string[] details = [.. RegionReplication.Of(version).Where(region => region.Details is not null).Select(region => $"{region.Name}: {region.Details}")];
        return details.Length == 0 ? string.Empty : $" ({string.Join("; ", details)})";
    }

    private static void Report(GalleryImageVersionData version, OperationContext context)
    {
        IReadOnlyList<RegionReplication> regions = RegionReplication.Of(version);
        if (regions.Count > 0)
        {
            string status = string.Join(", ", regions.Select(region => FormattableString.Invariant($"{region.Name} {region.Progress}%")));
            context.Log.Verbose($"Replicated: {status}.");
            context.Progress.Report(new OperationProgress { Activity = $"Replicating version {version.Name}", Status = status, PercentComplete = regions.Average(region => region.Progress) });
        }
    }
}

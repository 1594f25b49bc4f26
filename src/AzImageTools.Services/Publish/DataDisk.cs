using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Publish;

/// <summary>A data disk of an image that is made of disks.</summary>
/// <param name="Lun">Its number.</param>
/// <param name="Caching">How machines cache it; null for Azure's default.</param>
/// <param name="Disk">What it is made of.</param>
internal sealed record DataDisk(int Lun, CachingType? Caching, OriginDisk Disk)
{
    /// <summary>Azure's numbers of data disks: 0 to 63.</summary>
    private const int HighestLun = 63;

    /// <summary>Reads what data disks are made of, by their numbers.</summary>
    /// <param name="session">The session.</param>
    /// <param name="sources">As the user gave them.</param>
    /// <param name="osDisk">The OS disk, which they have to go with.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">They can't go together (DataDiskInvalid, DataDiskGivenTwice, DataDiskMismatch), or one is none that an image can be made of.</exception>
    public static async Task<IReadOnlyList<DataDisk>> ReadAsync(ImageSession session, IReadOnlyList<DataDiskSource> sources, OriginDisk osDisk, OperationContext context)
    {
        SortedDictionary<int, DataDisk> disks = [];
        foreach (DataDiskSource source in sources.OrderBy(source => source.Lun is null))
        {
            OriginDisk disk = source.BlobUri is { } blob ? OriginDisk.FromBlob(blob)
                : source.Id is { } id ? await OriginDisk.ReadAsync(session, id, context).ConfigureAwait(false)
                : throw Invalid("DataDiskInvalid", "A data disk is given without an id or address.", "Give the id of a managed disk or snapshot, or the address of a page blob.", osDisk.Target);
            CheckGoesWith(disk, osDisk);
            if (disks.Values.Select(other => other.Disk).Append(osDisk).Any(other => string.Equals(other.Target, disk.Target, StringComparison.OrdinalIgnoreCase)))
            {
                throw Invalid("DataDiskGivenTwice", $"The {disk.Description} is given twice.", "An image holds each disk once.", disk.Target);
            }

            int lun = source.Lun ?? Enumerable.Range(0, disks.Count + 1).First(free => !disks.ContainsKey(free));
            if (lun is < 0 or > HighestLun || disks.ContainsKey(lun))
            {
                throw Invalid("DataDiskInvalid", FormattableString.Invariant($"LUN {lun} of the {disk.Description} is {(disks.ContainsKey(lun) ? "given twice" : "not possible")}."), $"Give each data disk a number of its own from 0 to {HighestLun}.", disk.Target);
            }

            CachingType? caching = source.Caching is not { } asked ? null : Enum.TryParse(asked, ignoreCase: true, out CachingType known) && known is (CachingType.None or CachingType.ReadOnly or CachingType.ReadWrite)
                ? known
                : throw Invalid("DataDiskInvalid", $"There is no caching '{asked}'.", $"Use one of {string.Join(", ", CachingType.None, CachingType.ReadOnly, CachingType.ReadWrite)}.", disk.Target);
            disks.Add(lun, new DataDisk(lun, caching, disk));
        }

        return [.. disks.Values];
    }

    /// <summary>Blobs go with blobs, since nothing tells that Azure takes both in one image; disks and snapshots are of one region.</summary>
    private static void CheckGoesWith(OriginDisk disk, OriginDisk osDisk)
    {
        if (disk.Id is null != osDisk.Id is null)
        {
            throw Invalid(
                "DataDiskMismatch", $"The {disk.Description} can't be in one image with the {osDisk.Description}.", "Upload all disks of an image as managed disks, or all as page blobs.", disk.Target);
        }

        if (disk.Location is { } location && osDisk.Location is { } own && location != own)
        {
            throw Invalid("DataDiskMismatch", $"The {disk.Description} is in '{location.Name}', and the {osDisk.Description} in '{own.Name}'.", "Disks of one image are in one region.", disk.Target);
        }
    }

    private static ImageServiceException Invalid(string errorId, string message, string remedy, string target) => new(errorId, ErrorKind.InvalidArgument, message, remedy, target);
}

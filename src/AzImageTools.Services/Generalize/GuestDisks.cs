using AzImageTools.Readiness.Guests;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Generalize;

/// <summary>Reads the guests of machines through their OS disks: through a snapshot of our own, which is removed again.</summary>
internal static class GuestDisks
{
    /// <summary>Opens the guest on a machine's OS disk as it is now, and asks it something.</summary>
    /// <param name="session">The session.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="userTags">Tags of the user's, for the snapshot.</param>
    /// <param name="group">Where the snapshot is made; the disk's resource group when null.</param>
    /// <param name="read">What is asked; the guest is closed afterwards.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">The disk can't be read.</exception>
    public static async Task<T> ReadAsync<T>(
        ImageSession session, ResourceIdentifier machine, IReadOnlyDictionary<string, string>? userTags, string? group, Func<OfflineGuest, T> read, OperationContext context)
    {
        RemoteDiskRequest request = new() { ResourceId = machine.ToString(), Tags = userTags, TemporaryResourceGroupName = group };
        RemoteDisk disk = await new RemoteDiskService(session).OpenAsync(request, context).ConfigureAwait(false);
        await using (disk.ConfigureAwait(false))
        {
            return await Task.Run(
                () =>
                {
                    using OfflineGuest guest = OfflineGuest.Open(disk.Image);
                    return read(guest);
                },
                context.Cancellation).ConfigureAwait(false);
        }
    }
}

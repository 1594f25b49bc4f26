using AzImageTools.Readiness.Guests;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Generalize;

/// <summary>Reads the guests of machines through their OS disks: through a snapshot of our own, which is removed again.</summary>
internal static class GuestDisks
{
    /// <summary>Opens the guest on a machine's OS disk as it is now, and asks it something.</summary>
    /// <param name="session">The session.</param>
    /// <param name="request">The machine, and how its disk is read.</param>
    /// <param name="read">What is asked; the guest is closed afterwards.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">The disk can't be read.</exception>
    public static async Task<T> ReadAsync<T>(ImageSession session, RemoteDiskRequest request, Func<OfflineGuest, T> read, OperationContext context)
    {
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

using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with the guest on a disk.</summary>
internal static class GuestWalk
{
    /// <summary>Judges it by all rules. Only the container may refuse: whatever a guest holds, it is judged.</summary>
    public static bool Judge(string path, FuzzRandom random)
    {
        OfflineGuest? opened = null;
        VirtualDisk? disk = null;
        DiskWalk.Attempt(() =>
        {
            disk = DiskOpener.Open(path);
            opened = OfflineGuest.Open(new OpenedImage(disk));
        });
        using (disk)
        {
            if (opened is null)
            {
                return false;
            }

            using OfflineGuest guest = opened;
            _ = ReadinessCheck.Run(guest).Findings.Count;
            return true;
        }
    }
}

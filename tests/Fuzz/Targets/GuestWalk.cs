using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with the guest on a disk.</summary>
internal static class GuestWalk
{
    /// <summary>Judges it by all rules. Only the container may refuse: whatever a guest holds, it is judged.</summary>
    public static bool Judge(string path, FuzzRandom random)
    {
        VirtualDisk? disk = null;
        DiskWalk.Attempt(() => disk = DiskOpener.Open(path));
        using (disk)
        {
            return disk is not null && Judge(disk, CancellationToken.None);
        }
    }

    /// <summary>Judges the guest on a disk that is open.</summary>
    public static bool Judge(IByteSource disk, CancellationToken cancellation)
    {
        OfflineGuest? opened = null;
        DiskWalk.Attempt(() => opened = OfflineGuest.Open(new OpenedImage(disk)));
        if (opened is null)
        {
            return false;
        }

        using OfflineGuest guest = opened;
        _ = ReadinessCheck.Run(guest, new ReadinessOptions(), cancellation).Findings.Count;
        return true;
    }
}

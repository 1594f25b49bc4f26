using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Copies of disks whose bytes come after the operation has ended: <c>completionPercent</c> tells how far they are, and they can't be used before 100.</summary>
internal static class SnapshotCopies
{
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(20);

    /// <summary>Begins to bring the bytes; they are there at once where it takes no time.</summary>
    public static void Begin(ArmStore store, ArmResource copy, bool takesTime)
    {
        copy.Properties["completionPercent"] = takesTime ? 0 : 100;
        if (takesTime)
        {
            copy.Background.Add(new ArmOperation(copy.Location, "DiskOperations", new OperationTime(store.Cloud.Options, store.Cloud.Now, Duration, isBackground: true))
            {
                Advance = percent => copy.Properties["completionPercent"] = percent,
                Complete = () => copy.Properties["completionPercent"] = 100,
            });
        }
    }

    /// <summary>Begins anew what was under way when the cloud ended without notice.</summary>
    public static void Resume(ArmStore store)
    {
        foreach (var copy in store.All.Where(IsCopying))
        {
            Begin(store, copy, takesTime: true);
        }
    }

    /// <summary>Refuses to use a copy that is not complete.</summary>
    public static void CheckComplete(ArmResource copy)
    {
        if (copy.Properties.Number("completionPercent") is < 100 and var percent)
        {
            throw ArmException.NotAllowed("'" + copy.Name + "' cannot be used because its background copy has not completed. Its completionPercent is "
                + percent.ToString(CultureInfo.InvariantCulture) + ".");
        }
    }

    /// <summary>Refuses a second copy of what is being copied, and one out of order.</summary>
    public static void CheckFree(ArmStore store, ArmResource source)
    {
        if (!source.Properties.Flag("incremental"))
        {
            throw ArmException.InvalidParameter(
                "snapshot.creationData.sourceResourceId", "The source '" + source.Id + "' of createOption 'CopyStart' must be an incremental snapshot.");
        }

        CheckComplete(source);
        var family = source.Properties.Text("incrementalSnapshotFamilyId");
        var other = store.List(SourceResolver.Snapshots, source.ResourceId.SubscriptionId).FirstOrDefault(snapshot => IsCopying(snapshot)
            && JsonReading.Same(snapshot.Properties.Text("incrementalSnapshotFamilyId"), family));
        if (other is not null)
        {
            throw ArmException.Conflict("Snapshot '" + other.Name + "' of the same disk is still being copied. Only one incremental snapshot of a disk can be copied at a time.");
        }
    }

    /// <summary>Whether something is being copied from a snapshot.</summary>
    public static ArmResource? FindCopyOf(ArmStore store, ArmResource source)
        => store.List(SourceResolver.Snapshots, source.ResourceId.SubscriptionId)
            .FirstOrDefault(snapshot => IsCopying(snapshot) && JsonReading.Same(snapshot.Properties.Text("creationData", "sourceResourceId"), source.Id));

    /// <summary>What all incremental snapshots of a disk have alike.</summary>
    public static string FamilyOf(ArmResource disk)
    {
        if (disk.Properties.Text("incrementalSnapshotFamilyId") is { } family)
        {
            return family;
        }

        var text = Encoding.UTF8.GetBytes(disk.Properties.Text("uniqueId") ?? disk.Id);
#if NET
        return new Guid(SHA256.HashData(text).AsSpan(0, 16)).ToString();
#else
        using var hash = SHA256.Create();
        return new Guid(hash.ComputeHash(text).Take(16).ToArray()).ToString();
#endif
    }

    private static bool IsCopying(ArmResource snapshot) => snapshot.Properties.Number("completionPercent") < 100;
}

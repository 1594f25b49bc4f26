using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What Azure makes restore points of (learn.microsoft.com/azure/virtual-machines/concepts-restore-points), and how often.</summary>
internal sealed class RestorePointChecks(ArmStore store)
{
    /// <summary>Of one machine, whichever collections they are in.</summary>
    private const int MostOfMachine = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    public void Check(ArmResource machine, string mode, List<(JsonObject Entry, ArmResource Disk)> disks)
    {
        CheckTimes(machine);
        if (mode is "CrashConsistent" && JsonReading.Same(machine.Properties.Text("securityProfile", "securityType"), "ConfidentialVM"))
        {
            throw ArmException.NotAllowed("Crash-consistent restore points are not supported for confidential virtual machine '" + machine.Name + "'.");
        }

        foreach (var (entry, disk) in disks)
        {
            var problem = entry["diffDiskSettings"] is not null ? "it is an ephemeral OS disk"
                : disk.Properties.Number("maxShares") > 1 ? "it is a shared disk"
                : mode is "CrashConsistent" && IsInstant(disk) ? "crash-consistent restore points are not supported for disks of the type " + disk.Document.Text("sku", "name")
                : null;
            if (problem is not null)
            {
                throw ArmException.NotAllowed("A restore point of VM '" + machine.Name + "' cannot hold disk '" + disk.Name + "' because " + problem + ". Exclude the disk by 'excludeDisks'.");
            }
        }
    }

    /// <summary>Whether copies of a disk are made of a snapshot whose data comes later.</summary>
    public static bool IsInstant(ArmResource disk) => disk.Document.Text("sku", "name") is "UltraSSD_LRS" or "PremiumV2_LRS";

    private void CheckTimes(ArmResource machine)
    {
        var points = store.List(RestorePointCollectionsType.Name, machine.ResourceId.SubscriptionId)
            .Where(collection => JsonReading.Same(collection.Properties.Text("source", "id"), machine.Id))
            .SelectMany(collection => store.List(RestorePointsType.Name, collection.ResourceId))
            .ToList();
        if (points.Exists(point => point.Operation is { IsDone: false }))
        {
            throw ArmException.Conflict("Another restore point of VM '" + machine.Name + "' is being created. Concurrent creation of restore points for a VM is not supported.");
        }

        if (points.Count >= MostOfMachine)
        {
            throw ArmException.NotAllowed("VM '" + machine.Name + "' has " + points.Count.ToString(CultureInfo.InvariantCulture) + " restore points, which is the most that a VM can have.");
        }

        var last = points.Select(point => DateTimeOffset.Parse(point.Properties.Text("timeCreated")!, CultureInfo.InvariantCulture)).DefaultIfEmpty(DateTimeOffset.MinValue).Max();
        if (store.Cloud.Now - last < Interval)
        {
            throw ArmException.NotAllowed("The last restore point of VM '" + machine.Name + "' was created at " + last.ToString("O", CultureInfo.InvariantCulture) + ". Wait an hour between restore points.");
        }
    }
}

using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Repair;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Tests.Repair;

/// <summary>Repairs a disk image as Repair-AzVhd does: one change a rule, kept beside it.</summary>
internal static class OfflineRepair
{
    /// <summary>Repairs all that can be.</summary>
    /// <returns>What was changed, rule by rule.</returns>
    public static IReadOnlyList<string> Apply(string path, ReadinessOptions options)
    {
        IReadOnlyList<PlannedRepair> plan;
        using (OpenedImage image = OpenedImage.Open(path, cancellation: TestContext.Current.CancellationToken))
        {
            plan = PlannedRepair.FindAll(image, options, TestContext.Current.CancellationToken);
        }

        List<string> changes = [];
        foreach (PlannedRepair planned in plan.Where(static planned => planned.Edits.Count > 0))
        {
            using GuestRepair repair = GuestRepair.Open(path, cancellation: TestContext.Current.CancellationToken);
            changes.AddRange(planned.Edits.Select(repair.Apply).OfType<DiskChange>().Where(static change => change.IsChanged).Select(change => $"{planned.Finding.Id}: {change}"));
            repair.Keep(planned.Finding.Id);
        }

        return changes;
    }

    /// <summary>Judges a disk image with its changes.</summary>
    public static ReadinessReport Judge(string path, ReadinessOptions options)
    {
        using OpenedImage image = Open(path);
        using OfflineGuest guest = OfflineGuest.Open(image);
        return ReadinessCheck.Run(guest, options, TestContext.Current.CancellationToken);
    }

    /// <summary>Opens a disk image with its changes.</summary>
    public static OpenedImage Open(string path) => OpenedImage.Open(path, new VirtualDiskOptions { UsesRepair = DiskRepair.Find(path) is not null }, TestContext.Current.CancellationToken);

    /// <summary>Writes a disk with its changes, as a conversion does.</summary>
    public static async Task WriteAsync(string path, string destination)
    {
        using OpenedImage image = Open(path);
        using FileStream file = File.Create(destination);
        file.SetLength(image.Source.Length);
        byte[] bytes = new byte[1 << 20];
        for (long offset = 0; offset < image.Source.Length; offset += bytes.Length)
        {
            Memory<byte> part = bytes.AsMemory(0, (int)Math.Min(bytes.Length, image.Source.Length - offset));
            image.Source.Read(offset, part.Span);
            if (part.Span.IndexOfAnyExcept((byte)0) >= 0)
            {
                file.Position = offset;
                await file.WriteAsync(part, TestContext.Current.CancellationToken);
            }
        }
    }
}

using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Checking;

namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>Checks a VMDK: its descriptor, and each of its sparse extents.</summary>
internal sealed class VmdkCheck(DiskFile file, ParentLocation places, CheckLog log)
{
    private const string DescriptorName = "Descriptor";
    private const string ExtentRole = "extent";

    public IEnumerable<DiskInconsistency> Run()
        => SparseExtentHeader.IsPresent(file) ? new SparseExtentCheck(file, log).Run() : CheckExtents();

    private IEnumerable<DiskInconsistency> CheckExtents()
    {
        Descriptor? descriptor = log.Try(
            DescriptorName, () => Descriptor.Read(file, 0, (int)Math.Min(file.Length, Descriptor.LargestSize)), out DiskInconsistency? damage);
        if (descriptor is null)
        {
            yield return damage!;
            yield break;
        }

        // A name that leads to no file of an extent keeps the disk from being opened, which is told of there.
        foreach (string name in descriptor.Extents.Where(static extent => extent.Kind == ExtentKind.Sparse).Select(static extent => extent.FileName).Distinct(StringComparer.Ordinal))
        {
            string? path = log.Try(DescriptorName, () => places.Find(name, ExtentRole), out _);
            using DiskFile? extent = path is null ? null : log.Try(DescriptorName, () => DiskFile.Open(path, budget: file.Budget), out _);
            if (extent is not null && SparseExtentHeader.IsPresent(extent))
            {
                foreach (DiskInconsistency inconsistency in new SparseExtentCheck(extent, new CheckLog(extent.Path)).Run())
                {
                    yield return inconsistency;
                }
            }
        }
    }
}

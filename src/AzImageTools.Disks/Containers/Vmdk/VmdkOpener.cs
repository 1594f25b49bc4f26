using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>Opens a VMDK: a hosted sparse extent with its descriptor inside, or a descriptor and the extents it names.</summary>
internal static class VmdkOpener
{
    private const string Rule = "VMware Virtual Disk Format 5.0, The Descriptor File";
    private const int PagesKept = 64;
    private const string ExtentRole = "extent";

    public static bool IsVmdk(DiskFile file) => SparseExtentHeader.IsPresent(file) || Descriptor.IsPresent(file);

    /// <summary>Opens a VMDK.</summary>
    /// <param name="file">The image.</param>
    /// <param name="places">Where its extents may be.</param>
    public static VmdkDisk Open(DiskFile file, ParentLocation places)
        => SparseExtentHeader.IsPresent(file) ? OpenSparse(file) : OpenExtents(file, places);

    private static VmdkDisk OpenSparse(DiskFile file)
    {
        SparseExtentHeader header = SparseExtentHeader.Read(file);
        if (header.DescriptorOffset == 0 || header.DescriptorSize == 0)
        {
            throw OneOfSeveral(file);
        }

        // QEMU leaves room for a descriptor in each extent of a disk in several files, and none in it.
        Descriptor descriptor = Descriptor.Read(file, header.DescriptorOffset, header.DescriptorSize);
        if (descriptor.Extents.Count != 1)
        {
            throw OneOfSeveral(file);
        }

        RefuseParent(file, descriptor);
        VmdkDisk disk = new(file, DiskSubFormat.Dynamic, [new Extent(0, header.Capacity, file, MapGrains(file, header, PagesKept))]);
        if (header.IsUnclean)
        {
            disk.NoteUnclean();
        }

        return disk;
    }

    private static DiskFormatException OneOfSeveral(DiskFile file)
        => new(
            file.Path,
            28,
            $"This is one extent of a VMDK that is kept in several files, and not a whole disk. Give the path of its descriptor, {(DescriptorSearch.FindNaming(file) is { } name ? $"'{name}', which names it" : "the small .vmdk that names them")}.",
            Rule);

    private static VmdkDisk OpenExtents(DiskFile file, ParentLocation places)
    {
        if (file.Length > Descriptor.LargestSize)
        {
            throw new DiskFormatException(file.Path, null, $"A VMDK's descriptor can't have {file.Length} bytes.", Rule);
        }

        Descriptor descriptor = Descriptor.Read(file, 0, (int)file.Length);
        RefuseParent(file, descriptor);
        if (descriptor.Extents.Count == 0)
        {
            throw new DiskFormatException(file.Path, null, "The VMDK's descriptor names no extent.", Rule);
        }

        if (descriptor.Extents.Sum(extent => (decimal)extent.Length) > VirtualDisk.MaximumCapacity)
        {
            throw new DiskFormatException(file.Path, null, $"The disk's extents have more than {VirtualDisk.MaximumCapacity} bytes.", Rule);
        }

        List<Extent> extents = [];
        try
        {
            bool isUnclean = false;
            long start = 0;
            foreach (ExtentDescription description in descriptor.Extents)
            {
                extents.Add(OpenExtent(file, description, start, Math.Max(1, PagesKept / descriptor.Extents.Count), places, ref isUnclean));
                start += description.Length;
            }

            bool isFlat = descriptor.Extents.All(extent => extent.Kind == ExtentKind.Flat);
            VmdkDisk disk = new(file, isFlat ? DiskSubFormat.Fixed : DiskSubFormat.Dynamic, extents);
            if (isUnclean)
            {
                disk.NoteUnclean();
            }

            return disk;
        }
        catch
        {
            extents.ForEach(extent => extent.File?.Dispose());
            throw;
        }
    }

    private static Extent OpenExtent(DiskFile descriptor, ExtentDescription description, long start, int pagesKept, ParentLocation places, ref bool isUnclean)
    {
        if (description.Kind == ExtentKind.Zero)
        {
            return new Extent(start, description.Length, File: null, Content: null);
        }

        DiskFile file = OpenFile(descriptor, places.Find(description.FileName, ExtentRole));
        try
        {
            if (description.Kind == ExtentKind.Flat)
            {
                return description.FileOffset <= file.Length - description.Length
                    ? new Extent(start, description.Length, file, new MappedContent(file, new FlatMap(description.FileOffset), description.Length, parent: null))
                    : throw new DiskFormatException(
                        file.Path, file.Length, $"The extent of {description.Length} bytes from byte {description.FileOffset} on reaches beyond the file's end: it is cut off.", Rule);
            }

            if (!SparseExtentHeader.IsPresent(file))
            {
                throw new DiskFormatException(file.Path, 0, "This is not the sparse extent that the VMDK's descriptor says it is.", Rule);
            }

            SparseExtentHeader header = SparseExtentHeader.Read(file);
            isUnclean |= header.IsUnclean;
            return header.Capacity >= description.Length
                ? new Extent(start, description.Length, file, MapGrains(file, header, pagesKept))
                : throw new DiskFormatException(
                    file.Path, 12, $"The extent has {header.Capacity} bytes, but the VMDK's descriptor says {description.Length}.", Rule);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static DiskFile OpenFile(DiskFile descriptor, string path)
    {
        try
        {
            return DiskFile.Open(path, isParent: false, descriptor.Budget);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or (IOException and not DiskFormatException))
        {
            throw new DiskFormatException(descriptor.Path, null, $"The {ExtentRole} {path} can't be opened: {exception.Message}", Rule, exception);
        }
    }

    private static MappedContent MapGrains(DiskFile file, SparseExtentHeader header, int pagesKept)
        => new(file, new GrainMap(file, header, pagesKept), header.Capacity, parent: null);

    private static void RefuseParent(DiskFile file, Descriptor descriptor)
    {
        if (descriptor.HasParent)
        {
            throw new DiskFormatException(
                file.Path,
                null,
                "This VMDK is a snapshot: it holds only what changed against a parent disk, and such chains are not read. Consolidate the virtual machine's snapshots, or clone it first: vmware-vdiskmanager -r DISK.vmdk -t 0 CLONE.vmdk",
                Rule);
        }
    }
}

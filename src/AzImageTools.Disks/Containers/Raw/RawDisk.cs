using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Raw;

/// <summary>A file that is the disk.</summary>
internal sealed class RawDisk : MappedDisk
{
    private const int SectorSize = 512;

    public RawDisk(DiskFile file)
        : base(file, new FlatMap(0), DiskFormat.Raw, DiskSubFormat.Fixed, file.Length, SectorSize)
    {
        if (file.Length % SectorSize != 0)
        {
            throw new DiskFormatException(
                file.Path,
                file.Length - (file.Length % SectorSize),
                $"The file's length of {file.Length} bytes is no multiple of {SectorSize}: it ends within a sector, so it is cut off or no raw disk.");
        }
    }
}

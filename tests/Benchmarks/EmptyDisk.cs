using System.Globalization;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;

namespace AzImageTools.Benchmarks;

/// <summary>Has qemu's programs make a disk with next to no data, however large it is.</summary>
internal static class EmptyDisk
{
    private const int Piece = 64 << 10;

    /// <summary>Makes a disk with 64 KiB of data at either end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="driver">What qemu-img calls its format.</param>
    /// <param name="capacity">The least that it is to hold, in bytes: some formats round.</param>
    /// <param name="createOptions">How qemu-img makes it.</param>
    public static void Create(string path, string driver, long capacity, string createOptions)
    {
        Measurement.Take("qemu-img", "create", "-f", driver, "-o", createOptions, path, capacity.ToString(CultureInfo.InvariantCulture));
        using (VirtualDisk disk = DiskOpener.Open(path))
        {
            capacity = disk.Capacity;
        }

        Measurement.Take("qemu-io", "-f", driver, "-c", Write(0), "-c", Write(capacity - Piece), path);
    }

    private static string Write(long offset) => string.Create(CultureInfo.InvariantCulture, $"write {offset} {Piece}");
}

using System.Buffers.Binary;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Conversion.FreeSpace;
using AzImageTools.Disks.Tests.Volumes.Ntfs;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

public sealed class FreeExtentsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Bits_of_an_ntfs_bitmap_beyond_the_volumes_end_count_for_nothing()
    {
        byte[] image = await File.ReadAllBytesAsync(await NoisyVolume.MakeNtfsAsync(_folder), TestContext.Current.CancellationToken);
        DiskExtent[] expected = Free(image);
        int clusters = (image.Length - 512) / 4096;
        int bitmap = NtfsImage.FindBitmap(image);
        Assert.Equal(0xFF, image[bitmap + (clusters / 8)] | ((1 << (clusters % 8)) - 1));

        image[bitmap + (clusters / 8)] &= (byte)((1 << (clusters % 8)) - 1);
        image.AsSpan(bitmap + (clusters / 8) + 1, 4).Clear();
        Assert.Equal(expected, Free(image));
        Assert.Equal(clusters * 4096L, Free(image)[^1].End);
    }

    [Fact]
    public async Task Where_a_fat_volume_keeps_one_table_only_that_one_counts()
    {
        byte[] image = await File.ReadAllBytesAsync(await NoisyVolume.MakeFatAsync(_folder, "32"), TestContext.Current.CancellationToken);
        string[] files = [.. LinuxTree.Describe(Open(image))];
        DiskExtent[] free = Free(image);
        int table = BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(14)) * 512;
        int length = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(36)) * 512;

        image[40] = 0x81;
        image.AsSpan(table + 8, length - 8).Clear();
        Assert.Equal(free, Free(image));
        Assert.Equal(files, LinuxTree.Describe(Open(image)));
    }

    private static DiskExtent[] Free(byte[] image) => [.. Open(image).GetFreeExtents()];

    private static IFileSystem Open(byte[] image) => FileSystem.TryOpen(new MemoryByteSource(image))!;
}

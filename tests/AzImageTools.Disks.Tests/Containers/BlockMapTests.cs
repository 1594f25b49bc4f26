using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Mapping;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>A whole block of a disk, and right behind it, in the file too, one that is the parent's in part.</summary>
public sealed class BlockMapTests : IDisposable
{
    private const int BlockSize = 4096;
    private const int BitmapOffset = 2 * BlockSize;
    private readonly TempFolder _folder = new();
    private readonly DiskFile _file;

    public BlockMapTests()
    {
        string path = _folder.File("d");
        byte[] bytes = new byte[BitmapOffset + 512];
        bytes[BitmapOffset] = 0b0000_0011;
        File.WriteAllBytes(path, bytes);
        _file = DiskFile.Open(path);
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_mixed_block_is_never_joined_to_the_whole_one_before_it()
    {
        NeighboursMap map = new(_file);

        Assert.Equal(new MappedRange(RangeKind.Stored, BlockSize, 0), map.Find(0, 2 * BlockSize));
        Assert.Equal(new MappedRange(RangeKind.Stored, 1024, BlockSize), map.Find(BlockSize, BlockSize));
        Assert.Equal(new MappedRange(RangeKind.Absent, BlockSize - 1024), map.Find(BlockSize + 1024, BlockSize - 1024));
        Assert.Equal(new MappedRange(RangeKind.Stored, 24, BlockSize + 1000), map.Find(BlockSize + 1000, 3000));
    }

    private sealed class NeighboursMap(DiskFile file) : BlockMap(file, 2 * BlockSize, BlockSize)
    {
        private protected override MappedRange FindBlock(long block, out long bitmapOffset)
        {
            bitmapOffset = block == 1 ? BitmapOffset : 0;
            return new MappedRange(RangeKind.Stored, BlockSize, block * BlockSize);
        }

        private protected override long CountAlike(long block, RangeKind kind) => 0;
    }
}

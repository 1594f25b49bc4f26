using System.Buffers.Binary;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Regions of a VHDX that lie where they can't: the tables' checksums are right, what they say is not.</summary>
public sealed class VhdxRegionTests : IDisposable
{
    private const int FirstTable = 192 * 1024;
    private const int TableSize = 64 * 1024;
    private const int HeaderSize = 16;
    private const int EntrySize = 32;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void Regions_that_overlap_are_refused(int shift)
    {
        string path = new VhdxBuilder(16 << 20).Block(0, new byte[1 << 20]).Save(_folder.File("overlap.vhdx"));
        Change(path, table =>
        {
            Span<byte> first = table.AsSpan(HeaderSize, EntrySize);
            Span<byte> second = table.AsSpan(HeaderSize + EntrySize, EntrySize);
            BinaryPrimitives.WriteInt64LittleEndian(second.Slice(16), BinaryPrimitives.ReadInt64LittleEndian(first.Slice(16)) + shift);
            BinaryPrimitives.WriteInt32LittleEndian(first.Slice(24), 2 << 20);
        });

        Assert.Contains("overlap", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(1L << 62)]
    [InlineData(long.MinValue)]
    [InlineData((3L << 20) + 4096)]
    public void A_region_beyond_the_file_or_off_its_grid_is_refused(long offset)
    {
        string path = new VhdxBuilder(16 << 20).Block(0, new byte[1 << 20]).Save(_folder.File("beyond.vhdx"));
        Change(path, table => BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(HeaderSize + 16), offset));

        Assert.Contains("not within the file", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    private static void Change(string path, Action<byte[]> change)
    {
        using FileStream file = File.Open(path, FileMode.Open);
        foreach (int offset in new[] { FirstTable, FirstTable + TableSize })
        {
            byte[] table = new byte[TableSize];
            RandomAccess.Read(file.SafeFileHandle, table, offset);
            change(table);
            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(4), StructureChecksum.Crc32COf(table, 4));
            RandomAccess.Write(file.SafeFileHandle, table, offset);
        }
    }
}

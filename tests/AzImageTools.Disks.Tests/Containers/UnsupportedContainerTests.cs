using System.Buffers.Binary;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Kinds of VHD and VHDX that are recognised and refused: real files with a field changed and the checksum made right again.</summary>
public sealed class UnsupportedContainerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_VHDX_whose_log_is_empty_but_in_use_is_refused_with_a_remedy()
    {
        string path = TestDisks.Unpack("mbr-dynamic.vhdx", _folder);
        foreach (long offset in new[] { 64 * 1024, 128 * 1024 })
        {
            Change(path, offset, 4096, header =>
            {
                header[48] = 1;
                BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), ReflectedCrc32.Castagnoli.ComputeWithout(header, 4));
            });
        }

        string message = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message;
        Assert.Contains("not closed cleanly", message, StringComparison.Ordinal);
        Assert.Contains("qemu-img check", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_VHDX_with_4096_byte_sectors_is_read_as_such()
    {
        string path = TestDisks.Unpack("ready-dynamic.vhdx", _folder);
        long metadata = FindRegion(path, new Guid("8B7CA206-4790-4B9A-B8FE-575F050F886E"));
        Change(path, metadata, 128 * 1024, region =>
        {
            int entry = region.AsSpan().IndexOf(new Guid("8141BF1D-A96F-4709-BA47-F233A8FAAB5F").ToByteArray());
            int item = (int)BinaryPrimitives.ReadUInt32LittleEndian(region.AsSpan(entry + 16));
            BinaryPrimitives.WriteUInt32LittleEndian(region.AsSpan(item), 4096);
        });

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(4096, disk.LogicalSectorSize);
        Assert.Equal(63963136, disk.Capacity);
    }

    [Fact]
    public void The_checksums_of_the_specifications_are_computed()
    {
        Assert.Equal(0xCBF43926, ReflectedCrc32.Ieee.Compute("123456789"u8));
        Assert.Equal(0xE3069283, ReflectedCrc32.Castagnoli.Compute("123456789"u8));
    }

    private static long FindRegion(string path, Guid id)
    {
        using FileStream file = File.OpenRead(path);
        byte[] table = new byte[64 * 1024];
        RandomAccess.Read(file.SafeFileHandle, table, 192 * 1024);
        return BinaryPrimitives.ReadInt64LittleEndian(table.AsSpan(table.AsSpan().IndexOf(id.ToByteArray()) + 16));
    }

    private static void Change(string path, long offset, int length, Action<byte[]> change)
    {
        using FileStream file = File.Open(path, FileMode.Open);
        byte[] bytes = new byte[length];
        RandomAccess.Read(file.SafeFileHandle, bytes, offset);
        change(bytes);
        RandomAccess.Write(file.SafeFileHandle, bytes, offset);
    }
}

using System.Buffers.Binary;
using System.Text;
using AzImageTools.Disks.Containers.Vhd;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

/// <summary>Checkpoints made of real dynamic disks by the fields that the specifications give a differencing one.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_checkpoint_that_goes_back_to_a_VHD_is_named()
    {
        string disk = TestDisks.Unpack("no-os.vhd", _folder);
        string other = VhdCheckpoint("other.avhd", "another.vhd");
        Assert.Null(TestDisks.Inspect(disk).NewerCheckpoint);

        string checkpoint = VhdCheckpoint("no-os_1234.avhd", "NO-OS.vhd");
        DiskInfo info = TestDisks.Inspect(disk);
        Assert.Equal(checkpoint, info.NewerCheckpoint);
        Assert.NotEqual(other, info.NewerCheckpoint);
        Assert.Empty(info.Problems);
    }

    [Theory]
    [InlineData("relative_path", @".\mbr-dynamic.vhdx")]
    [InlineData("relative_path", @"..\disks\mbr-dynamic.vhdx")]
    [InlineData("absolute_win32_path", @"C:\Hyper-V\mbr-dynamic.vhdx")]
    public void A_checkpoint_that_goes_back_to_a_VHDX_is_named(string key, string parent)
    {
        string disk = TestDisks.Unpack("mbr-dynamic.vhdx", _folder);
        Assert.Null(TestDisks.Inspect(disk).NewerCheckpoint);

        string checkpoint = VhdxCheckpoint("mbr_1234.avhdx", key, parent);
        DiskInfo info = TestDisks.Inspect(disk);
        Assert.Equal(checkpoint, info.NewerCheckpoint);
        Assert.Empty(info.Problems);
    }

    [Fact]
    public void A_file_that_is_no_checkpoint_is_a_problem()
    {
        string disk = TestDisks.Unpack("mbr-dynamic.vhdx", _folder);
        File.WriteAllText(_folder.File("broken.avhdx"), "no checkpoint");
        DiskInfo info = TestDisks.Inspect(disk);

        Assert.Null(info.NewerCheckpoint);
        Assert.Contains("broken.avhdx", Assert.Single(info.Problems), StringComparison.Ordinal);
    }

    /// <summary>A VHD made differencing: disk type 4, and the parent's name in the dynamic header.</summary>
    private string VhdCheckpoint(string name, string parent)
    {
        string path = Copy("no-os.vhd", name);
        byte[] content = File.ReadAllBytes(path);
        Span<byte> footer = content.AsSpan(^512..);
        footer[63] = 4;
        BinaryPrimitives.WriteUInt32BigEndian(footer[64..], VhdChecksum.Compute(footer, 64));
        Span<byte> header = content.AsSpan(512, 1024);
        Encoding.BigEndianUnicode.GetBytes(parent).CopyTo(header[64..]);
        BinaryPrimitives.WriteUInt32BigEndian(header[36..], VhdChecksum.Compute(header, 36));
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>A VHDX made differencing: the HasParent flag, and a parent locator among the metadata items.</summary>
    private string VhdxCheckpoint(string name, string key, string parent)
    {
        const int LocatorOffset = 512 * 1024;
        string path = Copy("mbr-dynamic.vhdx", name);
        byte[] content = File.ReadAllBytes(path);
        int metadata = (int)BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(content.AsSpan().IndexOf(new Guid("8B7CA206-4790-4B9A-B8FE-575F050F886E").ToByteArray()) + 16));
        Span<byte> region = content.AsSpan(metadata, 1 << 20);
        int parameters = region.IndexOf(new Guid("CAA16737-FA36-4D43-B3B6-33F0AA44E76B").ToByteArray());
        region[BinaryPrimitives.ReadInt32LittleEndian(region[(parameters + 16)..]) + 4] |= 2;

        byte[] keyBytes = Encoding.Unicode.GetBytes(key);
        byte[] valueBytes = Encoding.Unicode.GetBytes(parent);
        Span<byte> locator = region[LocatorOffset..];
        new Guid("B04AEFB7-D19E-4A81-B789-25B8E9445913").ToByteArray().CopyTo(locator);
        BinaryPrimitives.WriteUInt16LittleEndian(locator[18..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(locator[20..], 32);
        BinaryPrimitives.WriteInt32LittleEndian(locator[24..], 32 + keyBytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(locator[28..], (ushort)keyBytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(locator[30..], (ushort)valueBytes.Length);
        keyBytes.CopyTo(locator[32..]);
        valueBytes.CopyTo(locator[(32 + keyBytes.Length)..]);

        int count = BinaryPrimitives.ReadUInt16LittleEndian(region[10..]);
        Span<byte> entry = region[(32 + (count * 32))..];
        new Guid("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C").ToByteArray().CopyTo(entry);
        BinaryPrimitives.WriteInt32LittleEndian(entry[16..], LocatorOffset);
        BinaryPrimitives.WriteInt32LittleEndian(entry[20..], 32 + keyBytes.Length + valueBytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(entry[24..], 4);
        BinaryPrimitives.WriteUInt16LittleEndian(region[10..], (ushort)(count + 1));
        File.WriteAllBytes(path, content);
        return path;
    }

    private string Copy(string disk, string name)
    {
        using TempFolder other = new();
        string path = _folder.File(name);
        File.Copy(TestDisks.Unpack(disk, other), path);
        return path;
    }
}

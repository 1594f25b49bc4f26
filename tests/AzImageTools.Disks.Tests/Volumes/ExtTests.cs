using System.Buffers.Binary;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

public sealed class ExtTests : IDisposable
{
    private const int SuperblockOffset = 1024;
    private const int IncompatibleFeatures = SuperblockOffset + 0x60;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ext2", FileSystemKind.Ext2, "ext2 volume")]
    [InlineData("ext3", FileSystemKind.Ext3, "ext3 volume")]
    [InlineData("ext4", FileSystemKind.Ext4, "Größe ext4")]
    public void The_volume_tells_its_kind_label_and_size(string volume, FileSystemKind kind, string label)
    {
        byte[] image = ReadImage(volume);
        IFileSystem files = Open(image);
        Assert.Equal((kind, label, (long)image.Length, false), (files.Kind, files.Label, files.Capacity, files.IsDirty));
        Assert.Equal(kind, FileSystem.Probe(new MemoryByteSource(image)));
    }

    [Theory]
    [InlineData(0x1, "compression")]
    [InlineData(0x8, "the journal of another volume")]
    [InlineData(0x1000, "data in folders")]
    [InlineData(0x0400_0000, "0x4000000")]
    public void A_feature_that_is_not_supported_is_named(uint feature, string name)
    {
        byte[] image = ReadImage("ext2");
        Span<byte> features = image.AsSpan(IncompatibleFeatures);
        BinaryPrimitives.WriteUInt32LittleEndian(features, BinaryPrimitives.ReadUInt32LittleEndian(features) | feature);
        Assert.Contains(name, Assert.Throws<DiskFormatException>(() => Open(image)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x4, 0xFF)]
    [InlineData(0x14, 0x02)]
    [InlineData(0x20, 0x01)]
    [InlineData(0x2B, 0xFF)]
    [InlineData(0x58, 0x81)]
    public void A_superblock_whose_numbers_make_no_sense_is_refused(int offset, byte value)
    {
        byte[] image = ReadImage("ext2");
        image[SuperblockOffset + offset] = value;
        if (offset == 0x4)
        {
            image[SuperblockOffset + 7] = 0x7F;
        }

        Assert.Throws<DiskFormatException>(() => Open(image));
    }

    [Fact]
    public void A_superblock_with_a_wrong_checksum_is_refused()
    {
        byte[] image = ReadImage("ext4");
        image[SuperblockOffset + 0x80] ^= 1;
        Assert.Contains("checksum", Assert.Throws<DiskFormatException>(() => Open(image)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_larger_than_its_partition_is_refused()
    {
        byte[] image = ReadImage("ext3");
        Assert.Throws<DiskFormatException>(() => FileSystem.TryOpen(new MemoryByteSource(image, image.Length / 2)));
    }

    [Theory]
    [InlineData(0x0)]
    [InlineData(0x2)]
    public void A_volume_that_was_not_unmounted_or_has_errors_is_dirty(byte state)
    {
        byte[] image = ReadImage("ext2");
        long free = Open(image).FreeBytes!.Value;
        image[SuperblockOffset + 0x3A] = state;
        IFileSystem files = Open(image);
        Assert.True(files.IsDirty);
        Assert.Equal(free, files.FreeBytes);
    }

    [Theory]
    [InlineData("ID=alpine\nPRETTY_NAME='Alpine $x \\n'\n#ID=no\nVERSION_ID=3.20\n", "alpine", "Alpine $x \\n", "3.20")]
    [InlineData("ID=\"opensuse-leap\"\r\nNAME=\"a \\\"quoted\\\" name\"\r\nVERSION_ID=\r\n", "opensuse-leap", "a \"quoted\" name", null)]
    [InlineData("=x\nID\n\"\n", null, null, null)]
    public void The_assignments_of_os_release_are_read_as_a_shell_reads_them(string text, string? id, string? name, string? version)
    {
        Dictionary<string, string> release = LinuxIdentityReader.ParseAssignments(text);
        Assert.Equal(id, release.GetValueOrDefault("ID"));
        Assert.Equal(name, release.GetValueOrDefault("PRETTY_NAME") ?? release.GetValueOrDefault("NAME"));
        Assert.Equal(version ?? string.Empty, release.GetValueOrDefault("VERSION_ID") ?? string.Empty);
    }

    private static IFileSystem Open(byte[] image) => FileSystem.TryOpen(new MemoryByteSource(image))!;

    private byte[] ReadImage(string volume) => File.ReadAllBytes(TestFile.Unpack($"volumes/{volume}.img", _folder));
}

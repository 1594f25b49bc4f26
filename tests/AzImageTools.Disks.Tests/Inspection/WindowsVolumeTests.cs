using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

/// <summary>What Windows keeps on disks that is named and not read.</summary>
public sealed class WindowsVolumeTests : IDisposable
{
    private const string Metadata = "5808C8AA-7E8F-42E0-85D2-E1E90434CFB3";
    private const string Data = "AF9B60A0-1431-4F62-BC68-3311714A69AD";
    private const string Spaces = "E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_dynamic_disk_with_an_MBR_is_named_where_it_has_its_header(bool hasHeader)
    {
        // The one partition of the disk 'mbr', an NTFS volume, as Windows marks it on a dynamic disk.
        string path = TestDisks.Unpack("mbr-fixed.vhd", _folder);
        Write(path, 446 + 4, [0x42]);
        if (hasHeader)
        {
            Write(path, 6 * 512, "PRIVHEAD"u8.ToArray());
        }

        DiskInfo info = TestDisks.Inspect(path);
        VolumeInfo volume = Assert.Single(info.Volumes);
        Assert.Equal(hasHeader ? FileSystemKind.DynamicDisk : FileSystemKind.Ntfs, volume.FileSystem);
        Assert.Equal("Dynamic disk", Assert.Single(info.Partitions).TypeName);
        Assert.Equal(hasHeader, info.Guest is null);
        Assert.Empty(info.Problems);
    }

    [Fact]
    public async Task A_dynamic_disk_with_a_GUID_partition_table_is_named()
    {
        string path = await MakeDiskAsync(("+1M", Metadata), ("+1M", "0C01"), ("+3M", Data));
        Assert.Empty(TestDisks.Inspect(path).Volumes);
        Write(path, (2 << 20) - 512, "PRIVHEAD"u8.ToArray());
        Assert.Equal([(1, FileSystemKind.DynamicDisk), (3, FileSystemKind.DynamicDisk)], TestDisks.Inspect(path).Volumes.Select(static volume => (volume.PartitionNumber!.Value, volume.FileSystem)));
    }

    [Fact]
    public async Task A_part_of_a_Storage_Spaces_pool_is_named()
    {
        string path = await MakeDiskAsync(("+1M", "0C01"), ("+4M", Spaces));
        VolumeInfo volume = Assert.Single(TestDisks.Inspect(path).Volumes);
        Assert.Equal((2, FileSystemKind.StorageSpaces, false), (volume.PartitionNumber, volume.FileSystem, volume.IsEncrypted));
    }

    [Theory]
    [InlineData(3, "-FVE-FS-", FileSystemKind.BitLocker)]
    [InlineData(0, "LUKS\u00BA\u00BE\0\u0002", FileSystemKind.Luks)]
    public async Task An_encrypted_volume_says_so(int offset, string signature, FileSystemKind kind)
    {
        string path = await MakeDiskAsync(("+4M", "0700"));
        Write(path, (1 << 20) + offset, System.Text.Encoding.Latin1.GetBytes(signature));
        VolumeInfo volume = Assert.Single(TestDisks.Inspect(path).Volumes);
        Assert.Equal((kind, true, null, null), (volume.FileSystem, volume.IsEncrypted, volume.UsedBytes, volume.FreeBytes));
    }

    private async Task<string> MakeDiskAsync(params (string Size, string Type)[] partitions)
    {
        ExternalTool.SkipUnlessInstalled("sgdisk");
        string path = _folder.File("disk.raw");
        await File.WriteAllBytesAsync(path, new byte[8 << 20]);
        string[] arguments = [.. partitions.SelectMany(static (partition, i) => new[] { "-n", $"{i + 1}:0:{partition.Size}", "-t", $"{i + 1}:{partition.Type}" })];
        await ExternalTool.RunAsync("sgdisk", ["-a", "2048", .. arguments, path]);
        return path;
    }

    private static void Write(string path, long offset, byte[] bytes)
    {
        using FileStream file = File.OpenWrite(path);
        RandomAccess.Write(file.SafeFileHandle, bytes, offset);
    }
}

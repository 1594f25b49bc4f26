using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Lvm;

/// <summary>Disks that other people's programs made, beside the checkout.</summary>
public sealed class LvmSampleTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_volumes_of_a_disk_of_Ubuntu_are_listed()
    {
        DiskInfo info = TestDisks.Inspect(TestFile.UnpackSample("volumes/lvm2.vhdx", _folder));
        Assert.Empty(info.Problems);
        Assert.Equal("Linux LVM", Assert.Single(info.Partitions).TypeName);
        Assert.Equal((1, FileSystemKind.LvmPhysicalVolume), (info.Volumes[0].PartitionNumber, info.Volumes[0].FileSystem));
        Assert.Equal(
            ["test/fat: Fat32", "test/ntfs: Ntfs", "test/vol01: Ext3"],
            info.Volumes.Skip(1).Select(static volume => $"{volume.LogicalVolumeName}: {volume.FileSystem}").Order(StringComparer.Ordinal));
        Assert.All(info.Volumes.Skip(1), static volume => Assert.True(volume is { Problem: null, UsedBytes: > 0 }));
    }

    [Fact]
    public void A_disk_with_Btrfs_is_named()
        => Assert.Contains(TestDisks.Inspect(TestFile.UnpackSample("volumes/btrfs.vhdx", _folder)).Volumes, static volume => volume is { FileSystem: FileSystemKind.Btrfs, UsedBytes: null, IsEncrypted: false });
}

using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

public sealed class VolumePresenceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("UUID=5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0c01", VolumePresence.Present)]
    [InlineData("/dev/disk/by-uuid/5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0c01", VolumePresence.Present)]
    [InlineData("PARTUUID=5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0D04", VolumePresence.Present)]
    [InlineData("/dev/sda1", VolumePresence.Present)]
    [InlineData("/dev/nvme0n1p1", VolumePresence.Present)]
    [InlineData("UUID=11111111-2222-3333-4444-555555555555", VolumePresence.Absent)]
    [InlineData("LABEL=elsewhere", VolumePresence.Absent)]
    [InlineData("PARTUUID=11111111-02", VolumePresence.Absent)]
    [InlineData("PARTLABEL=elsewhere", VolumePresence.Absent)]
    [InlineData("/dev/sda9", VolumePresence.Absent)]
    [InlineData("/dev/sdb1", VolumePresence.Absent)]
    [InlineData("/dev/mapper/rhel-root", VolumePresence.Absent)]
    [InlineData("/dev/rhel/root", VolumePresence.Absent)]
    [InlineData("/dev/disk/by-id/ata-VMware_Virtual_Disk-part3", VolumePresence.Absent)]
    [InlineData("/dev/disk/by-path/pci-0000:00:07.0-part1", VolumePresence.Absent)]
    [InlineData("/dev/disk/by-id/dm-name-rhel-root", VolumePresence.Unknown)]
    [InlineData("PARTUUID=5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0DFF/PARTNROFF=1", VolumePresence.Unknown)]
    [InlineData("/dev/md/root", VolumePresence.Unknown)]
    [InlineData("ZFS=rpool/root", VolumePresence.Unknown)]
    [InlineData("gpt-auto", VolumePresence.Unknown)]
    [InlineData("", VolumePresence.Unknown)]
    public void A_device_that_Linux_names_is_on_its_disk_or_not(string source, VolumePresence expected)
    {
        using OpenedImage image = OpenedImage.Open(TestDisks.Unpack("linux.vhd", _folder));
        Assert.Equal(expected, image.Linux!.Look(source));
    }

    [Theory]
    [InlineData("/dev/mapper/system-root", VolumePresence.Present)]
    [InlineData("/dev/system/usr", VolumePresence.Present)]
    [InlineData("/dev/mapper/system-var--data", VolumePresence.Present)]
    [InlineData("/dev/system/swap", VolumePresence.Absent)]
    [InlineData("/dev/mapper/rhel-root", VolumePresence.Absent)]
    public void A_logical_volume_is_on_the_disk_where_its_group_has_it(string source, VolumePresence expected)
    {
        using OpenedImage image = OpenedImage.Open(TestDisks.Unpack("lvm.vhd", _folder));
        Assert.Equal(expected, image.Linux!.Look(source));
    }
}

using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

public sealed class DiskInspectorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_disk_with_a_GUID_partition_table_is_described()
    {
        string path = TestDisks.Unpack("ready-dynamic.vhdx", _folder);
        DiskInfo info = TestDisks.Inspect(path);

        Assert.Equal(("ready-dynamic.vhdx", path), (info.Name, info.Path));
        Assert.Equal((DiskFormat.Vhdx, DiskSubFormat.Dynamic), (info.Format, info.SubFormat));
        Assert.Equal(63963136, info.Capacity);
        Assert.InRange(info.AllocatedBytes, 1 << 20, info.Capacity - 1);
        Assert.Equal(new FileInfo(path).Length, info.FileSize);
        Assert.Equal(512, info.LogicalSectorSize);
        Assert.True(info.IsAligned);
        Assert.Equal(PartitionStyle.Gpt, info.PartitionStyle);
        Assert.Equal(3, info.Partitions.Count);
        Assert.True(info.IsUploadable);
        Assert.Empty(info.UploadBlockers);
        Assert.Empty(info.Problems);
    }

    [Fact]
    public void A_disk_with_an_active_partition_starts_generation_1_and_may_be_unaligned_and_uploadable()
    {
        DiskInfo info = TestDisks.Inspect(TestDisks.Unpack("mbr-fixed.vhd", _folder));

        Assert.Equal(VmGenerations.V1, info.SupportedGenerations);
        Assert.Equal(PartitionStyle.Mbr, info.PartitionStyle);
        Assert.False(info.IsAligned);
        Assert.True(info.IsUploadable);
    }

    [Fact]
    public void A_disk_whose_EFI_system_partition_holds_a_loader_starts_generation_2()
    {
        DiskInfo info = TestDisks.Inspect(TestDisks.Unpack("ready.raw", _folder));

        Assert.Equal(VmGenerations.V2, info.SupportedGenerations);
        VolumeInfo system = info.Volumes[0];
        Assert.Equal((1, FileSystemKind.Fat32, "SYSTEM"), (system.PartitionNumber, system.FileSystem, system.Label));
        Assert.Equal((1L << 20, 34L << 20), (system.Offset!.Value, system.Length));
        Assert.Equal(system.Capacity, system.UsedBytes + system.FreeBytes);
        Assert.InRange(system.FreeBytes!.Value, 1, system.Capacity);
        Assert.Equal("1: Fat32 SYSTEM", system.ToString());
    }

    [Theory]
    [InlineData("ready-fixed.vhdx", "WIN-READY", 2)]
    [InlineData("notready.vhdx", "WIN-NOTREADY", 2)]
    [InlineData("generalized.vhdx", "WIN-GENERALIZED", 2)]
    [InlineData("mbr-dynamic.vhd", "WIN-MBR", 1)]
    public void The_guest_on_a_disk_is_named(string name, string hostName, int volumes)
    {
        DiskInfo info = TestDisks.Inspect(TestDisks.Unpack(name, _folder));

        Assert.Equal((GuestFamily.Windows, 20348, "x64", hostName), (info.Guest!.Family, info.Guest.Build, info.Guest.Architecture, info.Guest.HostName));
        Assert.Equal(volumes, info.Volumes.Count);
        Assert.Equal((FileSystemKind.Ntfs, "Windows"), (info.Volumes[^1].FileSystem, info.Volumes[^1].Label));
        Assert.Empty(info.Problems);
    }

    [Fact]
    public void A_Linux_disk_is_described()
    {
        DiskInfo info = TestDisks.Inspect(TestDisks.Unpack("linux.vhd", _folder));

        Assert.Empty(info.Problems);
        Assert.Equal(VmGenerations.V2, info.SupportedGenerations);
        Assert.Equal(["Generation 1: the first sector holds no boot code."], info.BootObstacles);
        Assert.Equal([(1, FileSystemKind.Ext4, "cloudimg-rootfs"), (15, FileSystemKind.Fat32, "UEFI")], info.Volumes.Select(static volume => (volume.PartitionNumber!.Value, volume.FileSystem, volume.Label)).Order());
        GuestIdentity guest = Assert.IsType<GuestIdentity>(info.Guest);
        Assert.Equal(["6.1.0-28-cloud-amd64", "6.1.0-9-cloud-amd64"], guest.KernelVersions);
        Assert.Equal(
            new GuestIdentity
            {
                Family = GuestFamily.Linux,
                Product = "Debian GNU/Linux 12 (bookworm)",
                Distribution = "debian",
                Version = "12",
                Architecture = "x64",
                HostName = "golden-linux",
                KernelVersions = guest.KernelVersions,
            },
            guest);
    }

    [Fact]
    public void A_disk_without_a_loader_starts_no_generation()
    {
        DiskInfo info = TestDisks.Inspect(TestDisks.Unpack("no-os.vhd", _folder));

        Assert.Equal(VmGenerations.None, info.SupportedGenerations);
        Assert.Equal("EMPTY", Assert.Single(info.Volumes).Label);
        Assert.Null(info.Guest);
        Assert.True(info.IsUploadable);
    }

    [Fact]
    public void A_volume_over_the_whole_disk_is_described()
    {
        string path = _folder.File("esp.img");
        using (VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("ready.raw", _folder)))
        {
            DiskContent.Save(new ByteSourceSlice(disk, 1 << 20, 34 << 20, "ESP"), path);
        }

        DiskInfo info = TestDisks.Inspect(path);
        Assert.Equal(PartitionStyle.None, info.PartitionStyle);
        VolumeInfo volume = Assert.Single(info.Volumes);
        Assert.Null(volume.PartitionNumber);
        Assert.Equal(("SYSTEM", 0L, 34L << 20), (volume.Label, volume.Offset!.Value, volume.Length));
    }

    [Fact]
    public void A_disk_under_20_MiB_is_not_uploadable()
    {
        string path = _folder.File("small.raw");
        File.WriteAllBytes(path, new byte[19 << 20]);
        DiskInfo info = TestDisks.Inspect(path);

        Assert.False(info.IsUploadable);
        Assert.Contains("20 MiB", Assert.Single(info.UploadBlockers), StringComparison.Ordinal);
        Assert.Equal(PartitionStyle.None, info.PartitionStyle);
        Assert.Equal(VmGenerations.None, info.SupportedGenerations);
    }

    [Fact]
    public async Task A_disk_over_the_largest_of_Azure_is_not_uploadable()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = _folder.File("large.vhdx");
        await ExternalTool.RunAsync("qemu-img", "create", "-q", "-f", "vhdx", "-o", "block_size=256M", path, "32768G");

        Assert.Contains("32,767 GiB", Assert.Single(TestDisks.Inspect(path).UploadBlockers), StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_block_map_is_an_error_not_an_answer()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        using (FileStream file = File.OpenWrite(path))
        {
            RandomAccess.Write(file.SafeFileHandle, [0x00, 0xFF, 0xFF, 0xFF], 1536 + (4 * 10));
        }

        Assert.Throws<DiskFormatException>(() => TestDisks.Inspect(path));
    }

    [Fact]
    public void Problems_of_container_and_partition_table_are_told_together()
    {
        string path = TestDisks.Unpack("ready.raw", _folder);
        using (FileStream file = File.OpenWrite(path))
        {
            RandomAccess.Write(file.SafeFileHandle, new byte[512], 512);
        }

        DiskInfo info = TestDisks.Inspect(path);
        Assert.Contains(info.Problems, problem => problem.Contains("its backup was read", StringComparison.Ordinal));
        Assert.Equal(3, info.Partitions.Count);
        Assert.True(info.IsUploadable);
    }

    [Fact]
    public void Inspecting_reads_little()
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("ready-fixed.vhdx", _folder));
        _ = new OpenedImage(disk).Info;

        Assert.InRange(disk.BytesRead, 1, 4 << 20);
    }
}

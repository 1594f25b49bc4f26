using System.Text;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

public sealed class OpeningRulesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_does_not_exist_is_not_found()
    {
        string path = _folder.File("nosuch.vhd");

        Assert.Equal(path, Assert.Throws<FileNotFoundException>(() => DiskOpener.Open(path)).FileName);
    }

    [Fact]
    public void A_folder_is_refused() => Assert.Contains("folder", Refusal(_folder.FullName), StringComparison.Ordinal);

    [Theory]
    [InlineData("empty.vhd")]
    [InlineData("empty.raw")]
    public void An_empty_file_is_refused(string name) => Assert.Contains("empty", Refusal(Write(name, [])), StringComparison.Ordinal);

    [Theory]
    [InlineData("notes.vhdx")]
    [InlineData("notes.vhd")]
    public void A_text_file_named_as_a_disk_is_refused_and_called_text(string name)
        => Assert.Contains("holds text", Refusal(Write(name, Encoding.UTF8.GetBytes("Dear reader,\nthis is no disk.\n"))), StringComparison.Ordinal);

    [Theory]
    [InlineData("disk.vhd")]
    [InlineData("disk.vhdx")]
    [InlineData("disk.vmdk")]
    [InlineData("disk")]
    public void A_QCOW2_under_another_name_is_recognised_and_refused(string name)
    {
        string message = Refusal(Write(name, QcowHeader()));

        Assert.Contains("a QCOW2 image", message, StringComparison.Ordinal);
        Assert.Contains("Rename it to .qcow2.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("disk.qcow")]
    [InlineData("disk.qcow2")]
    [InlineData("disk.vhd")]
    public void A_QCOW_of_version_1_is_refused_with_the_command_that_converts_it(string name)
        => Assert.Contains("qemu-img convert -f qcow -O qcow2", Refusal(Write(name, [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 1, .. new byte[2000]])), StringComparison.Ordinal);

    [Theory]
    [InlineData("disk.qcow2", "KDMV", "Rename it to .vmdk.")]
    [InlineData("disk.vhd", "# Disk DescriptorFile\nversion=1\n", "Rename it to .vmdk.")]
    [InlineData("disk.vhd", "COWD", "vmkfstools")]
    public void A_VMDK_under_another_name_is_recognised_and_refused(string name, string signature, string remedy)
        => Assert.Contains(remedy, Refusal(Write(name, [.. Encoding.ASCII.GetBytes(signature), .. new byte[2000]])), StringComparison.Ordinal);

    [Theory]
    [InlineData("disk.qcow2", "a QCOW2's signature is not at its beginning")]
    [InlineData("disk.vmdk", "neither a VMDK's signature nor its descriptor is at its beginning")]
    public void A_file_that_is_not_what_its_name_says_is_refused(string name, string problem)
        => Assert.Contains(problem, Refusal(Write(name, new byte[4096])), StringComparison.Ordinal);

    [Theory]
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0 }, "disk.vhd.gz", "gzip")]
    [InlineData(new byte[] { 0xFD, 0x37, 0x7A, 0x58, 0x5A, 0 }, "disk.vhdx", "xz")]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD }, "disk.vhdx", "zstd")]
    [InlineData(new byte[] { 0x50, 0x4B, 3, 4 }, "disk.zip", "ZIP")]
    public void Other_content_is_named_and_a_remedy_given(byte[] signature, string name, string kind)
    {
        string message = Refusal(Write(name, [.. signature, .. new byte[2000]]));

        Assert.Contains(kind, message, StringComparison.Ordinal);
        Assert.Contains(" first: ", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ready-dynamic.vhdx", "disk.vhd", "Rename it to .vhdx.")]
    [InlineData("no-os.vhd", "disk.vhdx", "Rename it to .vhd.")]
    [InlineData("mbr-fixed.vhd", "disk.vhdx", "Rename it to .vhd.")]
    public void A_container_under_another_ones_name_is_refused(string disk, string name, string remedy)
    {
        string path = _folder.File(name);
        File.Move(TestDisks.Unpack(disk, _folder), path);

        Assert.Contains(remedy, Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_under_any_name_opens_when_its_format_is_given()
    {
        string path = _folder.File("disk.backup");
        File.Move(TestDisks.Unpack("no-os.vhd", _folder), path);

        using VirtualDisk disk = DiskOpener.Open(path, new VirtualDiskOptions { Format = DiskFormat.Vhd });
        Assert.Equal(37748736, disk.Capacity);
        Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path, new VirtualDiskOptions { Format = DiskFormat.Vhdx }));
    }

    [Theory]
    [InlineData("guest.raw", null)]
    [InlineData("guest.IMG", null)]
    [InlineData("guest.bin", null)]
    [InlineData("guest.vhd", DiskFormat.Raw)]
    public void A_raw_disk_that_begins_with_a_QCOW2_header_stays_raw(string name, DiskFormat? format)
    {
        byte[] content = [.. QcowHeader(), .. new byte[4096 - 512]];

        using VirtualDisk disk = DiskOpener.Open(Write(name, content), new VirtualDiskOptions { Format = format });
        Assert.Equal(DiskFormat.Raw, disk.Format);
        Assert.Equal(content, DiskContent.Read(disk, 0, content.Length));
    }

    [Fact]
    public void A_fixed_VHD_whose_guest_wrote_a_QCOW2_header_stays_a_VHD()
    {
        string path = TestDisks.Unpack("mbr-fixed.vhd", _folder);
        using (FileStream file = File.OpenWrite(path))
        {
            file.Write(QcowHeader());
        }

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal((DiskFormat.Vhd, DiskSubFormat.Fixed), (disk.Format, disk.SubFormat));
        Assert.Equal(QcowHeader(), DiskContent.Read(disk, 0, 512));
    }

    [Fact]
    public void A_raw_disk_of_whole_sectors_that_are_no_whole_MiB_opens()
    {
        using VirtualDisk disk = DiskOpener.Open(Write("odd.raw", new byte[(3 << 20) + 512]));

        Assert.Equal((3 << 20) + 512, disk.Capacity);
    }

    [Fact]
    public void A_raw_disk_that_ends_within_a_sector_is_refused()
        => Assert.Contains("ends within a sector", Refusal(Write("cut.raw", new byte[(1 << 20) + 100])), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_another_program_writes_is_refused_with_the_reason()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        using FileStream writer = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        IOException refusal = Assert.Throws<IOException>(() => DiskOpener.Open(path));
        Assert.Contains("in use by another program", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_another_program_may_still_write_is_refused_where_the_system_tells()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "this system does not tell who has a file open for writing");
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        using FileStream writer = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

        IOException refusal = Assert.Throws<IOException>(() => DiskOpener.Open(path));
        Assert.Contains("in use by another program", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_shared_with_readers_only() => Assert.Equal(FileShare.Read, DiskFile.Sharing);

    private static byte[] QcowHeader()
    {
        byte[] header = new byte[512];
        byte[] backing = Encoding.ASCII.GetBytes("/etc/passwd");
        "QFI"u8.CopyTo(header);
        header[3] = 0xFB;
        header[7] = 2;
        header[15] = 0x60;
        header[19] = (byte)backing.Length;
        backing.CopyTo(header, 0x60);
        return header;
    }

    private static string Refusal(string path)
    {
        string message = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        return message;
    }

    private string Write(string name, byte[] content)
    {
        string path = _folder.File(name);
        File.WriteAllBytes(path, content);
        return path;
    }
}

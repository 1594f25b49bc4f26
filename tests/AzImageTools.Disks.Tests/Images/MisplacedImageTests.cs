using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Images;

/// <summary>Files that hold a disk image in a way in which it can't be read: what is said of them.</summary>
public sealed class MisplacedImageTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mbr-fixed.vhd")]
    [InlineData("mbr-dynamic.vhd")]
    public void A_vhd_that_grew_after_it_was_made_is_told_by_the_place_of_its_footer(string name)
    {
        string path = TestDisks.Unpack(name, _folder);
        long length = new FileInfo(path).Length;
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(length + (64 << 20));
        }

        DiskFormatException error = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path));
        Assert.Contains($"its footer lies at byte {length - 512}, and {64 << 20} bytes follow it", error.Message, StringComparison.Ordinal);
        Assert.Contains($"truncate -s {length} ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vhd_that_the_guest_keeps_on_its_disk_is_not_taken_for_the_disk()
    {
        string path = TestDisks.Unpack("mbr-fixed.vhd", _folder);
        byte[] inner = File.ReadAllBytes(path);
        string outer = _folder.File("outer.vhd");
        File.WriteAllBytes(outer, [.. new byte[1 << 20], .. inner, .. new byte[1 << 20]]);

        Assert.Contains("not in its last 512 bytes", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(outer)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ova_by_another_name_is_told_to_be_an_archive_with_its_disk_in_it()
    {
        ExternalTool.SkipUnlessInstalled("tar");
        string disk = Path.GetFileName(TestFile.Unpack("disks/pattern-stream.vmdk", _folder));
        await File.WriteAllTextAsync(_folder.File("vm.ovf"), "<Envelope/>", TestContext.Current.CancellationToken);
        string ova = _folder.File("vm.ova");
        await ExternalTool.RunAsync("tar", "-C", Path.GetDirectoryName(ova)!, "--format=ustar", "-cf", ova, "vm.ovf", disk);

        string misnamed = Path.ChangeExtension(ova, ".vmdk");
        File.Copy(ova, misnamed);
        DiskFormatException error = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(misnamed));
        Assert.Contains($"a tar archive with '{disk}' in it. Unpack it first", error.Message, StringComparison.Ordinal);
    }
}

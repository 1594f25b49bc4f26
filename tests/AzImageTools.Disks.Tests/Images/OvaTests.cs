using System.Text;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Images;

public sealed class OvaTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ustar")]
    [InlineData("gnu")]
    [InlineData("pax")]
    public async Task The_disk_in_an_ova_reads_as_it_does_beside_it(string format)
    {
        ExternalTool.SkipUnlessInstalled("tar");
        string disk = TestFile.Unpack("disks/pattern-stream.vmdk", _folder);
        string ova = await PackAsync($"--format={format}", "vm.ovf", Path.GetFileName(disk));

        using VirtualDisk expected = DiskOpener.Open(disk);
        using VirtualDisk read = DiskOpener.Open(ova);
        Assert.Equal(DiskFormat.Vmdk, read.Format);
        Assert.Equal(expected.FileSize, read.FileSize);
        Assert.Equal(expected.AllocatedBytes, read.AllocatedBytes);
        Assert.Equal(expected.GetExtents(0, expected.Capacity), read.GetExtents(0, read.Capacity));
        byte[] content = new byte[expected.Capacity];
        byte[] found = new byte[content.Length];
        expected.Read(0, content);
        read.Read(0, found);
        Assert.Equal(content, found);
        Assert.Empty(DiskChecker.Check(ova, cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_disk_of_a_real_ova_is_looked_at_where_it_lies()
    {
        string sample = Path.Combine(RepositoryPaths.Root, "..", "shared", "samples", "reports", "real.ova");
        Assert.SkipUnless(File.Exists(sample), $"{sample} is not here");
        using OpenedImage image = OpenedImage.Open(sample, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(GuestFamily.Windows, image.Guest?.Family);
        Assert.Empty(image.Info.Problems);
    }

    [Theory]
    [InlineData("gnu")]
    [InlineData("pax")]
    public async Task A_disk_with_a_long_name_is_found(string format)
    {
        ExternalTool.SkipUnlessInstalled("tar");
        string name = $"{new string('n', 150)}/{new string('d', 150)}.vmdk";
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        File.Move(TestFile.Unpack("disks/pattern-stream.vmdk", _folder), _folder.File(name));
        string ova = await PackAsync($"--format={format}", "vm.ovf", name);

        using VirtualDisk disk = DiskOpener.Open(ova);
        Assert.Equal(3149312, disk.Capacity);
    }

    [Fact]
    public async Task Several_disks_are_named_with_what_to_do()
    {
        ExternalTool.SkipUnlessInstalled("tar");
        string disk = TestFile.Unpack("disks/pattern-stream.vmdk", _folder);
        File.Copy(disk, _folder.File("second.vmdk"));
        string ova = await PackAsync("--format=ustar", "vm.ovf", Path.GetFileName(disk), "second.vmdk");

        string message = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(ova)).Message;
        Assert.Contains("several disks in this OVA: 'pattern-stream.vmdk', 'second.vmdk'", message, StringComparison.Ordinal);
        Assert.Contains("tar -xf", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_descriptor_in_an_ova_opens_nothing_beside_it()
    {
        ExternalTool.SkipUnlessInstalled("tar");
        File.WriteAllBytes(_folder.File("secret"), new byte[1 << 20]);
        await File.WriteAllTextAsync(_folder.File("disk.vmdk"), "# Disk DescriptorFile\nversion=1\ncreateType=\"monolithicFlat\"\nRW 2048 FLAT \"secret\" 0\n", TestContext.Current.CancellationToken);
        string ova = await PackAsync("--format=ustar", "vm.ovf", "disk.vmdk");

        Assert.Contains("not a VMDK that is whole in one file", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(ova)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string> Hostile => new()
    {
        { "empty headers", new byte[4096], "does not begin as a tar archive does" },
        { "a length beyond the file", Header("disk.vmdk", "77777777777"), "reaches beyond the file's end" },
        { "a negative length", Header("disk.vmdk", "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"), "does not begin as a tar archive does" },
        { "a length that is no number", Header("disk.vmdk", "8x"), "does not begin as a tar archive does" },
        { "a length beyond all numbers", Header("disk.vmdk", "\u0080\0\0\0\u0080\0\0\0\0\0\0\0"), "does not begin as a tar archive does" },
        { "no disk", [.. Header("a\u001b[31m.txt", "0"), .. Header("vm.ovf", "0")], "only 'a\ufffd[31m.txt', 'vm.ovf'" },
        { "another format", Header("disk.vhd", "0"), "is no VMDK" },
        { "an extension beyond the file", [.. Header("x", "77777777777", 'x'), .. Header("disk.vmdk", "0")], "does not begin as a tar archive does" },
        { "records that overlap their header", [.. Header("x", "1000", 'x'), .. Padded("99 size=1\n"), .. Header("disk.vmdk", "0")], "not a VMDK that is whole" },
        { "a length in a record beyond the file", [.. Header("x", "1000", 'x'), .. Padded("22 size=9999999999999\n"), .. Header("disk.vmdk", "0")], "reaches beyond the file's end" },
        { "very many files", [.. Enumerable.Repeat(Header("x", "0"), 300).SelectMany(static header => header)], "more than 256 files" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_is_no_sound_archive_is_refused_with_a_reason(string name, byte[] archive, string reason)
    {
        string path = _folder.File("disk.ova");
        File.WriteAllBytes(path, archive);
        DiskFormatException error = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path));
        Assert.True(error.Message.Contains(reason, StringComparison.Ordinal), $"{name}: {error.Message}");
    }

    private async Task<string> PackAsync(params string[] arguments)
    {
        await File.WriteAllTextAsync(_folder.File("vm.ovf"), "<Envelope/>", TestContext.Current.CancellationToken);
        string ova = _folder.File("vm.ova");
        await ExternalTool.RunAsync("tar", ["-C", Path.GetDirectoryName(ova)!, "-cf", ova, .. arguments]);
        return ova;
    }

    private static byte[] Header(string name, string size, char type = '0')
    {
        byte[] header = new byte[512];
        Encoding.UTF8.GetBytes(name).CopyTo(header, 0);
        Encoding.Latin1.GetBytes(size).CopyTo(header, 124);
        header[156] = (byte)type;
        "ustar"u8.CopyTo(header.AsSpan(257));
        return header;
    }

    private static byte[] Padded(string text)
    {
        byte[] block = new byte[512];
        Encoding.UTF8.GetBytes(text).CopyTo(block, 0);
        return block;
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Xfs;

/// <summary>Volumes of all forms, made by mkfs.xfs where it is installed, hold for us what was copied into them.</summary>
public sealed class MadeXfsTests(XfsTreeFixture source) : IClassFixture<XfsTreeFixture>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("-b size=1024 -n size=8192 -i nrext64=1 -m rmapbt=1")]
    [InlineData("-b size=2048 -n size=16384 -s size=2048 -m bigtime=0,reflink=0 -i sparse=0")]
    [InlineData("-m crc=0 -b size=512 -n ftype=0")]
    [InlineData("-m crc=0 -i size=2048 -n size=65536,ftype=1 -l version=1")]
    public async Task A_tree_reads_back_as_it_was_copied(string options)
    {
        ExternalTool.SkipUnlessInstalled("mkfs.xfs", "xfs_db");
        string tree = await source.CreateAsync();
        string image = await XfsTree.MakeAsync(_folder, tree, ["-L", "Größe XFS", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        using VirtualDisk disk = DiskOpener.Open(image);
        IFileSystem files = FileSystem.TryOpen(disk)!;

        Assert.Equal((FileSystemKind.Xfs, "Größe XFS", false), (files.Kind, files.Label, files.IsDirty));
        string[] expected = [.. LinuxTree.Describe(tree).Select(WithoutTime).Order(StringComparer.Ordinal)];
        Assert.InRange(expected.Length, 5000, int.MaxValue);
        Assert.Equal(expected, LinuxTree.Describe(files).Select(WithoutTime).Order(StringComparer.Ordinal));
        LinuxTree.AssertLinks(files, XfsTree.Blank);
        foreach (FileSystemEntry entry in files.Enumerate("many"))
        {
            Assert.Equal(entry with { IsLink = false }, files.GetEntry(entry.Path));
        }

        Assert.Null(files.GetEntry("many/no such name"));
        await AssertFreeExtentsAsync(files, image);
    }

    [Fact]
    public async Task The_largest_blocks_are_read()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.xfs");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(tree, "file"), new byte[100_000]);
        for (int i = 0; i < 1500; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(tree, $"an-empty-file-with-a-name-that-takes-some-room-for-itself-{i}"), []);
        }

        using VirtualDisk disk = DiskOpener.Open(await XfsTree.MakeAsync(_folder, tree, "-b", "size=65536", "-i", "size=2048"));
        IFileSystem files = FileSystem.TryOpen(disk)!;
        Assert.Equal(LinuxTree.Describe(tree).Select(WithoutTime).Order(StringComparer.Ordinal), LinuxTree.Describe(files).Select(WithoutTime).Order(StringComparer.Ordinal));
        Assert.Equal(files.FreeBytes, files.GetFreeExtents().Sum(static extent => extent.Length));
    }

    [Fact]
    public async Task Names_are_matched_without_regard_to_case_where_the_volume_says_so()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.xfs");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        for (int i = 0; i < 500; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(tree, $"File-{i}-Äpfel"), "content");
        }

        using VirtualDisk disk = DiskOpener.Open(await XfsTree.MakeAsync(_folder, tree, "-n", "version=ci"));
        IFileSystem files = FileSystem.TryOpen(disk)!;
        Assert.Equal(7, files.GetEntry("FILE-499-ÄPFEL")?.Length);
        Assert.Null(files.GetEntry("file-499-äpfel"));
    }

    [Fact]
    public async Task A_Linux_on_XFS_is_identified()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.xfs");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        foreach (string folder in new[] { "etc", "usr/bin", "usr/lib/modules/5.14.0-427.el9.x86_64", "boot" })
        {
            Directory.CreateDirectory(Path.Combine(tree, folder));
        }

        await File.WriteAllTextAsync(Path.Combine(tree, "usr/lib/os-release"), "NAME=\"Rocky Linux\"\nID=\"rocky\"\nVERSION_ID=\"9.4\"\nPRETTY_NAME=\"Rocky Linux 9.4 (Blue Onyx)\"\n");
        await File.WriteAllTextAsync(Path.Combine(tree, "etc/hostname"), "golden-rocky\n");
        byte[] program = [0x7F, .. "ELF"u8, 2, 1, 1, 0, .. new byte[8], 3, 0, 62, 0];
        await File.WriteAllBytesAsync(Path.Combine(tree, "usr/bin/bash"), program);
        File.CreateSymbolicLink(Path.Combine(tree, "usr/bin/sh"), "bash");
        File.CreateSymbolicLink(Path.Combine(tree, "etc/os-release"), "../usr/lib/os-release");
        foreach (string link in new[] { "bin", "lib" })
        {
            File.CreateSymbolicLink(Path.Combine(tree, link), "usr/" + link);
        }

        using VirtualDisk disk = DiskOpener.Open(await XfsTree.MakeAsync(_folder, tree));
        GuestIdentity guest = GuestIdentity.Detect(FileSystem.TryOpen(disk)!)!;
        Assert.Equal(
            (GuestFamily.Linux, "Rocky Linux 9.4 (Blue Onyx)", "rocky", "9.4", "golden-rocky", "x64"),
            (guest.Family, guest.Product, guest.Distribution, guest.Version, guest.HostName, guest.Architecture));
        Assert.Equal("5.14.0-427.el9.x86_64", Assert.Single(guest.KernelVersions));
        VolumeInfo volume = Assert.Single(new OpenedImage(disk).Info.Volumes);
        Assert.Equal((FileSystemKind.Xfs, false), (volume.FileSystem, volume.IsDirty));
    }

    /// <summary>xfs_db lists each group's free blocks, those that it keeps for its trees (AGFL) too; the superblock's sum also counts the trees themselves.</summary>
    private static async Task AssertFreeExtentsAsync(IFileSystem files, string image)
    {
        string superblock = await ExternalTool.RunAsync("xfs_db", "-r", "-c", "sb 0", "-c", "p blocksize agblocks agcount fdblocks", image);
        long blockSize = Number(superblock, "blocksize");
        long groupBlocks = Number(superblock, "agblocks");
        HashSet<long> expected = [.. (await ExternalTool.RunAsync("xfs_db", "-r", "-c", "freesp -d", image)).Split('\n')
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(static fields => fields.Length == 3 && fields.All(static field => field.All(char.IsAsciiDigit)))
            .Select(static fields => fields.Select(static field => long.Parse(field, CultureInfo.InvariantCulture)).ToArray())
            .SelectMany(extent => Enumerable.Range(0, (int)extent[2]).Select(number => (extent[0] * groupBlocks) + extent[1] + number))];
        long kept = 0;
        long sum = 0;
        for (long group = 0; group < Number(superblock, "agcount"); group++)
        {
            string header = await ExternalTool.RunAsync("xfs_db", "-r", "-c", string.Create(CultureInfo.InvariantCulture, $"agf {group}"), "-c", "p freeblks flcount btreeblks", image);
            kept += Number(header, "flcount");
            sum += Number(header, "freeblks") + Number(header, "flcount") + Number(header, "btreeblks");
        }

        HashSet<long> actual = [.. files.GetFreeExtents()
            .SelectMany(extent => Enumerable.Range(0, (int)(extent.Length / blockSize)).Select(number => (extent.Offset / blockSize) + number))];
        Assert.Equal(Number(superblock, "fdblocks"), sum);
        Assert.Superset(actual, expected);
        Assert.Equal(kept, expected.Count - actual.Count);
        Assert.Equal(files.FreeBytes, actual.Count * blockSize);
    }

    private static long Number(string text, string field)
        => long.Parse(Regex.Match(text, $"(?<=^{field} = )[0-9]+", RegexOptions.Multiline).Value, CultureInfo.InvariantCulture);

    // mkfs.xfs writes its own.
    private static string WithoutTime(string line)
    {
        string[] fields = line.Split('|');
        return string.Join('|', fields.Where((_, index) => index != fields.Length - 2));
    }
}

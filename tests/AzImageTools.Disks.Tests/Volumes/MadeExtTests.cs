using System.Globalization;
using System.Text.RegularExpressions;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>Volumes of all forms, made by mke2fs where it is installed, hold for us what was copied into them.</summary>
public sealed class MadeExtTests(LinuxTreeFixture source) : IClassFixture<LinuxTreeFixture>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ext4", "", FileSystemKind.Ext4)]
    [InlineData("ext4", "-b 1024 -N 8000", FileSystemKind.Ext4)]
    [InlineData("ext4", "-b 2048 -I 128 -O ^64bit,^metadata_csum,uninit_bg", FileSystemKind.Ext4)]
    [InlineData("ext4", "-b 1024 -O inline_data -I 256", FileSystemKind.Ext4)]
    [InlineData("ext4", "-O inline_data -I 512", FileSystemKind.Ext4)]
    [InlineData("ext4", "-b 1024 -g 1024 -O meta_bg,^resize_inode,64bit", FileSystemKind.Ext4)]
    [InlineData("ext4", "-O bigalloc -C 16384", FileSystemKind.Ext4)]
    [InlineData("ext4", "-b 1024 -O ^flex_bg,sparse_super2,large_dir,ea_inode,quota", FileSystemKind.Ext4)]
    [InlineData("ext4", "-O encrypt,verity,mmp,metadata_csum_seed,orphan_file", FileSystemKind.Ext4)]
    [InlineData("ext4", "-O casefold,fast_commit,stable_inodes", FileSystemKind.Ext4)]
    [InlineData("ext3", "-b 4096", FileSystemKind.Ext3)]
    [InlineData("ext3", "-b 1024", FileSystemKind.Ext3)]
    [InlineData("ext2", "-b 1024 -I 128", FileSystemKind.Ext2)]
    [InlineData("ext2", "-b 1024 -O none -r 0", FileSystemKind.Ext2)]
    public async Task A_tree_reads_back_as_it_was_copied(string type, string options, FileSystemKind kind)
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "dumpe2fs");
        string tree = await source.CreateAsync();
        string image = await MakeAsync(tree, ["-t", type, "-L", "Größe ext", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        using VirtualDisk disk = DiskOpener.Open(image);
        IFileSystem files = FileSystem.TryOpen(disk)!;

        Assert.Equal((kind, "Größe ext", false), (files.Kind, files.Label, files.IsDirty));
        Assert.Equal(LinuxTree.Describe(tree).Order(StringComparer.Ordinal), LinuxTree.Describe(files).Order(StringComparer.Ordinal));
        LinuxTree.AssertLinks(files, " ");
        await AssertFreeExtentsAsync(files, image);
    }

    [Fact]
    public async Task The_largest_blocks_are_read()
    {
        ExternalTool.SkipUnlessInstalled("mke2fs");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(tree, "file"), new byte[100_000]);
        string image = await MakeAsync(tree, ["-t", "ext4", "-b", "65536"]);
        using VirtualDisk disk = DiskOpener.Open(image);
        Assert.Equal(LinuxTree.Describe(tree), LinuxTree.Describe(FileSystem.TryOpen(disk)!));
    }

    /// <summary>dumpe2fs lists each group's free blocks: of each cluster the first.</summary>
    private static async Task AssertFreeExtentsAsync(IFileSystem files, string image)
    {
        string dump = await ExternalTool.RunAsync("dumpe2fs", image);
        long blockSize = long.Parse(Regex.Match(dump, "(?<=^Block size: +)[0-9]+", RegexOptions.Multiline).Value, CultureInfo.InvariantCulture);
        Match cluster = Regex.Match(dump, "(?<=^Cluster size: +)[0-9]+", RegexOptions.Multiline);
        long clusterBlocks = cluster.Success ? long.Parse(cluster.Value, CultureInfo.InvariantCulture) / blockSize : 1;
        HashSet<long> expected = [.. Regex.Matches(dump, "(?<=^  Free blocks: ).+$", RegexOptions.Multiline)
            .SelectMany(static match => match.Value.Split(", "))
            .Select(static range => range.Split('-').Select(static number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray())
            .SelectMany(range => Enumerable.Range(0, (int)(range[^1] - range[0] + clusterBlocks)).Select(number => range[0] + number))];
        HashSet<long> actual = [.. files.GetFreeExtents()
            .SelectMany(extent => Enumerable.Range(0, (int)(extent.Length / blockSize)).Select(number => (extent.Offset / blockSize) + number))];
        Assert.NotEmpty(expected);
        Assert.Equal(expected, actual);
        Assert.Equal(files.FreeBytes, actual.Count * blockSize);
    }

    private async Task<string> MakeAsync(string tree, string[] arguments)
    {
        string image = _folder.File("volume.img");
        await ExternalTool.RunAsync("mke2fs", ["-q", "-F", "-d", tree, .. arguments, image, "64M"]);
        return image;
    }
}

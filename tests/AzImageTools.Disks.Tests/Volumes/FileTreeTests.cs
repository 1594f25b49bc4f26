using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>A tree of thousands of files that another program wrote to a volume holds for us what was written.</summary>
public sealed class FileTreeTests : IDisposable
{
    private const int Files = 5000;
    private const int Mebibyte = 1 << 20;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_tree_that_ntfs_3g_wrote_reads_back_with_the_same_content()
    {
        NtfsMount.SkipUnlessPossible();
        string image = _folder.File("ntfs.img");
        FileTree tree;
        using (NtfsMount mount = await NtfsMount.CreateAsync(image, 256 * Mebibyte, clusterSize: 4096))
        {
            tree = FileTree.Create(mount.FullName, Files, FileTreeContent.HardLinks | FileTreeContent.LargeFolder | FileTreeContent.SupplementaryNames);
        }

        AssertHolds(image, tree);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(2048)]
    [InlineData(8192)]
    [InlineData(65536)]
    [InlineData(131072)]
    [InlineData(2097152)]
    public async Task A_tree_in_clusters_of_any_size_reads_back_with_the_same_content(int clusterSize)
    {
        NtfsMount.SkipUnlessPossible();
        string image = _folder.File("ntfs.img");
        FileTree tree;
        using (NtfsMount mount = await NtfsMount.CreateAsync(image, 2048L * Mebibyte, clusterSize))
        {
            tree = FileTree.Create(mount.FullName, files: 300, FileTreeContent.HardLinks | FileTreeContent.LargeFolder | FileTreeContent.SupplementaryNames);
        }

        AssertHolds(image, tree);
    }

    [Fact]
    public async Task A_tree_that_mke2fs_copied_reads_back_with_the_same_content()
    {
        ExternalTool.SkipUnlessInstalled("mke2fs");
        string source = Directory.CreateDirectory(_folder.File("tree")).FullName;
        FileTree tree = FileTree.Create(source, Files, FileTreeContent.HardLinks | FileTreeContent.SymbolicLinks | FileTreeContent.LinuxNames | FileTreeContent.LargeFolder | FileTreeContent.SupplementaryNames);
        string image = _folder.File("ext4.img");
        await ExternalTool.RunAsync("mke2fs", "-q", "-F", "-t", "ext4", "-N", "12000", "-d", source, image, "128M");
        AssertHolds(image, tree);
    }

    [Fact]
    public async Task A_tree_that_mtools_copied_reads_back_with_the_same_content()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.fat", "mcopy");
        string source = Directory.CreateDirectory(_folder.File("tree")).FullName;
        FileTree tree = FileTree.Create(source, Files, FileTreeContent.Plain);
        string image = _folder.File("fat.img");
        await using (FileStream file = File.Create(image))
        {
            file.SetLength(256 * Mebibyte);
        }

        await ExternalTool.RunAsync("mkfs.fat", "-F", "32", "-s", "2", image);
        // mtools takes names for those of the language that it is run in.
        await ExternalTool.RunAsync("env", ["LC_ALL=C.UTF-8", "mcopy", "-s", "-Q", "-i", image, .. Directory.GetFileSystemEntries(source), "::/"]);
        AssertHolds(image, tree);
    }

    private static void AssertHolds(string image, FileTree tree)
    {
        Assert.True(tree.FileCount >= 300);
        using VirtualDisk disk = DiskOpener.Open(image);
        IFileSystem files = FileSystem.TryOpen(disk)!;
        tree.AssertEqual(Describe(files, files.Enumerate(string.Empty)));
    }

    internal static IEnumerable<string> Describe(IFileSystem files, IEnumerable<FileSystemEntry> folder)
    {
        // mke2fs makes lost+found beside the tree. A '\' in a name stands in a path as it is.
        foreach (FileSystemEntry entry in folder.Where(static entry => entry.Path != "lost+found"))
        {
            string kind = entry.IsLink ? "link" : entry.IsDirectory ? "folder" : "file";
            using Stream? content = kind == "file" ? files.OpenFile(entry) : null;
            Assert.Equal(content?.Length ?? 0, entry.IsLink ? 0 : entry.Length);
            yield return FileTree.Line(entry.Name, kind, content);
            foreach (string below in kind == "folder" ? Describe(files, files.Enumerate(entry)) : [])
            {
                yield return entry.Name + "/" + below;
            }
        }
    }
}

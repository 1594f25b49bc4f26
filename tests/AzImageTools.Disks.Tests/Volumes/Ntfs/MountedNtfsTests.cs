using System.Security.Cryptography;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>What ntfs-3g writes in ways of its own: compressed, in many fragments, under many names, with reparse points.</summary>
public sealed class MountedNtfsTests : IDisposable
{
    private const int Mebibyte = 1 << 20;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(4096)]
    public async Task Files_of_a_compressed_folder_read_back_with_the_same_content(int clusterSize)
    {
        FileTree? tree = null;
        using VirtualDisk disk = await WriteAsync(clusterSize, "rw,compression", async root =>
        {
            ExternalTool.SkipUnlessInstalled("setfattr", "getfattr");
            const string Compressed = "0x00000800";
            await ExternalTool.RunAsync("setfattr", "-h", "-n", "system.ntfs_attrib_be", "-v", Compressed, root);
            string text = string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"line {i % 700} of a log\n"));
            tree = FileTree.Create(root, files: 200, FileTreeContent.Plain);
            await File.WriteAllTextAsync(Path.Combine(root, "text"), text);
            await File.WriteAllBytesAsync(Path.Combine(root, "zeros and noise"), [.. new byte[200_000], .. RandomNumberGenerator.GetBytes(70_000), .. new byte[70_000], 1]);
            string attributes = await ExternalTool.RunAsync("getfattr", "-h", "-e", "hex", "--only-values", "--absolute-names", "-n", "system.ntfs_attrib_be", Path.Combine(root, "text"));
            Assert.Equal(8, attributes[2] & 8);
        });
        IFileSystem files = FileSystem.TryOpen(disk)!;
        Assert.Equal(tree!.Lines.Count + 2, FileTreeTests.Describe(files, files.Enumerate(string.Empty)).Count());
        tree.AssertEqual(FileTreeTests.Describe(files, files.Enumerate(string.Empty).Where(static entry => entry.Name is not ("text" or "zeros and noise"))));
        using StreamReader reader = new(files.OpenFile("text"));
        Assert.Equal(string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"line {i % 700} of a log\n")), reader.ReadToEnd());
        using Stream mixed = files.OpenFile("zeros and noise");
        byte[] content = new byte[mixed.Length];
        mixed.ReadExactly(content);
        Assert.Equal((340_001, 1), (content.Length, content[^1]));
        Assert.False(content.AsSpan(0, 200_000).ContainsAnyExcept((byte)0));
        Assert.False(content.AsSpan(270_000, 70_000).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public async Task A_file_of_thousands_of_fragments_and_one_of_hundreds_of_names_are_read_through_their_attribute_lists()
    {
        const int Pieces = 6000;
        const int Step = 8192;
        const int Names = 300;
        using VirtualDisk disk = await WriteAsync(4096, "rw", async root =>
        {
            await using (FileStream file = File.Create(Path.Combine(root, "fragments"), bufferSize: 1))
            {
                for (int i = 0; i < Pieces; i++)
                {
                    RandomAccess.Write(file.SafeFileHandle, BitConverter.GetBytes(i), (long)i * Step);
                }
            }

            await File.WriteAllTextAsync(Path.Combine(root, "one"), "the content");
            await ExternalTool.RunAsync("sh", "-c", $"cd \"$0\" && for i in $(seq {Names}); do ln one \"another of its many names, number $i\"; done", root);
        });
        IFileSystem files = FileSystem.TryOpen(disk)!;
        using Stream content = files.OpenFile("fragments");
        byte[] number = new byte[sizeof(int)];
        foreach (int i in Enumerable.Range(0, Pieces).Reverse())
        {
            content.Position = (long)i * Step;
            content.ReadExactly(number);
            Assert.Equal(i, BitConverter.ToInt32(number));
        }

        FileSystemEntry[] names = [.. files.Enumerate(string.Empty).Where(static entry => entry.Name != "fragments")];
        Assert.Equal(Names + 1, names.Length);
        foreach (FileSystemEntry entry in names)
        {
            using StreamReader reader = new(files.OpenFile(entry));
            Assert.Equal("the content", await reader.ReadToEndAsync());
        }
    }

    [Fact]
    public async Task Names_are_found_in_any_case_by_the_volumes_own_table()
    {
        using VirtualDisk disk = await WriteAsync(4096, "rw", static async root =>
        {
            foreach (string name in new[] { "ärger", "ΣΊΣΥΦΟΣ", "жук", "straße", "ǆ", "plain" })
            {
                await File.WriteAllTextAsync(Path.Combine(root, name), name);
            }
        });
        IFileSystem files = FileSystem.TryOpen(disk)!;
        foreach ((string asked, string? found) in new[] { ("ÄRGER", "ärger"), ("σίσυφοσ", "ΣΊΣΥΦΟΣ"), ("ЖУК", "жук"), ("STRASSE", null), ("STRAßE", "straße"), ("Ǆ", "ǆ"), ("PlAiN", "plain"), ("plain ", null) })
        {
            Assert.Equal((asked, found), (asked, files.GetEntry(asked)?.Name));
        }
    }

    [Fact]
    public async Task Junctions_and_symbolic_links_are_followed_within_the_volume()
    {
        using VirtualDisk disk = await WriteAsync(4096, "rw", WriteLinksAsync);
        IFileSystem files = FileSystem.TryOpen(disk)!;
        foreach (string path in new[] { @"links\junction\file", @"links\folder\file", @"links\up\file", @"links\rooted", @"links\relative", @"links\linux", @"links\chain", @"links\junction\again\again\file" })
        {
            using StreamReader content = new(files.OpenFile(path));
            Assert.Equal((path, "content"), (path, content.ReadToEnd()));
        }

        FileSystemEntry[] links = [.. files.Enumerate("links")];
        Assert.All(links, static entry => Assert.True(entry.IsLink));
        Assert.Equal(@"LINKS\Junction", files.GetEntry(@"LINKS\JUNCTION")!.Path, ignoreCase: true);
        Assert.Equal([@"links\junction\again", @"links\junction\file"], files.Enumerate("links/junction").Select(static entry => entry.Path).Order());
        Assert.Equal(files.Enumerate("links/junction").Select(static entry => entry.Path), files.Enumerate(links.Single(static entry => entry.Name == "junction")).Select(static entry => entry.Path));
        Assert.True(files.GetEntry(@"links\relative") is { IsLink: true, IsDirectory: false, Length: 7 });
        Assert.True(files.GetEntry(@"links\junction") is { IsLink: true, IsDirectory: true });
    }

    [Theory]
    [InlineData("loop")]
    [InlineData("loop a")]
    [InlineData("loop b")]
    [InlineData("share")]
    [InlineData("volume")]
    [InlineData("nowhere")]
    [InlineData("above")]
    [InlineData("linux absolute")]
    public async Task A_link_that_leads_nowhere_on_the_volume_is_listed_and_leads_to_nothing(string name)
    {
        using VirtualDisk disk = await WriteAsync(4096, "rw", WriteLinksAsync);
        IFileSystem files = FileSystem.TryOpen(disk)!;
        Assert.True(files.GetEntry(@"links\" + name) is { IsLink: true, Length: 0 });
        FileSystemEntry listed = files.Enumerate("links").Single(entry => entry.Name == name);
        Assert.Throws<FileNotFoundException>(() => files.OpenFile(listed));
        Assert.Throws<FileNotFoundException>(() => files.OpenFile(@"links\" + name));
        Assert.Empty(files.Enumerate(listed));
        Assert.Null(files.GetEntry(@"links\" + name + @"\file"));
    }

    private static async Task WriteLinksAsync(string root)
    {
        ExternalTool.SkipUnlessInstalled("setfattr");
        Directory.CreateDirectory(Path.Combine(root, "target"));
        Directory.CreateDirectory(Path.Combine(root, "links"));
        await File.WriteAllTextAsync(Path.Combine(root, "target", "file"), "content");
        await AddAsync("target/again", ReparsePoint.SymbolicLink(@".\..\target", isRelative: true), isFolder: true);
        await AddAsync("links/junction", ReparsePoint.Junction(@"\??\C:\target"), isFolder: true);
        await AddAsync("links/folder", ReparsePoint.SymbolicLink(@"\??\D:\TARGET\", isRelative: false), isFolder: true);
        await AddAsync("links/up", ReparsePoint.SymbolicLink(@"..\target", isRelative: true), isFolder: true);
        await AddAsync("links/rooted", ReparsePoint.SymbolicLink(@"\target\file", isRelative: true), isFolder: false);
        await AddAsync("links/relative", ReparsePoint.SymbolicLink(@"..\target\file", isRelative: true), isFolder: false);
        await AddAsync("links/linux", ReparsePoint.LinuxLink("../target/file"), isFolder: false);
        await AddAsync("links/chain", ReparsePoint.SymbolicLink(@"junction\..\links\relative", isRelative: true), isFolder: false);
        await AddAsync("links/loop", ReparsePoint.SymbolicLink("loop", isRelative: true), isFolder: false);
        await AddAsync("links/loop a", ReparsePoint.Junction(@"\??\C:\links\loop b"), isFolder: true);
        await AddAsync("links/loop b", ReparsePoint.Junction(@"\??\C:\links\loop a"), isFolder: true);
        await AddAsync("links/share", ReparsePoint.SymbolicLink(@"\??\UNC\server\share\target", isRelative: false), isFolder: true);
        await AddAsync("links/volume", ReparsePoint.Junction(@"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\"), isFolder: true);
        await AddAsync("links/nowhere", ReparsePoint.Junction(@"\??\C:\no\such\folder"), isFolder: true);
        await AddAsync("links/above", ReparsePoint.SymbolicLink(@"..\..\..\links\file", isRelative: true), isFolder: false);
        await AddAsync("links/linux absolute", ReparsePoint.LinuxLink("/target/file"), isFolder: false);

        async Task AddAsync(string path, byte[] point, bool isFolder)
        {
            string full = Path.Combine(root, path);
            if (isFolder)
            {
                Directory.CreateDirectory(full);
            }
            else
            {
                await File.WriteAllBytesAsync(full, []);
            }

            await ExternalTool.RunAsync("setfattr", "-h", "-n", "system.ntfs_reparse_data", "-v", "0x" + Convert.ToHexString(point), full);
        }
    }

    private async Task<VirtualDisk> WriteAsync(int clusterSize, string options, Func<string, Task> write)
    {
        NtfsMount.SkipUnlessPossible();
        string image = _folder.File("ntfs.img");
        using (NtfsMount mount = await NtfsMount.CreateAsync(image, 128 * Mebibyte, clusterSize, options))
        {
            await write(mount.FullName);
        }

        return DiskOpener.Open(image);
    }
}

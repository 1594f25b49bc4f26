using System.Globalization;
using System.Security.Cryptography;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>A tree of files on this machine, as mke2fs copies it into a volume, and what is read of it and of the volume.</summary>
internal static class LinuxTree
{
    /// <summary>Writes a tree with what file systems find hard.</summary>
    public static async Task<string> CreateAsync(TempFolder folder, int manyFiles)
    {
        string root = Directory.CreateDirectory(folder.File("tree")).FullName;
        string deep = Directory.CreateDirectory(Path.Combine(root, string.Join('/', Enumerable.Range(1, 30).Select(static level => $"level-{level}")))).FullName;
        await File.WriteAllTextAsync(Path.Combine(deep, "bottom.txt"), "bottom");
        string many = Directory.CreateDirectory(Path.Combine(root, "many")).FullName;
        for (int i = 0; i < manyFiles; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(many, $"file number {i} of a large folder, with a name that takes some room"), new string('x', i % 300));
        }

        string names = Directory.CreateDirectory(Path.Combine(root, "names")).FullName;
        foreach (string name in new[] { "Ärger ß.txt", "日本語のファイル名", "emoji 😀", "UPPER", "upper", @"with\x2dbackslash.slice", new string('n', 255), string.Concat(Enumerable.Repeat("я", 127)), "trailing. ", ".hidden" })
        {
            await File.WriteAllTextAsync(Path.Combine(names, name), name);
        }

        string sizes = Directory.CreateDirectory(Path.Combine(root, "sizes")).FullName;
        foreach (int size in new[] { 0, 1, 59, 60, 61, 100, 150, 160, 511, 1023, 1024, 1025, 4095, 4096, 4097, 12 * 1024, (12 * 1024) + 1, 65536, 300_000, 1_500_000 })
        {
            await File.WriteAllBytesAsync(Path.Combine(sizes, $"{size}.bin"), Noise(size, size));
        }

        await WriteSparseAsync(Path.Combine(sizes, "far.bin"), 90_000_000, 4, 30_000_000);
        await WriteSparseAsync(Path.Combine(sizes, "fragments.bin"), 8_000_000, 900, 8192);
        await WriteSparseAsync(Path.Combine(sizes, "one piece.bin"), 3_000_000, 1, 1);
        Directory.CreateDirectory(Path.Combine(root, "empty folder"));
        await CreateLinksAsync(root);
        return root;
    }

    /// <summary>What a folder of this machine holds, a line each.</summary>
    public static IEnumerable<string> Describe(string root)
    {
        foreach (FileSystemInfo info in new DirectoryInfo(root).EnumerateFileSystemInfos("*", SearchOption.TopDirectoryOnly))
        {
            bool isFolder = info is DirectoryInfo;
            string kind = info.LinkTarget is not null ? "link" : isFolder ? "folder" : "file";
            string path = info.FullName.Substring(root.Length + 1);
            long length = kind == "file" ? ((FileInfo)info).Length : 0;
            yield return Line(path, kind, length, kind == "file" ? File.OpenRead(info.FullName) : null, new DateTimeOffset(info.LastWriteTimeUtc));
            foreach (string below in kind == "folder" ? Describe(info.FullName) : [])
            {
                yield return path + "/" + below;
            }
        }
    }

    /// <summary>What a volume holds, a line each, in the same form; without lost+found.</summary>
    public static IEnumerable<string> Describe(IFileSystem files, string folder = "")
    {
        foreach (FileSystemEntry entry in files.Enumerate(folder).Where(static entry => entry.Path != "lost+found"))
        {
            string kind = entry.IsLink ? "link" : entry.IsDirectory ? "folder" : "file";
            yield return Line(entry.Name, kind, entry.Length, kind == "file" ? files.OpenFile(entry.Path) : null, entry.LastWriteTime);
            foreach (string below in kind == "folder" ? Describe(files, entry.Path) : [])
            {
                yield return entry.Name + "/" + below;
            }
        }
    }

    /// <summary>Follows the tree's links on a volume.</summary>
    /// <param name="files">The volume.</param>
    /// <param name="blank">What stands there for the blanks of names.</param>
    public static void AssertLinks(IFileSystem files, string blank)
    {
        foreach (string link in new[] { "relative", "absolute", "far" + blank + "above", "through", "long" })
        {
            using StreamReader content = new(files.OpenFile("links/" + link));
            Assert.Equal("the original", content.ReadToEnd());
            FileSystemEntry entry = files.GetEntry("links/" + link)!;
            Assert.Equal((true, false, 12L, @"links\" + link), (entry.IsLink, entry.IsDirectory, entry.Length, entry.Path));
        }

        foreach (string link in new[] { "dangling", "loop", "loop" + blank + "a", "loop" + blank + "b", "outside" })
        {
            FileSystemEntry entry = files.GetEntry(@"\links\" + link)!;
            Assert.Equal((true, false, 0L), (entry.IsLink, entry.IsDirectory, entry.Length));
            Assert.Throws<FileNotFoundException>(() => files.OpenFile("links/" + link));
        }

        Assert.True(files.GetEntry("links/folder") is { IsLink: true, IsDirectory: true });
        Assert.Equal(@"links\folder\level-2", Assert.Single(files.Enumerate("links/folder")).Path);
        Assert.Equal(@"names\with\x2dbackslash.slice", files.GetEntry(@"names\with\x2dbackslash.slice")?.Path);
        Assert.Null(files.GetEntry("names/Upper"));
        Assert.Null(files.GetEntry("links/.."));
        Assert.Null(files.GetEntry("links/original.txt/below"));
        Assert.Empty(files.Enumerate("links/original.txt"));
    }

    private static string Line(string path, string kind, long length, Stream? content, DateTimeOffset? modified)
    {
        using (content)
        {
            string hash = content is null ? string.Empty : Convert.ToHexStringLower(SHA256.HashData(content));
            return string.Create(CultureInfo.InvariantCulture, $"{path}|{kind}|{length}|{(kind == "file" ? modified : null):u}|{hash}");
        }
    }

    private static async Task CreateLinksAsync(string root)
    {
        string links = Directory.CreateDirectory(Path.Combine(root, "links")).FullName;
        await File.WriteAllTextAsync(Path.Combine(links, "original.txt"), "the original");
        await ExternalTool.RunAsync("ln", Path.Combine(links, "original.txt"), Path.Combine(root, "many", "hard link"));
        foreach ((string name, string target) in new[]
        {
            ("relative", "original.txt"),
            ("up", "../sizes/4097.bin"),
            ("absolute", "/links/original.txt"),
            ("folder", "../level-1"),
            ("far above", "../../../../../../links/original.txt"),
            ("dangling", "nowhere/at all"),
            ("loop", "loop"),
            ("loop a", "loop b/x"),
            ("loop b", "loop a"),
            ("outside", "/etc/passwd"),
            ("through", "folder/level-2/../../links/relative"),
            ("long", string.Concat(Enumerable.Repeat("./", 100)) + "original.txt"),
        })
        {
            File.CreateSymbolicLink(Path.Combine(links, name), target);
        }
    }

    private static byte[] Noise(int size, int seed)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task WriteSparseAsync(string path, long length, int pieces, int step)
    {
        await using FileStream file = File.Create(path);
        file.SetLength(length);
        for (int i = 0; i < pieces && (long)i * step < length - 4096; i++)
        {
            file.Position = (long)i * step;
            await file.WriteAsync(Noise(4096, i));
        }

        // mke2fs 1.47.0 with inline_data gives a file that ends in a hole the length of what comes before.
        file.Position = length - 1;
        file.WriteByte(1);
    }
}

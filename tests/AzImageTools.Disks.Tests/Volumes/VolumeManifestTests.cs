using System.Globalization;
using System.Security.Cryptography;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>Volumes made and read by other programs (tests/data/README.md) hold for us what those read from them.</summary>
public class VolumeManifestTests
{
    public static TheoryData<string, string> Volumes => new(("fat16", "fat"), ("fat32", "fat"), ("ntfs", "ntfs"), ("wof", "wof"), ("ext2", "ext"), ("ext3", "ext"), ("ext4", "ext"), ("ext3-journal", "ext3-journal"), ("xfs", "xfs"), ("xfs4", "xfs4"));

    [Theory]
    [MemberData(nameof(Volumes))]
    public void Every_file_and_folder_is_listed_and_nothing_else(string volume, string manifest)
    {
        using TempFolder folder = new();
        IFileSystem files = Open(volume, folder);
        string[] expected = [.. ManifestLine.Read(manifest, folder).Where(static line => line.Kind != "stream").Select(Line)];
        string[] actual = [.. EnumerateAll(files, string.Empty).Select(entry => Line(entry, HasTimes(volume)))];
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Volumes))]
    public void Every_path_leads_to_what_is_listed_there(string volume, string manifest)
    {
        using TempFolder folder = new();
        IFileSystem files = Open(volume, folder);
        foreach (ManifestLine line in ManifestLine.Read(manifest, folder).Where(static line => line.Kind != "stream"))
        {
            Assert.Equal(Line(line), Line(Assert.IsType<FileSystemEntry>(files.GetEntry(line.Path)), HasTimes(volume)));
            if (!IsLinux(volume))
            {
                string otherCase = "/" + line.Path.Replace('\\', '/').ToUpperInvariant();
                Assert.Equal(line.Path, files.GetEntry(otherCase)?.Path);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Volumes))]
    public void Every_file_has_the_content_that_other_programs_read(string volume, string manifest)
    {
        using TempFolder folder = new();
        IFileSystem files = Open(volume, folder);
        ManifestLine[] lines = [.. ManifestLine.Read(manifest, folder).Where(static line => line.Kind == "file")];
        Assert.NotEmpty(lines);
        foreach (ManifestLine line in lines)
        {
            using Stream content = files.OpenFile(line.Path);
            Assert.Equal(line.Size, content.Length);
            Assert.Equal((line.Path, line.Sha256), (line.Path, Convert.ToHexStringLower(SHA256.HashData(content))));
        }
    }

    [Theory]
    [MemberData(nameof(Volumes))]
    public void Content_is_the_same_read_in_small_pieces_from_anywhere(string volume, string manifest)
    {
        using TempFolder folder = new();
        IFileSystem files = Open(volume, folder);
        foreach (ManifestLine line in ManifestLine.Read(manifest, folder).Where(static line => line is { Kind: "file", Size: > 60_000 }))
        {
            using Stream content = files.OpenFile(line.Path);
            byte[] whole = new byte[line.Size];
            content.ReadExactly(whole);
            Assert.Equal(-1, content.ReadByte());
            byte[] piece = new byte[1000];
            for (long position = line.Size - 1; position > 0; position -= 7919)
            {
                content.Position = position;
                int count = content.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false);
                Assert.True(whole.AsSpan((int)position, count).SequenceEqual(piece.AsSpan(0, count)), $"{line.Path} at {position}");
                Assert.Equal(Math.Min(piece.Length, line.Size - position), count);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Volumes))]
    public void What_is_not_there_is_not_found(string volume, string manifest)
    {
        using TempFolder folder = new();
        IFileSystem files = Open(volume, folder);
        string file = ManifestLine.Read(manifest, folder).First(static line => line.Kind == "file").Path;
        Assert.Null(files.GetEntry("no such file"));
        Assert.Null(files.GetEntry(file + "\\below a file"));
        Assert.Null(files.GetEntry(".."));
        Assert.Empty(files.Enumerate("no such folder"));
        Assert.Empty(files.Enumerate(file));
        Assert.Throws<FileNotFoundException>(() => files.OpenFile("no such file"));
        Assert.Throws<FileNotFoundException>(() => files.OpenFile(file + ":no such stream"));
        Assert.Throws<FileNotFoundException>(() => files.OpenFile(files.Enumerate(string.Empty).First(static entry => entry.IsDirectory).Path));
        Assert.Equal(string.Empty, files.GetEntry("\\")?.Path);
    }

    [Theory]
    [MemberData(nameof(Volumes))]
    public void Free_extents_are_in_order_within_the_volume_and_add_up(string volume, string manifest)
    {
        using TempFolder folder = new();
        Assert.NotEmpty(manifest);
        IFileSystem files = Open(volume, folder);
        long end = 0;
        long sum = 0;
        foreach (DiskExtent extent in files.GetFreeExtents())
        {
            Assert.True(extent.Offset > end && extent.Length > 0);
            end = extent.End;
            sum += extent.Length;
        }

        Assert.InRange(end, 1, files.Capacity);
        Assert.Equal(files.FreeBytes, sum);
        Assert.Equal(volume.EndsWith("journal", StringComparison.Ordinal), files.IsDirty);
    }

    private static bool IsLinux(string volume) => volume.StartsWith("ext", StringComparison.Ordinal) || volume.StartsWith("xfs", StringComparison.Ordinal);

    private static bool HasTimes(string volume) => volume != "xfs4";

    private static IFileSystem Open(string volume, TempFolder folder)
        => FileSystem.TryOpen(new MemoryByteSource(File.ReadAllBytes(TestFile.Unpack($"volumes/{volume}.img", folder))))
            ?? throw new InvalidOperationException($"{volume} is not recognised");

    private static IEnumerable<FileSystemEntry> EnumerateAll(IFileSystem files, string path)
    {
        // mke2fs makes lost+found beside the tree.
        foreach (FileSystemEntry entry in files.Enumerate(path).Where(static entry => entry.Path != "lost+found"))
        {
            yield return entry;
            foreach (FileSystemEntry below in entry.IsDirectory && !entry.IsLink ? EnumerateAll(files, entry.Path) : [])
            {
                yield return below;
            }
        }
    }

    // The time of a link itself is not in the manifests; asked for by its path, it may have the length of what it leads to.
    private static string Line(ManifestLine line)
        => string.Create(CultureInfo.InvariantCulture, $"{line.Path}|{line.Kind}|{line.Size}|{line.Modified:u}");

    private static string Line(FileSystemEntry entry, bool hasTimes)
    {
        string kind = entry.IsLink ? "link" : entry.IsDirectory ? "folder" : "file";
        DateTimeOffset? modified = entry.IsLink || !hasTimes ? null : entry.LastWriteTime;
        return string.Create(CultureInfo.InvariantCulture, $"{entry.Path}|{kind}|{(entry.IsLink ? 0 : entry.Length)}|{modified:u}");
    }
}

using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>Volumes of many geometries, made by mkntfs and mkfs.fat where those are installed.</summary>
public class MadeVolumeTests
{
    private const int Size = 96 * 1024 * 1024;

    [Theory]
    [InlineData("512", "512")]
    [InlineData("1024", "512")]
    [InlineData("4096", "4096")]
    [InlineData("65536", "512")]
    [InlineData("262144", "512")]
    [InlineData("2097152", "512")]
    public async Task Ntfs_of_any_cluster_size_is_read(string clusterSize, string sectorSize)
    {
        ExternalTool.SkipUnlessInstalled("mkntfs", "ntfscp");
        using TempFolder folder = new();
        string volume = MakeEmpty(folder);
        await ExternalTool.RunAsync("mkntfs", "-F", "-Q", "-q", "-c", clusterSize, "-s", sectorSize, "-L", "made", "-p", "0", "-H", "16", "-S", "63", volume);
        byte[] content = Content(500_000);
        string source = folder.File("source");
        await File.WriteAllBytesAsync(source, content);
        await ExternalTool.RunAsync("ntfscp", volume, source, "/copied file.bin");
        byte[] image = await File.ReadAllBytesAsync(volume);
        IFileSystem files = FileSystem.TryOpen(new MemoryByteSource(image))!;
        Assert.Equal("made", files.Label);
        AssertContent(files, "copied file.bin", content);
        Assert.Equal(files.FreeBytes, files.GetFreeExtents().Sum(static extent => extent.Length));
        Assert.InRange(files.FreeBytes!.Value, Size / 2, Size);
    }

    [Theory]
    [InlineData("12", "64", FileSystemKind.Fat12)]
    [InlineData("16", "8", FileSystemKind.Fat16)]
    [InlineData("16", "32", FileSystemKind.Fat16)]
    [InlineData("32", "1", FileSystemKind.Fat32)]
    [InlineData("32", "2", FileSystemKind.Fat32)]
    public async Task Fat_of_any_cluster_size_is_read(string bits, string sectorsPerCluster, FileSystemKind kind)
    {
        ExternalTool.SkipUnlessInstalled("mkfs.fat", "mcopy");
        using TempFolder folder = new();
        string volume = MakeEmpty(folder);
        await ExternalTool.RunAsync("mkfs.fat", "-F", bits, "-s", sectorsPerCluster, "-n", "MADE", volume);
        byte[] content = Content(300_000);
        string source = folder.File("source");
        await File.WriteAllBytesAsync(source, content);
        await ExternalTool.RunAsync("mcopy", "-i", volume, source, "::/copied file.bin");
        IFileSystem files = FileSystem.TryOpen(new MemoryByteSource(await File.ReadAllBytesAsync(volume)))!;
        Assert.Equal(kind, files.Kind);
        Assert.Equal("MADE", files.Label);
        AssertContent(files, "COPIED FILE.BIN", content);
        Assert.Equal(files.FreeBytes, files.GetFreeExtents().Sum(static extent => extent.Length));
    }

    private static string MakeEmpty(TempFolder folder)
    {
        string path = folder.File("volume.img");
        using FileStream file = File.Create(path);
        file.SetLength(Size);
        return path;
    }

    private static byte[] Content(int length)
    {
        byte[] content = new byte[length];
        new Random(7).NextBytes(content);
        return content;
    }

    private static void AssertContent(IFileSystem files, string path, byte[] expected)
    {
        using Stream content = files.OpenFile(path);
        using MemoryStream actual = new();
        content.CopyTo(actual);
        Assert.True(expected.AsSpan().SequenceEqual(actual.ToArray()));
        Assert.Equal(expected.Length, files.GetEntry(path)?.Length);
    }
}

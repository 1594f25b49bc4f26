using System.Text;
using AzImageTools.Disks.Items;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Items;

/// <summary>
/// Names that no driver would write: put into volumes that mtools and ntfscp made, in place of one of the same length
/// (<see cref="ItemCopierTests"/> has those of ext). The name it replaces has both cases, for which FAT keeps a long name.
/// </summary>
[Trait("Libraries", "net8.0")]
public sealed class HostileNameTests : IDisposable
{
    private const string Written = "aBcDe";

    private readonly TempFolder _folder = new();

    public static TheoryData<string, string> Names => new MatrixTheoryData<string, string>(
        ["fat", "ntfs"],
        [@"..\x/", "../xy", @"C:\xy", "a:b:c", "con.x", "x. . ", "\u001B[2J\u0007", @"\\a\b"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_name_that_can_not_be_stays_in_the_destination(string fileSystem, string name)
    {
        string image = fileSystem == "fat" ? await MakeFatAsync() : await MakeNtfsAsync();
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        byte[] written = Encoding.Unicode.GetBytes(Written);
        int count = 0;
        for (int at = bytes.AsSpan().IndexOf(written); at >= 0; at = bytes.AsSpan().IndexOf(written))
        {
            Encoding.Unicode.GetBytes(name).CopyTo(bytes, at);
            count++;
        }

        Assert.NotEqual(0, count);
        await File.WriteAllBytesAsync(image, bytes, TestContext.Current.CancellationToken);
        using DiskItems items = TestDisks.OpenItems(image);
        using DestinationFolder destination = DestinationFolder.Create(_folder.File("below/destination"));
        ItemCopier copier = new(items, destination);

        DiskItem item = Assert.Single(DiskItemsTests.Values(items.Find("*")));
        Assert.Equal(name, item.Name);
        DiskItemCopy copy = Assert.Single(copier.Copy(item)).Value!;
        Assert.Equal(1, copy.RenamedCount);
        Assert.Equal([copy.Path], Directory.EnumerateFileSystemEntries(_folder.File("below"), "*", SearchOption.AllDirectories).Where(static path => !path.EndsWith("destination", StringComparison.Ordinal)));
        Assert.Equal("content", await File.ReadAllTextAsync(copy.Path, TestContext.Current.CancellationToken));
    }

    private async Task<string> MakeFatAsync()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.fat", "mcopy");
        string image = MakeEmpty();
        await ExternalTool.RunAsync("mkfs.fat", "-F", "16", image);
        await ExternalTool.RunAsync("mcopy", "-i", image, await MakeSourceAsync(), $"::/{Written}");
        return image;
    }

    private async Task<string> MakeNtfsAsync()
    {
        ExternalTool.SkipUnlessInstalled("mkntfs", "ntfscp");
        string image = MakeEmpty();
        await ExternalTool.RunAsync("mkntfs", "-F", "-Q", "-q", "-p", "0", "-H", "16", "-S", "63", image);
        await ExternalTool.RunAsync("ntfscp", image, await MakeSourceAsync(), "/" + Written);
        return image;
    }

    private async Task<string> MakeSourceAsync()
    {
        string source = _folder.File("source");
        await File.WriteAllTextAsync(source, "content", TestContext.Current.CancellationToken);
        return source;
    }

    private string MakeEmpty()
    {
        string image = _folder.File("volume.img");
        using FileStream file = File.Create(image);
        file.SetLength(16 << 20);
        return image;
    }
}

using AzImageTools.Disks.Items;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Items;

/// <summary>Where copies lie: names and links, of a guest and in the destination, lead nowhere else, and no file takes another's place.</summary>
[Trait("Libraries", "net8.0")]
public sealed class CopiedNamesTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _warnings = [];

    private string Destination => _folder.File("destination");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Hostile_names_and_links_stay_in_the_destination()
    {
        ExternalTool.SkipUnlessInstalled("mke2fs");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        string[] names =
        [
            "CON", "con", "Con", "NUL.txt", "aux", "COM1", "LPT9.log", "a:b", "C:", @"..\..\escape", @"C:\Windows\x", @"\\server\share\x", "trailing.", "trailing ", "trailing",
            "UPPER", "upper", "\u001B[2Jclear", "tab\tname", "new\nline", "*", "?", "<script>", "\"quoted\"", "pipe|", "%2E%2E", "~", ".hidden", "...", new string('n', 255), "я",
        ];
        foreach (string name in names)
        {
            await File.WriteAllTextAsync($"{tree}/{name}", name, TestContext.Current.CancellationToken);
        }

        Directory.CreateDirectory($"{tree}/PRN");
        await File.WriteAllTextAsync($"{tree}/PRN/inside", "inside", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink($"{tree}/absolute", "/etc/passwd");
        File.CreateSymbolicLink($"{tree}/above", "../../../../etc");

        // A name that no system lets anybody make: written into the image, in place of one of the same length.
        await File.WriteAllTextAsync($"{tree}/..Xoutside", "outside", TestContext.Current.CancellationToken);
        string image = await ItemCopierTests.MakeVolumeAsync(_folder, tree, "..Xoutside", "../outside");

        using DiskItems items = TestDisks.OpenItems(image);
        (DiskItemCopy[] copies, Exception[] problems) = Copy(items, "*", recurse: true);

        Assert.Empty(problems);
        string[] contents = [.. names, "inside", "outside"];
        Assert.Equal(contents.Order(StringComparer.Ordinal), ItemCopierTests.AllFiles(Destination).Select(File.ReadAllText).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(new DirectoryInfo(Destination).EnumerateFileSystemInfos("*", SearchOption.AllDirectories), static info => info.LinkTarget is not null);
        Assert.False(File.Exists(_folder.File("outside")));
        Assert.Equal(names.Length + 2, copies.Count(static copy => copy.ItemPath != "lost+found"));
        Assert.Equal(["above is a link to ../../../../etc, and was not copied.", "absolute is a link to /etc/passwd, and was not copied."], _warnings.Where(static text => text.Contains("link", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(@"..\..\escape was copied as ..%5C..%5Cescape.", _warnings);
        Assert.True(File.Exists(Path.Combine(Destination, "%50RN", "inside")));
    }

    [Fact]
    public void A_link_that_is_in_the_destination_is_neither_followed_nor_replaced()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string outside = Directory.CreateDirectory(_folder.File("outside")).FullName;
        Directory.CreateDirectory(Destination);
        Directory.CreateSymbolicLink(Path.Combine(Destination, "etc"), outside);
        File.CreateSymbolicLink(Path.Combine(Destination, "hostname"), Path.Combine(outside, "written"));
        using DiskItems items = TestDisks.OpenItems(TestDisks.Unpack("linux.vhd", _folder));

        foreach ((string path, int count) in new[] { ("etc", 1), ("etc/hostname", 1) })
        {
            (DiskItemCopy[] copies, Exception[] problems) = Copy(items, path, recurse: true, force: true);
            Assert.Empty(copies);
            Assert.Equal(count, problems.Length);
            Assert.Equal(DiskItemProblem.DestinationIsLink, Assert.IsType<DiskItemException>(problems[0]).Problem);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Assert.NotNull(new FileInfo(Path.Combine(Destination, "hostname")).LinkTarget);
    }

    [Fact]
    public async Task A_folder_that_is_swapped_for_a_link_while_it_is_copied_to_leads_nothing_elsewhere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "links need a privilege on Windows, and macOS has no way to reach an open folder");
        ExternalTool.SkipUnlessInstalled("mke2fs");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        Directory.CreateDirectory($"{tree}/evil/below");
        for (int i = 0; i < 60; i++)
        {
            await File.WriteAllTextAsync($"{tree}/evil/f{i:00}", $"{i}", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync($"{tree}/evil/below/g{i:00}", $"{i}", TestContext.Current.CancellationToken);
        }

        string outside = Directory.CreateDirectory(_folder.File("outside")).FullName;
        Directory.CreateDirectory(Path.Combine(outside, "below"));
        string evil = Path.Combine(Destination, "evil");
        bool isSwapped = false;
        using DiskItems items = TestDisks.OpenItems(await ItemCopierTests.MakeVolumeAsync(_folder, tree));
        using DestinationFolder destination = DestinationFolder.Create(Destination);
        ItemCopyOptions options = new()
        {
            Recurse = true,
            Progress = new ItemCopierTests.InstantProgress(progress =>
            {
                if (progress.FileCount == 7 && !isSwapped)
                {
                    Directory.Move(evil, evil + ".bak");
                    Directory.CreateSymbolicLink(evil, outside);
                    isSwapped = true;
                }
            }),
        };
        Found<DiskItemCopy>[] found = [.. new ItemCopier(items, destination, options).Copy(Assert.Single(DiskItemsTests.Values(items.Find("evil"))))];

        Assert.True(isSwapped);
        Assert.Empty(ItemCopierTests.AllFiles(outside));
        Assert.Equal(120, ItemCopierTests.AllFiles(evil + ".bak").Count());
        Assert.Equal(120, Assert.Single(found).Value!.FileCount);
    }

    [Fact]
    public async Task Names_that_differ_only_in_case_are_kept_where_the_destination_tells_them_apart()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "two names that differ only in case are made on Linux");
        ExternalTool.SkipUnlessInstalled("mke2fs");
        using DiskItems items = TestDisks.OpenItems(await MakeCaseVolumeAsync());
        DiskItemCopy copy = Assert.Single(Copy(items, "doc", recurse: true).Copies);

        Assert.Equal(["INDEX.html", "Index.html", "index.html"], Directory.GetFiles(copy.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(0, copy.RenamedCount);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Names_that_differ_only_in_case_are_changed_where_the_destination_takes_them_for_one_and_a_warning_says_so()
    {
        NtfsMount.SkipUnlessPossible();
        ExternalTool.SkipUnlessInstalled("mke2fs", "lowntfs-3g");
        using NtfsMount volume = await NtfsMount.CreateAsync(_folder.File("ntfs.img"), 16 << 20, 4096, "rw,ignore_case", "lowntfs-3g");
        using DiskItems items = TestDisks.OpenItems(await MakeCaseVolumeAsync());
        using DestinationFolder destination = DestinationFolder.Create(volume.FullName);
        ItemCopier copier = new(items, destination, new ItemCopyOptions { Recurse = true, Warn = _warnings.Add });
        DiskItemCopy copy = Assert.IsType<DiskItemCopy>(Assert.Single(copier.Copy(Assert.Single(DiskItemsTests.Values(items.Find("doc"))))).Value);

        Assert.Equal((3, 2L), (Directory.GetFiles(copy.Path).Length, copy.RenamedCount));
        Assert.Equal(["INDEX.html", "Index.html", "index.html"], Directory.GetFiles(copy.Path).Select(File.ReadAllText).Order(StringComparer.Ordinal));
        Assert.Equal("Of doc, 2 files or folders got other names than in the image, which are not possible here or were taken; -Verbose names them.", Assert.Single(_warnings));
    }

    private async Task<string> MakeCaseVolumeAsync()
    {
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        Directory.CreateDirectory($"{tree}/doc");
        foreach (string name in new[] { "Index.html", "index.html", "INDEX.html" })
        {
            await File.WriteAllTextAsync($"{tree}/doc/{name}", name, TestContext.Current.CancellationToken);
        }

        return await ItemCopierTests.MakeVolumeAsync(_folder, tree);
    }

    private (DiskItemCopy[] Copies, Exception[] Problems) Copy(DiskItems items, string path, bool recurse = false, bool force = false)
        => ItemCopierTests.Copy(items, path, Destination, new ItemCopyOptions { Recurse = recurse, Force = force, Warn = _warnings.Add });
}

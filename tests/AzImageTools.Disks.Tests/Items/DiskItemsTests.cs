using AzImageTools.Disks.Items;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Tests.Volumes;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Items;

public sealed class DiskItemsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(@"Windows\System32\config\*", 5)]
    [InlineData("WINDOWS/system32/CONFIG/s[oe]*", 2)]
    [InlineData(@"*\System32\conf*\SYSTEM", 1)]
    [InlineData(@"Windows\System32\config", 1)]
    [InlineData(@"Windows\System32\config\*.no", 0)]
    public void Items_are_found_on_the_volume_with_the_operating_system(string path, int count)
    {
        using DiskItems items = Open("ready-dynamic.vhdx");
        DiskItem[] found = Values(items.Find(path));

        Assert.Equal(count, found.Length);
        Assert.All(found, item => Assert.Equal(("3", FileSystemKind.Ntfs, items.DiskPath), (item.Volume, item.FileSystem, item.DiskPath)));
    }

    [Fact]
    public void What_the_operating_system_s_volume_lacks_is_found_on_the_others()
    {
        using DiskItems items = Open("ready-dynamic.vhdx");

        Assert.Equal(["1"], Values(items.Find(@"EFI\Microsoft\Boot\BCD")).Select(static item => item.Volume));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("system")]
    [InlineData("SYS*")]
    public void A_volume_is_named_by_its_number_or_label(string volume)
    {
        using DiskItems items = Open("ready-dynamic.vhdx");

        Assert.Equal(["EFI"], Values(items.Find("*", volume)).Select(static item => item.Name));
    }

    [Theory]
    [InlineData("system/root")]
    [InlineData("system/r*")]
    [InlineData("*/root")]
    public void A_logical_volume_is_chosen_by_its_path_and_shown_by_it(string volume)
    {
        using DiskItems items = Open("lvm.vhd");

        DiskItem found = Assert.Single(Values(items.Find("etc/hostname", volume)));
        Assert.Equal("system/root", found.Volume);
        Assert.Equal("system/root", Assert.Single(Values(items.Find("etc/hostname"))).Volume);
    }

    [Fact]
    public async Task The_mode_shows_setuid_setgid_and_sticky_as_ls_does()
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "debugfs");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        (string Name, string Mode, string Shown)[] files =
        [
            ("su", "0104755", "-rwsr-xr-x"), ("sg", "0102755", "-rwxr-sr-x"), ("tmp", "0101777", "-rwxrwxrwt"),
            ("su-bare", "0104644", "-rwSr--r--"), ("sg-bare", "0102644", "-rw-r-Sr--"), ("sticky-bare", "0101666", "-rw-rw-rwT"), ("all", "0107777", "-rwsrwsrwt"), ("plain", "0100640", "-rw-r-----"),
        ];
        string image = _folder.File("modes.raw");
        foreach ((string name, _, _) in files)
        {
            await File.WriteAllTextAsync($"{tree}/{name}", name, TestContext.Current.CancellationToken);
        }

        await ExternalTool.RunAsync("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, image, "8M");
        foreach ((string name, string mode, _) in files)
        {
            await ExternalTool.RunAsync("debugfs", "-w", "-R", $"set_inode_field /{name} mode {mode}", image);
        }

        using DiskItems items = TestDisks.OpenItems(image);
        Assert.Equal(files.Select(static file => (file.Name, file.Shown)).Order(), Values(items.Find("*")).Where(static item => !item.IsDirectory).Select(static item => (item.Name, item.Mode)).Order());
    }

    [Theory]
    [InlineData("ready-dynamic.vhdx", "3")]
    [InlineData("mbr-fixed.vhd", "1")]
    public void A_drive_letter_of_the_guest_names_its_volume(string disk, string volume)
    {
        using DiskItems items = Open(disk);

        Assert.Equal([volume], Values(items.Find(@"c:\Windows\System32\config\SYSTEM")).Select(static item => item.Volume));
        Assert.Contains("Windows", Values(items.Find("*", "C:")).Select(static item => item.Name));
        Assert.Throws<DiskItemException>(() => Values(items.Find(@"D:\Windows")));
    }

    [Theory]
    [InlineData("nosuch", null, DiskItemProblem.ItemNotFound)]
    [InlineData("*", "9", DiskItemProblem.VolumeNotFound)]
    [InlineData("*", "2", DiskItemProblem.VolumeNotReadable)]
    [InlineData(@"Windows\nosuch", "3", DiskItemProblem.ItemNotFound)]
    public void What_is_not_there_is_told_with_the_volumes_that_are(string path, string? volume, DiskItemProblem problem)
    {
        using DiskItems items = Open("ready-dynamic.vhdx");
        DiskItemException exception = Assert.Throws<DiskItemException>(() => Values(items.Find(path, volume)));

        Assert.Equal(problem, exception.Problem);
        Assert.Contains(problem == DiskItemProblem.VolumeNotReadable ? "no file system" : "3 Windows (Ntfs)", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ntfs", "ntfs")]
    [InlineData("fat32", "fat")]
    [InlineData("ext2", "ext")]
    [InlineData("ext4", "ext")]
    public void Recursion_lists_all_that_other_programs_list(string volume, string manifest)
    {
        using DiskItems items = TestDisks.OpenItems(TestFile.Unpack($"volumes/{volume}.img", _folder));
        string[] expected = [.. ManifestLine.Read(manifest, _folder).Where(static line => line.Kind != "stream").Select(line => $"{(manifest == "ext" ? LinuxPath(line.Path) : line.Path)}|{line.Kind}|{line.Size}")];
        DiskItem[] found = Values(items.Find("*", recurse: true));

        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            found.Where(static item => item.ItemPath != "lost+found").Select(static item => $"{item.ItemPath}|{(item.IsLink ? "link" : item.IsDirectory ? "folder" : "file")}|{item.Length}").Order(StringComparer.Ordinal));
        Assert.All(found, static item => Assert.Equal("Disk", item.Volume));
    }

    [Fact]
    public void Links_tell_where_they_lead_and_are_not_followed()
    {
        using DiskItems ntfs = TestDisks.OpenItems(TestFile.Unpack("volumes/ntfs.img", _folder));
        DiskItem junction = Assert.Single(Values(ntfs.Find(@"Links\junction")));
        Assert.Equal((true, @"C:\Deep", "da---l"), (junction.IsLink, junction.LinkTarget, junction.Mode));

        using DiskItems ext = TestDisks.OpenItems(TestFile.Unpack("volumes/ext4.img", _folder));
        DiskItem link = Assert.Single(Values(ext.Find("Links/relat*")));
        Assert.Equal((true, "original.txt", "lrwxrwxrwx", "Links/relative -> original.txt"), (link.IsLink, link.LinkTarget, link.Mode, link.ToString()));
        Assert.Equal(12345, Assert.Single(Values(ext.Find("Links/relative"))).Length);
        Assert.Null(Assert.Single(Values(ext.Find("Links/original.txt"))).LinkTarget);
    }

    [Fact]
    public void Times_and_attributes_are_those_that_the_file_systems_store()
    {
        using DiskItems ntfs = Open("ready-dynamic.vhdx");
        DiskItem file = Assert.Single(Values(ntfs.Find(@"Windows\System32\config\SYSTEM")));
        DiskItem listed = Assert.Single(Values(ntfs.Find(@"Windows\System32\config\SYSTE[M]")));
        Assert.Equal(FileAttributes.Archive, file.Attributes!.Value & FileAttributes.Archive);
        Assert.NotNull(file.CreationTime);
        Assert.NotNull(file.LastAccessTime);
        Assert.Equal((file.LastWriteTime, file.Length, file.Mode), (listed.LastWriteTime, listed.Length, listed.Mode));

        using DiskItems linux = Open("linux.vhd");
        DiskItem shadow = Assert.Single(Values(linux.Find("etc/hostname")));
        Assert.Equal("-rw-r--r--", shadow.Mode);
        Assert.NotNull(shadow.CreationTime);
        Assert.Null(shadow.Attributes);
    }

    [Fact]
    public void Named_streams_are_items_of_their_own()
    {
        using DiskItems items = TestDisks.OpenItems(TestFile.Unpack("volumes/ntfs.img", _folder));
        DiskItem file = Assert.Single(Values(items.Find(@"Streams\with-streams.txt")));
        DiskItem[] streams = Values(items.FindStreams(file, "*"));

        Assert.Equal([@"Streams\with-streams.txt:large", @"Streams\with-streams.txt:small"], streams.Select(static stream => stream.ItemPath).Order(StringComparer.Ordinal));
        Assert.All(streams, static stream => Assert.True(stream.IsStream));
        Assert.Equal(["with-streams.txt:small"], Values(items.FindStreams(file, "SM*")).Select(static stream => stream.Name));
        Assert.True(Assert.Single(Values(items.Find(@"Streams\with-streams.txt:small"))).IsStream);
        Assert.Empty(Values(items.FindStreams(streams[0], "*")));
    }

    [Fact]
    public void What_a_console_would_obey_is_not_shown()
    {
        Assert.Equal("a\uFFFD[2Jb\uFFFDc😀\uFFFD", PrintableText.Of("a\u001B[2Jb\u202Ec😀\uD800"));
        Assert.Equal("01 FF", PrintableText.OfData(new byte[] { 1, 255 }));
        Assert.Contains("(100 bytes)", PrintableText.OfData(new byte[100]), StringComparison.Ordinal);
        Assert.Equal("a; b", PrintableText.OfData(new[] { "a", "b" }));
    }

    internal static DiskItem[] Values(IEnumerable<Found<DiskItem>> found) => [.. found.Select(static item => item.Value ?? throw item.Problem!)];

    private DiskItems Open(string disk) => TestDisks.OpenItems(TestDisks.Unpack(disk, _folder));

    /// <summary>The manifest has '\' between names; on Linux it may also be in one, as in the folder Names.</summary>
    private static string LinuxPath(string path)
        => path.StartsWith(@"Names\", StringComparison.Ordinal) ? "Names/" + path["Names/".Length..] : path.Replace('\\', '/');
}

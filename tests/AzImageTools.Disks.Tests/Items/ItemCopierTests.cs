using System.Security.Cryptography;
using AzImageTools.Disks.Items;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Tests.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Items;

public sealed class ItemCopierTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _warnings = [];
    private readonly List<string> _notes = [];

    private string Destination => _folder.File("destination");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ntfs", "ntfs")]
    [InlineData("wof", "wof")]
    [InlineData("fat32", "fat")]
    [InlineData("ext4", "ext")]
    [InlineData("ext3-journal", "ext3-journal")]
    public void A_whole_volume_is_copied_as_other_programs_read_it(string volume, string manifest)
    {
        using DiskItems items = TestDisks.OpenItems(TestFile.Unpack($"volumes/{volume}.img", _folder));
        (DiskItemCopy[] copies, Exception[] problems) = Copy(items, @"\", recurse: true);

        Assert.Empty(problems);
        DiskItemCopy copy = Assert.Single(copies);
        Assert.Equal($"{volume}-Disk", copy.Name);
        ManifestLine[] files = [.. ManifestLine.Read(manifest, _folder).Where(static line => line.Kind == "file")];
        Assert.Equal(files.Length, copy.FileCount);
        Assert.Equal(files.Sum(static line => line.Size), copy.Length);
        Assert.Equal(
            files.Select(static line => line.Sha256).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(copy.Path, "*", SearchOption.AllDirectories).Select(HashOf).Order(StringComparer.Ordinal));
        foreach (ManifestLine line in files.Where(static line => !line.Path.Contains(@"\x2d", StringComparison.Ordinal) && line.Path.Length < 100))
        {
            string path = Path.Combine([copy.Path, .. line.Path.Split('\\')]);
            Assert.Equal((line.Path, line.Sha256), (line.Path, HashOf(path)));
            Assert.Equal(line.Modified?.UtcDateTime, File.GetLastWriteTimeUtc(path));
        }
    }

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
        string image = await MakeVolumeAsync(tree, "..Xoutside", "../outside");

        using DiskItems items = TestDisks.OpenItems(image);
        (DiskItemCopy[] copies, Exception[] problems) = Copy(items, "*", recurse: true);

        Assert.Empty(problems);
        string[] contents = [.. names, "inside", "outside"];
        Assert.Equal(contents.Order(StringComparer.Ordinal), AllFiles(Destination).Select(File.ReadAllText).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(new DirectoryInfo(Destination).EnumerateFileSystemInfos("*", SearchOption.AllDirectories), static info => info.LinkTarget is not null);
        Assert.False(File.Exists(_folder.File("outside")));
        Assert.Equal(names.Length + 2, copies.Count(static copy => copy.ItemPath != "lost+found"));
        Assert.Equal(["above is a link to ../../../../etc, and was not copied.", "absolute is a link to /etc/passwd, and was not copied."], _warnings.Where(static text => text.Contains("link", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(@"..\..\escape was copied as ..%5C..%5Cescape.", _warnings);
        Assert.True(File.Exists(Path.Combine(Destination, "%50RN", "inside")));
    }

    [Fact]
    public async Task Encrypted_files_and_devices_are_left_out_and_the_rest_is_copied()
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "debugfs");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        foreach (string name in new[] { "a", "secret", "z" })
        {
            await File.WriteAllTextAsync($"{tree}/{name}", name, TestContext.Current.CancellationToken);
        }

        string image = await MakeVolumeAsync(tree);
        await ExternalTool.RunAsync("debugfs", "-w", "-R", "set_inode_field /secret flags 0x80800", image);
        await ExternalTool.RunAsync("debugfs", "-w", "-R", "mknod device c 1 3", image);
        using DiskItems items = TestDisks.OpenItems(image);
        (DiskItemCopy[] copies, Exception[] problems) = Copy(items, @"\", recurse: true);

        Assert.Equal(DiskItemProblem.ItemEncrypted, Assert.IsType<DiskItemException>(Assert.Single(problems)).Problem);
        DiskItemCopy copy = Assert.Single(copies);
        Assert.Equal((2L, 1L, 1L), (copy.FileCount, copy.FailedCount, copy.SkippedCount));
        Assert.Equal(["a", "z"], AllFiles(Destination).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("device is a device, a pipe or a socket, and has no content to copy.", _notes);
    }

    [Fact]
    public async Task A_folder_that_holds_itself_ends_a_recursion_with_a_problem()
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "debugfs");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        Directory.CreateDirectory($"{tree}/a/b");
        await File.WriteAllTextAsync($"{tree}/a/file", "file", TestContext.Current.CancellationToken);
        string image = await MakeVolumeAsync(tree);
        await ExternalTool.RunAsync("debugfs", "-w", "-R", "ln /a /a/b/again", image);
        using DiskItems items = TestDisks.OpenItems(image);

        Found<DiskItem>[] found = [.. items.Find("a", recurse: true)];
        Assert.Contains("leads back", Assert.IsType<DiskFormatException>(Assert.Single(found.Select(static item => item.Problem).OfType<Exception>())).Message, StringComparison.Ordinal);
        (DiskItemCopy[] copies, Exception[] problems) = Copy(items, "a", recurse: true);
        Assert.Equal((1L, 3L), (Assert.Single(copies).FileCount, copies[0].FolderCount));
        Assert.Single(problems);
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
        using DiskItems items = TestDisks.OpenItems(await MakeVolumeAsync(tree));
        using DestinationFolder destination = DestinationFolder.Create(Destination);
        ItemCopyOptions options = new()
        {
            Recurse = true,
            Progress = new InstantProgress(progress =>
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
        Assert.Empty(AllFiles(outside));
        Assert.Equal(120, AllFiles(evil + ".bak").Count());
        Assert.Equal(120, Assert.Single(found).Value!.FileCount);
    }

    [Fact]
    public void What_the_system_says_of_a_file_that_can_t_be_written_names_it_by_its_path()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a file that root may not make is one of proc(5)");
        using DiskItems items = TestDisks.OpenItems(TestDisks.Unpack("linux.vhd", _folder));
        using DestinationFolder destination = DestinationFolder.Create("/proc/sys/kernel");
        ItemCopier copier = new(items, destination);
        Exception problem = Assert.Single(copier.Copy(Assert.Single(DiskItemsTests.Values(items.Find("etc/passwd"))))).Problem!;

        Assert.Contains("/proc/sys/kernel/", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("/proc/self", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_writing_is_denied_that_is_told_by_the_files_own_name()
    {
        Assert.SkipUnless(Directory.Exists("/sys"), "not here: /sys, where nobody may make a file, not even root");
        using DiskItems items = TestDisks.OpenItems(TestDisks.Unpack("linux.vhd", _folder));
        using DestinationFolder destination = DestinationFolder.Create("/sys");
        DiskItemException problem = Assert.IsType<DiskItemException>(Assert.Single(new ItemCopier(items, destination).Copy(Assert.Single(DiskItemsTests.Values(items.Find("etc/passwd"))))).Problem);

        Assert.Equal(("FileAccessDenied", ErrorKind.PermissionDenied, "/sys/passwd"), (problem.ErrorId, problem.Kind, problem.Target));
        Assert.DoesNotContain("partial", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_is_named_is_copied_as_what_it_leads_to_in_the_guest()
    {
        using DiskItems items = TestDisks.OpenItems(TestDisks.Unpack("linux.vhd", _folder));
        (DiskItemCopy[] copies, Exception[] problems) = Copy(items, "etc/os-release");

        Assert.Empty(problems);
        Assert.Contains("Debian", File.ReadAllText(Assert.Single(copies).Path), StringComparison.Ordinal);
        Assert.Null(new FileInfo(copies[0].Path).LinkTarget);
    }

    [Fact]
    public void Files_that_are_there_are_replaced_only_where_that_was_asked_for()
    {
        using DiskItems items = TestDisks.OpenItems(TestDisks.Unpack("linux.vhd", _folder));
        Directory.CreateDirectory(Destination);
        string path = Path.Combine(Destination, "hostname");
        File.WriteAllText(path, "mine");

        Assert.Equal(DiskItemProblem.DestinationExists, Assert.IsType<DiskItemException>(Assert.Single(Copy(items, "etc/hostname").Problems)).Problem);
        Assert.Equal("mine", File.ReadAllText(path));
        Assert.Empty(Copy(items, "etc/hostname", force: true).Problems);
        Assert.Equal("golden-linux", File.ReadAllText(path).Trim());
    }

    [Fact]
    public void Of_files_that_are_there_each_is_asked_about_and_what_stays_is_counted()
    {
        using DiskItems items = TestDisks.OpenItems(TestDisks.Unpack("linux.vhd", _folder));
        Directory.CreateDirectory(Path.Combine(Destination, "etc"));
        string kept = Path.Combine(Destination, "etc", "passwd");
        string replaced = Path.Combine(Destination, "etc", "hostname");
        File.WriteAllText(kept, "mine");
        File.WriteAllText(replaced, "mine");
        List<string> asked = [];

        (DiskItemCopy[] copies, Exception[] problems) = Copy(items, "etc", recurse: true, ask: refusal =>
        {
            Assert.Equal(DiskItemProblem.DestinationExists, refusal.Problem);
            asked.Add(refusal.Item!);
            return refusal.Item == replaced;
        });

        Assert.Empty(problems);
        Assert.Equal([replaced, kept], asked.Order(StringComparer.Ordinal));
        Assert.Equal("mine", File.ReadAllText(kept));
        Assert.Equal("golden-linux", File.ReadAllText(replaced).Trim());
        Assert.Contains($"{kept} was left as it is.", _notes);
        DiskItemCopy copy = Assert.Single(copies);
        Assert.Equal(1 + _notes.Count(static note => note.EndsWith("was not copied.", StringComparison.Ordinal)), copy.SkippedCount);
    }

    [Fact]
    public void A_folder_is_copied_with_recursion_only()
    {
        using DiskItems items = TestDisks.OpenItems(TestDisks.Unpack("linux.vhd", _folder));
        (DiskItemCopy[] copies, Exception[] problems) = Copy(items, "etc");

        Assert.Empty(copies);
        Assert.Empty(problems);
        Assert.Contains("-Recurse", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Copying_that_is_cancelled_leaves_no_part_of_a_file()
    {
        using DiskItems items = TestDisks.OpenItems(TestFile.Unpack("volumes/ntfs.img", _folder));
        using CancellationTokenSource cancellation = new();
        ItemCopyOptions options = new()
        {
            Recurse = true,
            Cancellation = cancellation.Token,
            Progress = new InstantProgress(progress =>
            {
                if (progress.BytesCopied > 100_000)
                {
                    cancellation.Cancel();
                }
            }),
        };
        DiskItem root = Assert.Single(DiskItemsTests.Values(items.Find(string.Empty)));
        using DestinationFolder destination = DestinationFolder.Create(Destination);
        ItemCopier copier = new(items, destination, options);

        Assert.Throws<OperationCanceledException>(() => copier.Copy(root).Count());
        Assert.NotEmpty(AllFiles(Destination));
        Assert.DoesNotContain(AllFiles(Destination), static file => file.EndsWith(".partial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_volume_that_runs_full_ends_the_copying_and_leaves_no_part_of_a_file()
    {
        using SmallVolume small = await SmallVolume.MountAsync(Destination);
        using DiskItems items = TestDisks.OpenItems(TestFile.Unpack("volumes/ntfs.img", _folder));
        (DiskItemCopy[] copies, Exception[] problems) = Copy(items, @"\", recurse: true);

        Assert.Equal(DiskItemProblem.DiskFull, Assert.IsType<DiskItemException>(Assert.Single(problems)).Problem);
        Assert.Equal(1, Assert.Single(copies).FailedCount);
        Assert.DoesNotContain(AllFiles(Destination), static file => file.EndsWith(".partial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_of_300_GiB_without_data_is_copied_without_reading_its_holes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a sparse file is made with the means of Linux");
        ExternalTool.SkipUnlessInstalled("mke2fs");
        const long length = 300L << 30;
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        await using (FileStream file = File.Create($"{tree}/lastlog"))
        {
            file.SetLength(length);
            file.Position = length / 2;
            file.Write("middle"u8);
        }

        string image = await MakeVolumeAsync(tree);
        using DiskItems items = TestDisks.OpenItems(image);
        List<ItemCopyProgress> reports = [];
        using DestinationFolder destination = DestinationFolder.Create(Destination);
        ItemCopier copier = new(items, destination, new ItemCopyOptions { Progress = new InstantProgress(reports.Add) });
        DiskItemCopy copy = Assert.IsType<DiskItemCopy>(Assert.Single(copier.Copy(Assert.Single(DiskItemsTests.Values(items.Find("lastlog"))))).Value);

        Assert.Equal(length, new FileInfo(copy.Path).Length);
        Assert.InRange(copy.BytesWritten, 6, 64 * 1024);
        Assert.InRange(reports.Count, 2, 10);
        Assert.Equal(length, reports[^1].BytesCopied);
        await using FileStream copied = File.OpenRead(copy.Path);
        copied.Position = length / 2;
        byte[] middle = new byte[6];
        copied.ReadExactly(middle);
        Assert.Equal("middle"u8.ToArray(), middle);
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

    [Fact]
    public void Holes_stay_holes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "how much a file takes is asked of Linux");
        using DiskItems items = TestDisks.OpenItems(TestFile.Unpack("volumes/ext4.img", _folder));
        DiskItemCopy copy = Assert.Single(Copy(items, "Sparse/holes.bin").Copies);

        Assert.Equal(6_000_000, new FileInfo(copy.Path).Length);
        Assert.InRange(copy.BytesWritten, 70_100, 4 * 64 * 1024);
    }

    private static IEnumerable<string> AllFiles(string folder) => Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default });

    private static string HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private async Task<string> MakeCaseVolumeAsync()
    {
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        Directory.CreateDirectory($"{tree}/doc");
        foreach (string name in new[] { "Index.html", "index.html", "INDEX.html" })
        {
            await File.WriteAllTextAsync($"{tree}/doc/{name}", name, TestContext.Current.CancellationToken);
        }

        return await MakeVolumeAsync(tree);
    }

    private async Task<string> MakeVolumeAsync(string tree, string? name = null, string? replacement = null)
    {
        string image = _folder.File("volume.img");
        await ExternalTool.RunAsync("mke2fs", "-q", "-F", "-t", "ext4", "-O", "^metadata_csum,encrypt", "-d", tree, image, "8M");
        if (name is not null)
        {
            byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
            byte[] stored = System.Text.Encoding.ASCII.GetBytes(name);
            int at = bytes.AsSpan().IndexOf(stored);
            Assert.True(at > 0 && bytes.AsSpan(at + 1).IndexOf(stored) < 0);
            System.Text.Encoding.ASCII.GetBytes(replacement!).CopyTo(bytes, at);
            await File.WriteAllBytesAsync(image, bytes, TestContext.Current.CancellationToken);
        }

        return image;
    }

    private (DiskItemCopy[] Copies, Exception[] Problems) Copy(DiskItems items, string path, bool recurse = false, bool force = false, Func<DiskItemException, bool>? ask = null)
    {
        using DestinationFolder destination = DestinationFolder.Create(Destination);
        ItemCopier copier = new(items, destination, new ItemCopyOptions { Recurse = recurse, Force = force, AskToReplace = ask, Warn = _warnings.Add, Note = _notes.Add });
        Found<DiskItemCopy>[] found = [.. DiskItemsTests.Values(items.Find(path)).SelectMany(copier.Copy)];
        return ([.. found.Select(static copy => copy.Value).OfType<DiskItemCopy>()], [.. found.Select(static copy => copy.Problem).OfType<Exception>()]);
    }

    private sealed class InstantProgress(Action<ItemCopyProgress> onReport) : IProgress<ItemCopyProgress>
    {
        public void Report(ItemCopyProgress value) => onReport(value);
    }
}

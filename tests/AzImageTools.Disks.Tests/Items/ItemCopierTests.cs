using System.Security.Cryptography;
using AzImageTools.Disks.Items;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Tests.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Items;

[Trait("Libraries", "net8.0")]
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
    public void Holes_stay_holes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "how much a file takes is asked of Linux");
        using DiskItems items = TestDisks.OpenItems(TestFile.Unpack("volumes/ext4.img", _folder));
        DiskItemCopy copy = Assert.Single(Copy(items, "Sparse/holes.bin").Copies);

        Assert.Equal(6_000_000, new FileInfo(copy.Path).Length);
        Assert.InRange(copy.BytesWritten, 70_100, 4 * 64 * 1024);
    }

    internal static IEnumerable<string> AllFiles(string folder) => Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default });

    private static string HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Makes an ext4 volume of a folder.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="tree">The folder.</param>
    /// <param name="name">A name in it that is replaced in the image; null for none.</param>
    /// <param name="replacement">Its replacement, which is as long.</param>
    internal static async Task<string> MakeVolumeAsync(TempFolder folder, string tree, string? name = null, string? replacement = null)
    {
        string image = folder.File("volume.img");
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

    internal static (DiskItemCopy[] Copies, Exception[] Problems) Copy(DiskItems items, string path, string to, ItemCopyOptions options)
    {
        using DestinationFolder destination = DestinationFolder.Create(to);
        ItemCopier copier = new(items, destination, options);
        Found<DiskItemCopy>[] found = [.. DiskItemsTests.Values(items.Find(path)).SelectMany(copier.Copy)];
        return ([.. found.Select(static copy => copy.Value).OfType<DiskItemCopy>()], [.. found.Select(static copy => copy.Problem).OfType<Exception>()]);
    }

    private Task<string> MakeVolumeAsync(string tree) => MakeVolumeAsync(_folder, tree);

    private (DiskItemCopy[] Copies, Exception[] Problems) Copy(DiskItems items, string path, bool recurse = false, bool force = false, Func<DiskItemException, bool>? ask = null)
        => Copy(items, path, Destination, new ItemCopyOptions { Recurse = recurse, Force = force, AskToReplace = ask, Warn = _warnings.Add, Note = _notes.Add });

    internal sealed class InstantProgress(Action<ItemCopyProgress> onReport) : IProgress<ItemCopyProgress>
    {
        public void Report(ItemCopyProgress value) => onReport(value);
    }
}

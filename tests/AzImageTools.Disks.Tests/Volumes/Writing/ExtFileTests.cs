using System.Globalization;
using System.Text;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Writing;

/// <summary>What files of ext volumes are given when they are made, and which are refused: debugfs makes them so, and looks afterwards.</summary>
public sealed class ExtFileTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2044, 5, 6, 7, 8, 9, 120, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_is_made_with_owner_permissions_times_and_the_label_of_another()
    {
        string path = await MakeAsync();
        await DebugAsync(path, "ea_set /file security.selinux system_u:object_r:etc_t:s0\\000");
        using WrittenVolume volume = await OpenAsync(path);
        volume.Writable.Create("folder/made", "content"u8.ToArray(), new NewFile { Permissions = 0x9A4, Owner = 70_000, Group = 100_001, LabelOf = "file" }, Now);
        volume.Writable.Create("folder/bare", default, new NewFile { LabelOf = "folder" }, Now);
        await volume.CheckAsync("e2fsck", "-f", "-n");
        FileSystemEntry made = volume.Files.GetEntry("folder/made")!;
        Assert.Equal((0x89A4, 7L, Now, Now, Now), (made.UnixMode!.Value, made.Length, made.LastWriteTime!.Value, made.CreationTime!.Value, made.LastAccessTime!.Value));
        Assert.Equal(Now, volume.Files.GetEntry("folder")!.LastWriteTime);
        await volume.WithFileAsync(async changed =>
        {
            string stat = await ExternalTool.RunAsync("debugfs", "-R", "stat /folder/made", changed);
            Assert.Matches("User: 70000 +Group: 100001", stat);
            Assert.Contains("Links: 1", stat);
            Assert.Equal("system_u:object_r:etc_t:s0\0", (await ExternalTool.RunAsync("debugfs", "-R", "ea_get -V /folder/made security.selinux", changed)).Trim());
            Assert.DoesNotContain("selinux", await ExternalTool.RunAsync("debugfs", "-R", "ea_list /folder/bare", changed));
        });
    }

    [Theory]
    [InlineData("sif /file flags 0x80010", "file", "immutable")]
    [InlineData("sif /file flags 0x80800", "file", "encrypted")]
    [InlineData("sif /file flags 0x180000", "file", "fs-verity")]
    [InlineData("sif /file flags 0xC0000", "file", "huge")]
    [InlineData("sif /folder flags 0x40080000", "folder/below", "without regard to case")]
    [InlineData("sif /folder flags 0x80010", "folder/below", "immutable")]
    public async Task What_is_stored_in_another_way_is_refused(string change, string name, string reason)
    {
        string path = await MakeAsync("-O", "encrypt,verity,casefold");
        await DebugAsync(path, change);
        using WrittenVolume volume = await OpenAsync(path);
        bool isFile = name == "file";
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(isFile ? () => volume.Writable.Rewrite(name, new byte[3], Now) : () => volume.Writable.Delete(name, Now));
        Assert.Equal((DiskRepairProblem.FileNotRepairable, ErrorKind.NotSupported), (refusal.Problem, refusal.Kind));
        Assert.Contains(reason, refusal.Message);
        if (!isFile)
        {
            Assert.Contains(reason, Assert.Throws<DiskRepairException>(() => volume.Writable.Create("folder/made", new byte[3], new NewFile(), Now)).Message);
        }

        Assert.Empty(volume.Overlay.EnumerateChanges());
    }

    [Fact]
    public async Task A_file_and_a_folder_in_their_inodes_are_refused_and_the_file_can_be_deleted()
    {
        string path = await MakeAsync("-O", "inline_data", "-I", "256");
        using WrittenVolume volume = await OpenAsync(path);
        Assert.Contains("in its inode", Assert.Throws<DiskRepairException>(() => volume.Writable.Rewrite("file", new byte[3], Now)).Message);
        Assert.Contains("in its inode", Assert.Throws<DiskRepairException>(() => volume.Writable.Delete("folder/below", Now)).Message);
        Assert.Empty(volume.Overlay.EnumerateChanges());
        volume.Writable.Delete("large", Now);
        Assert.Null(volume.Files.GetEntry("large"));
        await volume.CheckAsync("e2fsck", "-f", "-n");
    }

    [Theory]
    [InlineData("bigalloc", "clusters")]
    [InlineData("quota", "quotas")]
    public async Task A_volume_with_what_would_not_be_kept_right_is_refused(string feature, string reason)
    {
        using WrittenVolume volume = await OpenAsync(await MakeAsync("-O", feature));
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(() => volume.Writable.Delete("file", Now));
        Assert.Equal(DiskRepairProblem.VolumeNotRepairable, refusal.Problem);
        Assert.Contains(reason, refusal.Message);
        Assert.Empty(volume.Overlay.EnumerateChanges());
    }

    [Fact]
    public async Task What_is_not_there_there_already_too_long_or_does_not_fit_is_refused_and_nothing_is_changed()
    {
        using WrittenVolume volume = await OpenAsync(await MakeAsync());
        IWritableFiles files = volume.Writable;
        Assert.Throws<FileNotFoundException>(() => files.Rewrite("nosuch", default, Now));
        Assert.Throws<FileNotFoundException>(() => files.Rewrite("folder", default, Now));
        Assert.Throws<FileNotFoundException>(() => files.Delete("folder/nosuch", Now));
        Assert.Throws<FileNotFoundException>(() => files.Create("nosuch/made", default, new NewFile(), Now));
        Assert.Throws<FileNotFoundException>(() => files.Create("file/made", default, new NewFile(), Now));
        Assert.Throws<FileNotFoundException>(() => files.Create(new string('n', 256), default, new NewFile(), Now));
        Assert.Throws<IOException>(() => files.Create("file", default, new NewFile(), Now));
        Assert.Contains("root", Assert.Throws<DiskRepairException>(() => files.Delete(string.Empty, Now)).Message);
        DiskRepairException full = Assert.Throws<DiskRepairException>(() => files.Rewrite("file", new byte[64 << 20], Now));
        Assert.Equal((DiskRepairProblem.VolumeFull, ErrorKind.NoRoom), (full.Problem, full.Kind));
        Assert.Contains("no room for an SELinux label", Assert.Throws<DiskRepairException>(() => files.Create("made", default, new NewFile { Label = new byte[200] }, Now)).Message);
        Assert.Empty(volume.Overlay.EnumerateChanges());
    }

    [Fact]
    public async Task A_disk_that_is_no_overlay_is_not_written()
    {
        byte[] image = await File.ReadAllBytesAsync(await MakeAsync(), TestContext.Current.CancellationToken);
        IWritableFiles files = (IWritableFiles)FileSystem.TryOpen(new MemoryByteSource(image))!;
        Assert.Throws<InvalidOperationException>(() => files.Delete("file", Now));
    }

    /// <summary>Many names, until blocks of the folder are full, or parts of its index.</summary>
    [Theory]
    [InlineData("", 60)]
    [InlineData("dir_index", 2500)]
    public async Task Names_are_added_where_their_folder_has_them_looked_for(string feature, int count)
    {
        string path = await MakeAsync("-b", "1024", "-O", feature.Length == 0 ? "^dir_index" : feature);
        if (feature.Length > 0)
        {
            string script = _folder.File("commands");
            await File.WriteAllLinesAsync(script, Enumerable.Range(0, count).Select(static i => $"symlink /folder/link_{i} file"), TestContext.Current.CancellationToken);
            await ExternalTool.RunAsync("debugfs", "-w", "-f", script, path);
            await ExternalTool.TryRunAsync("e2fsck", "-f", "-y", "-D", path);
            Assert.Contains("Hash version", (await ExternalTool.TryRunAsync("debugfs", "-R", "htree_dump /folder", path)).Output, StringComparison.OrdinalIgnoreCase);
        }

        using WrittenVolume volume = await OpenAsync(path);
        int made = 0;
        for (int i = 0; i < 60; i++)
        {
            try
            {
                volume.Writable.Create(string.Create(CultureInfo.InvariantCulture, $"folder/ä new file, number {i}"), Encoding.UTF8.GetBytes($"{i}"), new NewFile(), Now);
                made++;
            }
            catch (DiskRepairException refusal) when (refusal.Message.Contains("is full", StringComparison.Ordinal))
            {
            }
        }

        Assert.InRange(made, 20, 60);
        await volume.CheckAsync("e2fsck", "-f", "-n");

        // Linux looks names of an index up by their hash.
        if (await volume.ReadMountedAsync(_folder, "ext4") is { } mounted)
        {
            Assert.Equal(made, mounted.Count(static line => line.StartsWith("folder/ä new file", StringComparison.Ordinal)));
        }
    }

    private static async Task<WrittenVolume> OpenAsync(string path) => new(path, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));

    private async Task DebugAsync(string path, string command) => await ExternalTool.RunAsync("debugfs", "-w", "-R", command, path);

    private async Task<string> MakeAsync(params string[] options)
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "debugfs", "e2fsck");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        Directory.CreateDirectory(Path.Combine(tree, "folder"));
        await File.WriteAllTextAsync(Path.Combine(tree, "file"), "content");
        await File.WriteAllTextAsync(Path.Combine(tree, "folder", "below"), "below");
        await File.WriteAllBytesAsync(Path.Combine(tree, "large"), new byte[100_000]);
        string path = _folder.File("volume.img");
        await ExternalTool.RunAsync("mke2fs", ["-q", "-F", "-d", tree, "-t", "ext4", .. options, path, "16M"]);
        return path;
    }
}

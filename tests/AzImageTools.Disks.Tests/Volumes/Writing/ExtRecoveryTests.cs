using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Writing;

/// <summary>Volumes of machines that were stopped dead: they are copied while Linux has them mounted. A change plays their journal back first, as Linux does.</summary>
public sealed class ExtRecoveryTests : IDisposable
{
    private const string LastWritten = "what was written last";

    private static readonly DateTimeOffset Now = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ext4", "")]
    [InlineData("ext4", "-b 1024 -O orphan_file,metadata_csum_seed")]
    [InlineData("ext4", "-b 1024 -O ^metadata_csum,^64bit")]
    [InlineData("ext3", "-b 1024")]
    public async Task A_volume_that_was_never_unmounted_is_as_Linux_recovers_it(string type, string options)
    {
        string image = await CrashAsync(type, options);
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        string recovered = _folder.File("recovered.img");
        await File.WriteAllBytesAsync(recovered, bytes, TestContext.Current.CancellationToken);
        await MountAsync(recovered, static _ => Task.CompletedTask);
        using WrittenVolume linux = new(recovered, await File.ReadAllBytesAsync(recovered, TestContext.Current.CancellationToken));
        FilesModel model = FilesModel.Read(linux.Files);
        Assert.False(linux.Files.IsDirty);

        using WrittenVolume volume = new(image, bytes);
        Assert.True(volume.Files.IsDirty);

        // As many blocks as it has.
        byte[] content = Encoding.UTF8.GetBytes(new string('c', 2900));
        volume.Writable.Rewrite("kept", content, Now);
        model.Rewrite("kept", content);
        Assert.False(volume.Files.IsDirty);
        Assert.Equal(model.Describe(), FilesModel.Read(volume.Files).Describe());
        Assert.Equal(linux.Files.FreeBytes, volume.Files.FreeBytes);
        await volume.CheckAsync("e2fsck", "-f", "-n");
        Assert.Equal(model.Describe(), await volume.ReadMountedAsync(_folder, type));

        // Once it is recovered, a change is only itself.
        volume.Writable.Delete("kept", Now);
        model.Delete("kept");
        Assert.Equal(model.Describe(), FilesModel.Read(volume.Files).Describe());
        await volume.CheckAsync("e2fsck", "-f", "-n");
    }

    [Fact]
    public async Task A_file_that_was_being_cut_is_cut()
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "debugfs", "e2fsck");
        string image = await MakeAsync("ext4", "-b 1024");
        string stat = await ExternalTool.RunAsync("debugfs", "-R", "stat /large", image);
        uint inode = uint.Parse(stat.Split("Inode: ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        string script = _folder.File("commands");
        await File.WriteAllLinesAsync(script, ["sif /large size 5000", $"ssv last_orphan {inode}"], TestContext.Current.CancellationToken);
        await ExternalTool.RunAsync("debugfs", "-w", "-f", script, image);

        using WrittenVolume volume = new(image, await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken));
        volume.Writable.Rewrite("kept", new byte[10], Now);
        await volume.CheckAsync("e2fsck", "-f", "-n");
        Assert.Equal(5000, volume.Files.GetEntry("large")!.Length);
    }

    [Fact]
    public async Task A_journal_with_a_wrong_block_is_refused()
    {
        string image = await CrashAsync("ext4", "-b 1024");
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);

        // The text lies in the journal too: the volume was mounted so that all data does.
        int found = 0;
        byte[] text = Encoding.UTF8.GetBytes(LastWritten);
        for (int at = bytes.AsSpan().IndexOf(text); at >= 0; at = bytes.AsSpan(found).IndexOf(text) is >= 0 and var next ? found + next : -1)
        {
            bytes[at] ^= 1;
            found = at + 1;
        }

        Assert.NotEqual(0, found);
        using DiskOverlay overlay = new(new MemoryByteSource(bytes));
        IWritableFiles files = (IWritableFiles)FileSystem.TryOpen(overlay)!;
        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => files.Rewrite("kept", new byte[10], Now));
        Assert.Contains("journal", refusal.Message);
        Assert.Empty(overlay.EnumerateChanges());
    }

    [Theory]
    [InlineData(0x2, "check")]
    [InlineData(0x0, "not unmounted")]
    public async Task A_volume_with_errors_is_refused(int state, string reason)
    {
        byte[] bytes = await File.ReadAllBytesAsync(await MakeAsync("ext2", "-b 1024"), TestContext.Current.CancellationToken);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(1024 + 0x3A), (ushort)state);
        using DiskOverlay overlay = new(new MemoryByteSource(bytes));
        IWritableFiles files = (IWritableFiles)FileSystem.TryOpen(overlay)!;
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(() => files.Delete("kept", Now));
        Assert.Equal((DiskRepairProblem.VolumeNotRepairable, ErrorKind.InvalidState), (refusal.Problem, refusal.Kind));
        Assert.Contains(reason, refusal.Message);
        Assert.Empty(overlay.EnumerateChanges());
    }

    /// <summary>A volume as it is while it is mounted, with a file that has no name any more, and much that only the journal holds.</summary>
    private async Task<string> CrashAsync(string type, string options)
    {
        string path = await MakeAsync(type, options);
        string crashed = _folder.File("crashed.img");
        await MountAsync(path, async place =>
        {
            for (int i = 0; i < 40; i++)
            {
                string folder = Directory.CreateDirectory(Path.Combine(place, $"folder {i % 5}")).FullName;
                await File.WriteAllTextAsync(Path.Combine(folder, $"file {i}"), new string('f', i * 700));
            }

            File.Delete(Path.Combine(place, "large"));
            await using FileStream open = new(Path.Combine(place, "folder 1", "file 31"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            File.Delete(open.Name);
            await using FileStream link = new(Path.Combine(place, "many.bin"), FileMode.CreateNew);
            await link.WriteAsync(new byte[300_000]);
            await link.FlushAsync();
            File.Delete(link.Name);
            await File.WriteAllTextAsync(Path.Combine(place, "last"), LastWritten);
            await ExternalTool.RunAsync("sync", "-f", place);
            File.Copy(path, crashed);
        });
        return crashed;
    }

    private async Task MountAsync(string image, Func<string, Task> work)
    {
        string place = Directory.CreateDirectory(_folder.File("place")).FullName;
        (int code, _, string error) = await ExternalTool.TryRunAsync("mount", "-o", "loop,data=journal", image, place);
        Assert.SkipUnless(code == 0, $"volumes can't be mounted here: {error.Trim()}");
        try
        {
            await work(place);
        }
        finally
        {
            await ExternalTool.RunAsync("umount", place);
        }
    }

    private async Task<string> MakeAsync(string type, string options)
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "e2fsck");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        await File.WriteAllTextAsync(Path.Combine(tree, "kept"), new string('k', 3000));
        await File.WriteAllBytesAsync(Path.Combine(tree, "large"), new byte[400_000]);
        string path = _folder.File("volume.img");
        await ExternalTool.RunAsync("mke2fs", ["-q", "-F", "-d", tree, "-t", type, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), path, "24M"]);
        return path;
    }
}

using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Volumes.Xfs;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Volumes.Writing;

/// <summary>Files of XFS volumes, made by mkfs.xfs, rewritten and deleted on an overlay: xfs_repair finds nothing, and Linux reads what a model has.</summary>
public sealed class XfsWritingTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("-b size=1024 -i nrext64=1 -m rmapbt=1")]
    [InlineData("-b size=2048 -m bigtime=0,reflink=0 -i sparse=0")]
    [InlineData("-m crc=0 -b size=512")]
    [InlineData("-m crc=0 -i size=2048 -l version=1")]
    public async Task Random_changes_leave_what_a_model_has_and_a_sound_volume(string options)
    {
        string path = await MakeAsync(options);
        IReadOnlyList<(int Kind, int Which, int Length, int Seed)[]> plans = WritePlan.Make();
        int made = 0;
        FilesModel? before = null;
        using VirtualDisk disk = DiskOpener.Open(path);
        foreach ((int Kind, int Which, int Length, int Seed)[] plan in plans)
        {
            using WrittenVolume volume = new(path, disk);
            before ??= FilesModel.Read(volume.Files);
            FilesModel model = before.Copy();
            made += WritePlan.Apply(volume.Writable, model, plan, new WriteLimits(CanGrow: false, CanDelete: !options.Contains("rmapbt"), CanCreate: false), Now);
            Assert.Equal(model.Describe(), FilesModel.Read(volume.Files).Describe());
            await volume.CheckAsync("xfs_repair", "-n");
            if (plan == plans[0] && await volume.ReadMountedAsync(_folder, "xfs") is { } mounted)
            {
                Assert.Equal(model.Describe(), mounted);
            }
        }

        Assert.True(made > plans.Count, $"Of {plans.Sum(static plan => plan.Length)} changes {made} were made.");
    }

    [Fact]
    public async Task A_file_may_become_as_long_as_its_blocks_and_no_longer()
    {
        string path = await MakeAsync(string.Empty);
        using VirtualDisk disk = DiskOpener.Open(path);
        using WrittenVolume volume = new(path, disk);
        volume.Writable.Rewrite("5000.bin", new byte[8192], Now);
        Assert.Equal(8192, volume.Files.GetEntry("5000.bin")!.Length);
        Assert.Equal(Now, volume.Files.GetEntry("5000.bin")!.LastWriteTime);
        await volume.CheckAsync("xfs_repair", "-n");
        int changes = volume.Overlay.EnumerateChanges().Count();
        Assert.Equal(DiskRepairProblem.FileNotRepairable, Assert.Throws<DiskRepairException>(() => volume.Writable.Rewrite("5000.bin", new byte[8193], Now)).Problem);
        Assert.Equal(DiskRepairProblem.FileNotRepairable, Assert.Throws<DiskRepairException>(() => volume.Writable.Rewrite("0.bin", new byte[1], Now)).Problem);
        Assert.Equal(changes, volume.Overlay.EnumerateChanges().Count());
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("-m bigtime=0,reflink=0,finobt=0 -i sparse=0 -b size=1024", 1)]
    [InlineData("-b size=1024 -d agcount=2", 8)]
    public async Task A_volume_that_Linux_wrote_to_is_emptied_and_written_to_again(string options, int times)
    {
        string path = await MakeAsync(options);
        string place = Directory.CreateDirectory(_folder.File("place")).FullName;
        await MountAsync(path, place, async () =>
        {
            string NameOf(int i) => Path.Combine(place, $"made {i % (7 * times)}", "below", $"file with a long name, number {i}");
            for (int i = 0; i < 300 * times; i++)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(NameOf(i))!);
                await File.WriteAllBytesAsync(NameOf(i), new byte[i % 300 * 100 / times]);
            }

            // Much of what is free lies between files.
            await ExternalTool.RunAsync("sync", "-f", place);
            for (int i = 0; i < 300 * times; i += 3)
            {
                File.Delete(NameOf(i));
            }

            await ExternalTool.RunAsync("ln", Path.Combine(place, "5000.bin"), Path.Combine(place, "made 1", "second name"));
            await ExternalTool.TryRunAsync("setfattr", "-n", "user.large", "-v", new string('v', 3000), Path.Combine(place, "40000.bin"));
        });
        bool hasTallTrees = (await ExternalTool.RunAsync("xfs_db", "-r", "-c", "agf 0", "-c", "p bnolevel", "-c", "agf 1", "-c", "p bnolevel", path)).Contains("= 2", StringComparison.Ordinal);
        Assert.Equal(times > 1, hasTallTrees);
        using VirtualDisk disk = DiskOpener.Open(path);
        using WrittenVolume volume = new(path, disk);
        foreach (FileSystemEntry entry in volume.Files.Enumerate(string.Empty).ToList())
        {
            volume.Writable.Delete(entry.Path, Now);
            if (entry.Name is "made 3" or "made 30")
            {
                await volume.CheckAsync("xfs_repair", "-n");
            }
        }

        Assert.Empty(volume.Files.Enumerate(string.Empty));
        Assert.Equal(volume.Files.FreeBytes, volume.Files.GetFreeExtents().Sum(static extent => extent.Length));
        await volume.CheckAsync("xfs_repair", "-n");
        string emptied = _folder.File("emptied.img");
        await volume.WithFileAsync(async changed => await ExternalTool.RunAsync("cp", "--sparse=always", changed, emptied));
        await MountAsync(emptied, place, async () =>
        {
            Assert.Empty(Directory.EnumerateFileSystemEntries(place));
            for (int i = 0; i < 400; i++)
            {
                await File.WriteAllBytesAsync(Path.Combine(place, $"{i}"), new byte[i * 50]);
            }
        });
        await ExternalTool.RunAsync("xfs_repair", "-n", emptied);
    }

    [Fact]
    public async Task A_volume_that_was_not_unmounted_and_a_file_that_shares_its_blocks_are_refused()
    {
        string path = await MakeAsync(string.Empty);
        string crashed = _folder.File("crashed.img");
        string place = Directory.CreateDirectory(_folder.File("place")).FullName;
        await MountAsync(path, place, async () =>
        {
            await ExternalTool.RunAsync("cp", "--reflink=always", Path.Combine(place, "5000.bin"), Path.Combine(place, "shared.bin"));
            await ExternalTool.RunAsync("sync", "-f", place);
            await ExternalTool.RunAsync("cp", "--sparse=always", path, crashed);
        });
        using VirtualDisk left = DiskOpener.Open(crashed);
        using WrittenVolume dirty = new(crashed, left);
        Assert.Equal(DiskRepairProblem.VolumeNotRepairable, Assert.Throws<DiskRepairException>(() => dirty.Writable.Rewrite("40000.bin", new byte[1], Now)).Problem);
        using VirtualDisk unmounted = DiskOpener.Open(path);
        using WrittenVolume volume = new(path, unmounted);
        Assert.Contains("reflink", Assert.Throws<DiskRepairException>(() => volume.Writable.Rewrite("shared.bin", new byte[1], Now)).Message);
        Assert.Empty(volume.Overlay.EnumerateChanges());
        Assert.Empty(dirty.Overlay.EnumerateChanges());
    }

    private static async Task MountAsync(string image, string place, Func<Task> work)
    {
        (int code, _, string error) = await ExternalTool.TryRunAsync("mount", "-o", "loop,nouuid", image, place);
        Assert.SkipUnless(code == 0, $"volumes can't be mounted here: {error.Trim()}");
        try
        {
            await work();
        }
        finally
        {
            await ExternalTool.RunAsync("umount", place);
        }
    }

    private async Task<string> MakeAsync(string options)
    {
        ExternalTool.SkipUnlessInstalled("mkfs.xfs", "xfs_repair");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        string below = Directory.CreateDirectory(Path.Combine(tree, "folder", "in-a-folder", "in-it")).FullName;
        foreach (int size in new[] { 0, 1, 511, 512, 5000, 40_000, 200_000, 3_000_000 })
        {
            await File.WriteAllBytesAsync(Path.Combine(size % 2 == 0 ? tree : below, $"{size}.bin"), [.. Enumerable.Range(0, size).Select(static i => (byte)(i * 31 / 7))]);
        }

        string many = Directory.CreateDirectory(Path.Combine(tree, "many")).FullName;
        for (int i = 0; i < 200; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(many, $"file-number-{i}-of-a-folder"), new string('x', i * 20));
        }

        File.CreateSymbolicLink(Path.Combine(tree, "link"), "5000.bin");
        return await XfsTree.MakeAsync(_folder, tree, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}

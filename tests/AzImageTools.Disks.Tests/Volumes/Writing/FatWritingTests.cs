using AzImageTools.Disks.Images;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Volumes.Writing;

/// <summary>Files of FAT volumes, made by mkfs.fat and mcopy, changed on an overlay: fsck.fat finds nothing, and mtools read what a model has.</summary>
public sealed class FatWritingTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("12", 4, 8)]
    [InlineData("12", 1, 1)]
    [InlineData("16", 16, 4)]
    [InlineData("32", 40, 1)]
    [InlineData("32", 300, 8)]
    public async Task Random_changes_leave_what_a_model_has_and_a_sound_volume(string bits, int mebibytes, int sectors)
    {
        string path = await MakeAsync(bits, mebibytes, sectors);
        byte[] image = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        IReadOnlyList<(int Kind, int Which, int Length, int Seed)[]> plans = WritePlan.Make();
        int made = 0;
        FilesModel? before = null;
        foreach ((int Kind, int Which, int Length, int Seed)[] plan in plans)
        {
            using WrittenVolume volume = new(path, image);
            before ??= FilesModel.Read(volume.Files);
            FilesModel model = before.Copy();
            made += WritePlan.Apply(volume.Writable, model, plan, new WriteLimits(CanCreate: false), Now);
            Assert.Equal(model.Describe(), FilesModel.Read(volume.Files).Describe());
            await volume.CheckAsync("fsck.fat", "-n");
            if (plan == plans[0])
            {
                await volume.WithFileAsync(async changed => Assert.Equal(model.Describe(), await ReadByOthersAsync(changed)));
            }
        }

        Assert.True(made > plans.Count, $"Of {plans.Sum(static plan => plan.Length)} changes {made} were made.");
    }

    [Theory]
    [InlineData("12", 1)]
    [InlineData("32", 40)]
    public async Task Bytes_are_rewritten_in_place(string bits, int mebibytes)
    {
        string path = await MakeAsync(bits, mebibytes, 1);
        using WrittenVolume volume = new(path, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        FilesModel model = FilesModel.Read(volume.Files);
        IRewritableFile file = Assert.IsType<IRewritableFiles>(volume.Files, exactMatch: false).OpenRewritable("5000.bin");
        file.Write(1000, new byte[2500]);
        byte[] content = [.. model.Content("5000.bin")];
        content.AsSpan(1000, 2500).Clear();
        model.Rewrite("5000.bin", content);
        Assert.Equal(model.Describe(), FilesModel.Read(volume.Files).Describe());
        Assert.Equal(6 * 512, volume.Overlay.EnumerateChanges().Sum(static change => change.After.Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Write(4999, [1, 2]));
        await volume.CheckAsync("fsck.fat", "-n");
    }

    [Fact]
    public async Task A_volume_marked_for_a_check_is_refused()
    {
        byte[] image = await File.ReadAllBytesAsync(await MakeAsync("32", 40, 1), TestContext.Current.CancellationToken);
        image[65] |= 1;
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        IFileSystem files = FileSystem.TryOpen(overlay)!;
        Assert.Equal(DiskRepairProblem.VolumeNotRepairable, Assert.Throws<DiskRepairException>(() => ((IWritableFiles)files).Rewrite("5000.bin", new byte[3], Now)).Problem);
        Assert.Equal(DiskRepairProblem.VolumeNotRepairable, Assert.Throws<DiskRepairException>(() => ((IRewritableFiles)files).OpenRewritable("5000.bin")).Problem);
        Assert.Empty(overlay.EnumerateChanges());
    }

    [Fact]
    public async Task A_file_that_does_not_fit_is_refused_and_nothing_is_changed()
    {
        byte[] image = await File.ReadAllBytesAsync(await MakeAsync("12", 1, 1), TestContext.Current.CancellationToken);
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        IWritableFiles files = (IWritableFiles)FileSystem.TryOpen(overlay)!;
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(() => files.Rewrite("5000.bin", new byte[1 << 20], Now));
        Assert.Equal((DiskRepairProblem.VolumeFull, ErrorKind.NoRoom), (refusal.Problem, refusal.Kind));
        Assert.Equal(DiskRepairProblem.FileNotRepairable, Assert.Throws<DiskRepairException>(() => files.Create("new", new byte[3], new NewFile(), Now)).Problem);
        Assert.Throws<FileNotFoundException>(() => files.Delete("nosuch", Now));
        Assert.Throws<FileNotFoundException>(() => files.Rewrite("folder", new byte[3], Now));
        Assert.Empty(overlay.EnumerateChanges());
    }

    private async Task<string[]> ReadByOthersAsync(string image)
    {
        string place = Directory.CreateDirectory(_folder.File("read")).FullName;
        await ExternalTool.RunAsync("mcopy", "-s", "-n", "-i", image, "::", place);
        string root = Directory.Exists(Path.Combine(place, "::")) ? Path.Combine(place, "::") : place;
        return FilesModel.Describe(root);
    }

    private async Task<string> MakeAsync(string bits, int mebibytes, int sectors)
    {
        ExternalTool.SkipUnlessInstalled("mkfs.fat", "mcopy", "fsck.fat");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        string below = Directory.CreateDirectory(Path.Combine(tree, "folder", "A folder with a long name", "in it")).FullName;
        foreach (int size in new[] { 0, 1, 511, 512, 5000, 40_000, 200_000 })
        {
            await File.WriteAllBytesAsync(Path.Combine(size % 2 == 0 ? tree : below, $"{size}.bin"), [.. Enumerable.Range(0, size).Select(static i => (byte)(i * 31 / 7))]);
        }

        string many = Directory.CreateDirectory(Path.Combine(tree, "many")).FullName;
        for (int i = 0; i < 60; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(many, $"file number {i} of a folder"), new string('x', i * 20));
        }

        string path = _folder.File("volume.img");
        await ExternalTool.RunAsync("mkfs.fat", "-C", "-F", bits, "-s", $"{sectors}", path, $"{mebibytes * 1024}");
        await ExternalTool.RunAsync("mcopy", ["-s", "-i", path, .. Directory.GetFileSystemEntries(tree).Order(StringComparer.Ordinal), "::"]);
        return path;
    }
}

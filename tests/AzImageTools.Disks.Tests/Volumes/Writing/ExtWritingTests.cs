using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Volumes.Writing;

/// <summary>Files of ext volumes of all forms, made by mke2fs, changed on an overlay: e2fsck finds nothing, and Linux reads what a model has.</summary>
public sealed class ExtWritingTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ext4", "")]
    [InlineData("ext4", "-b 1024 -O metadata_csum_seed,orphan_file")]
    [InlineData("ext4", "-b 1024 -O ^metadata_csum,uninit_bg,^64bit -I 256")]
    [InlineData("ext4", "-b 2048 -I 128 -O ^64bit,^metadata_csum,^uninit_bg,^flex_bg")]
    [InlineData("ext4", "-b 1024 -g 1024 -O meta_bg,^resize_inode,64bit")]
    [InlineData("ext4", "-b 1024 -O ^has_journal,sparse_super2,large_dir")]
    [InlineData("ext4", "-O encrypt,verity,casefold,fast_commit,mmp")]
    [InlineData("ext3", "-b 1024")]
    [InlineData("ext3", "-b 4096")]
    [InlineData("ext2", "-b 1024 -I 128")]
    [InlineData("ext2", "-b 1024 -O none -r 0")]
    public async Task Random_changes_leave_what_a_model_has_and_a_sound_volume(string type, string options)
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "e2fsck");
        string path = await MakeAsync(type, options);
        byte[] image = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        IReadOnlyList<(int Kind, int Which, int Length, int Seed)[]> plans = WritePlan.Make();
        int made = 0;
        FilesModel? before = null;
        foreach ((int Kind, int Which, int Length, int Seed)[] plan in plans)
        {
            using WrittenVolume volume = new(path, image);
            before ??= FilesModel.Read(volume.Files);
            FilesModel model = before.Copy();
            made += WritePlan.Apply(volume.Writable, model, plan, new WriteLimits(HasLabels: !options.Contains("-I 128") && !options.Contains("-r 0")), Now);
            Assert.Equal(model.Describe(), FilesModel.Read(volume.Files).Describe());
            await volume.CheckAsync("e2fsck", "-f", "-n");
            if (plan == plans[0] && await volume.ReadMountedAsync(_folder, type) is { } mounted)
            {
                Assert.Equal(model.Describe(), mounted);
            }
        }

        Assert.True(made > plans.Count, $"Of {plans.Sum(static plan => plan.Length)} changes {made} were made.");
    }

    private async Task<string> MakeAsync(string type, string options, string size = "24M")
    {
        string tree = await MakeTreeAsync();
        string path = _folder.File("volume.img");
        await ExternalTool.RunAsync("mke2fs", ["-q", "-F", "-E", "hash_seed=0a1b2c3d-0000-4000-8000-123456789abc", "-d", tree, "-t", type, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), path, size]);

        // Large folders get an index, where the volume has such.
        await ExternalTool.TryRunAsync("e2fsck", "-f", "-y", "-D", path);
        return path;
    }

    /// <summary>A tree with small files and large ones, one in many pieces, folders in folders, one with an index, links of both kinds.</summary>
    private async Task<string> MakeTreeAsync()
    {
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        string below = Directory.CreateDirectory(Path.Combine(tree, "folder", "in a folder", "in it")).FullName;
        foreach (int size in new[] { 0, 1, 1023, 1024, 5000, 40_000, 300_000, 1_500_000 })
        {
            await File.WriteAllBytesAsync(Path.Combine(size % 2 == 0 ? tree : below, $"{size}.bin"), [.. Enumerable.Range(0, size).Select(static i => (byte)(i * 31 / 7))]);
        }

        string many = Directory.CreateDirectory(Path.Combine(tree, "many")).FullName;
        for (int i = 0; i < 400; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(many, $"file number {i} of a large folder"), new string('x', i % 7));
        }

        await using (FileStream pieces = File.Create(Path.Combine(tree, "pieces.bin")))
        {
            pieces.SetLength(2_000_000);
            for (int i = 0; i < 120; i++)
            {
                pieces.Position = i * 16_384L;
                pieces.WriteByte((byte)(i + 1));
            }
        }

        File.CreateSymbolicLink(Path.Combine(tree, "short link"), "5000.bin");
        File.CreateSymbolicLink(Path.Combine(tree, "long link"), string.Concat(Enumerable.Repeat("./", 60)) + "5000.bin");
        await ExternalTool.RunAsync("ln", Path.Combine(tree, "40000.bin"), Path.Combine(below, "second name"));
        return tree;
    }
}

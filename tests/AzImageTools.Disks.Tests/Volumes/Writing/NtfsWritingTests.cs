using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Volumes.Writing;

/// <summary>Files of NTFS volumes that ntfs-3g filled, changed on an overlay: our own check and ntfsfix find nothing, and ntfs-3g and sleuthkit read what a model has.</summary>
public sealed class NtfsWritingTests : IDisposable
{
    private const int Often = 50;
    private static readonly DateTimeOffset Now = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(16384)]
    public async Task Random_changes_leave_what_a_model_has_and_a_sound_volume(int clusterSize)
    {
        string path = await MakeAsync(clusterSize);
        byte[] image = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        IReadOnlyList<(int Kind, int Which, int Length, int Seed)[]> plans = WritePlan.Make();
        int made = 0;
        FilesModel? before = null;
        for (int i = 0; i < plans.Count; i++)
        {
            using WrittenVolume volume = new(path, image);
            before ??= FilesModel.Read(volume.Files);
            FilesModel model = before.Copy();
            made += WritePlan.Apply(volume.Writable, model, plans[i], new WriteLimits(CanGrow: i % 3 == 0, CanCreate: false), Now);
            Assert.Equal(model.Describe(), FilesModel.Read(volume.Files).Describe());
            Assert.Empty(Assert.IsType<IVolumeCheck>(volume.Files, exactMatch: false).Check());
            if (i % Often == 0)
            {
                await volume.CheckAsync("ntfsfix", "-n");
                await volume.WithFileAsync(async changed => Assert.Equal(model.Describe(), await ReadMountedAsync(changed)));
                await volume.WithFileAsync(async changed => await AssertListedAsync(changed, model));
            }
        }

        Assert.True(made > plans.Count, $"Of {plans.Sum(static plan => plan.Length)} changes {made} were made.");
    }

    private static async Task<string[]> ReadMountedAsync(string image)
    {
        using NtfsMount mount = await NtfsMount.MountAsync(image, "ro");
        return FilesModel.Describe(mount.FullName);
    }

    private static async Task AssertListedAsync(string image, FilesModel model)
    {
        if (ExternalTool.Find("fls") is null)
        {
            return;
        }

        string listed = await ExternalTool.RunAsync("fls", "-r", "-p", "-u", "-F", image);
        string[] names = [.. listed.Split('\n').Where(static line => line.Contains(":\t", StringComparison.Ordinal)).Select(static line => line[(line.IndexOf('\t') + 1)..])
            .Where(static name => !name.StartsWith('$') && !name.Contains(":$", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(model.Files.Order(StringComparer.Ordinal), names);
    }

    private async Task<string> MakeAsync(int clusterSize)
    {
        NtfsMount.SkipUnlessPossible();
        string path = _folder.File("volume.img");
        using NtfsMount mount = await NtfsMount.CreateAsync(path, 6 << 20, clusterSize);
        string below = Directory.CreateDirectory(Path.Combine(mount.FullName, "folder", "A folder with a long name", "in it")).FullName;
        foreach (int size in new[] { 0, 1, 511, 512, 5000, 40_000, 200_000 })
        {
            await File.WriteAllBytesAsync(Path.Combine(size % 2 == 0 ? mount.FullName : below, $"{size}.bin"), [.. Enumerable.Range(0, size).Select(static i => (byte)(i * 31 / 7))]);
        }

        string many = Directory.CreateDirectory(Path.Combine(mount.FullName, "many")).FullName;
        for (int i = 0; i < 120; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(many, $"file {i * 7919 % 1000} of a folder {new string((char)('a' + (i % 26)), i % 30)}"), new string('x', i * 15));
        }

        return path;
    }
}

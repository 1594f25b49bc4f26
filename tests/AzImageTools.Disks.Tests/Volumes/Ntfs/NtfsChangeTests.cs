using System.Security.Cryptography;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Volumes;
using AzImageTools.Disks.Volumes.Ntfs;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>Files of volumes that ntfs-3g filled, rewritten and deleted on an overlay: it, sleuthkit and our own check read the result.</summary>
public sealed class NtfsChangeTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 0, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4096, 1)]
    [InlineData(512, 2)]
    [InlineData(16384, 3)]
    public async Task Random_deletions_and_rewrites_leave_what_a_model_has(int clusterSize, int seed)
    {
        byte[] image = await MakeAsync(clusterSize);
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        Dictionary<string, string> model = Hashes(overlay);
        Random random = new(seed);
        int done = 0;
        int refused = 0;
        for (int i = 0; i < 150 && model.Count > 0; i++)
        {
            string path = model.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(model.Count));
            byte[] content = new byte[random.Next(3) == 0 ? random.Next(64) : random.Next(20_000)];
            random.NextBytes(content);
            bool deletes = random.Next(3) > 0;
            IFileSystem files = FileSystem.TryOpen(overlay)!;
            string[] before = [.. model.Select(static file => file.Key + file.Value).Order(StringComparer.Ordinal)];
            try
            {
                if (deletes)
                {
                    ((IWritableFiles)files).Delete(path, Now);
                    model.Remove(path);
                }
                else
                {
                    ((IWritableFiles)files).Rewrite(path, content, Now);
                    model[path] = Convert.ToHexString(SHA256.HashData(content));
                    Assert.Equal(content.Length, files.GetEntry(path)!.Length);
                    Assert.Equal(Now, files.GetEntry(path)!.LastWriteTime);
                }

                done++;
            }
            catch (DiskRepairException refusal)
            {
                Assert.Equal(DiskRepairProblem.FileNotRepairable, refusal.Problem);
                refused++;
            }

            Assert.Equal(files.GetEntry(path) is null, !model.ContainsKey(path));
        }

        Assert.True(done > refused * 2, $"{done} were done, {refused} refused");
        Assert.Equal(Sorted(model), Sorted(Hashes(overlay)));
        await AssertReadByOthersAsync(overlay, model);
    }

    [Fact]
    public async Task A_folder_is_deleted_with_all_that_is_in_it_and_its_clusters_are_free()
    {
        byte[] image = await MakeAsync(4096);
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        IFileSystem files = FileSystem.TryOpen(overlay)!;
        Dictionary<string, string> model = Hashes(overlay);
        long free = files.FreeBytes!.Value;
        ((IWritableFiles)files).Delete("few", Now);
        foreach (string gone in model.Keys.Where(static path => path.StartsWith("few", StringComparison.Ordinal)).ToList())
        {
            model.Remove(gone);
        }

        Assert.Null(files.GetEntry("few"));
        Assert.True(files.FreeBytes > free, $"{files.FreeBytes} bytes are free, {free} were");
        await AssertReadByOthersAsync(overlay, model);
    }

    [Fact]
    public async Task The_record_of_a_deleted_file_is_free_and_can_not_be_mistaken_for_it()
    {
        using DiskOverlay overlay = new(new MemoryByteSource(await MakeAsync(4096)));
        IFileSystem files = FileSystem.TryOpen(overlay)!;
        FileReference file = FileReference.FromValue(files.GetEntry(@"few\a.txt")!.Location.Number);
        ((IWritableFiles)files).Delete(@"few\a.txt", Now);
        DiskFormatException gone = Assert.Throws<DiskFormatException>(() => new NtfsVolume(overlay).OpenFile(file));
        Assert.Contains("free or was used anew", gone.Message);
        Assert.Equal(Now, files.GetEntry("few")!.LastWriteTime);
        Assert.Throws<FileNotFoundException>(() => ((IWritableFiles)files).Delete(@"few\a.txt", Now));
    }

    [Fact]
    public async Task What_is_the_file_systems_own_or_has_other_names_or_would_need_room_is_refused_and_nothing_changes()
    {
        using DiskOverlay overlay = new(new MemoryByteSource(await MakeAsync(4096)));
        IWritableFiles files = Assert.IsType<IWritableFiles>(FileSystem.TryOpen(overlay), exactMatch: false);
        Assert.Contains("file system's own", Assert.Throws<DiskRepairException>(() => files.Delete("$Extend", Now)).Message);
        Assert.Contains("file system's own", Assert.Throws<DiskRepairException>(() => files.Delete(string.Empty, Now)).Message);
        Assert.Contains("hard links", Assert.Throws<DiskRepairException>(() => files.Delete("linked.txt", Now)).Message);
        Assert.Contains("clusters for", Assert.Throws<DiskRepairException>(() => files.Rewrite("large.bin", new byte[2_000_000], Now)).Message);
        Assert.Contains("its record has no room", Assert.Throws<DiskRepairException>(() => files.Rewrite(@"few\a.txt", new byte[5000], Now)).Message);
        Assert.Contains("nothing is allocated", Assert.Throws<DiskRepairException>(() => files.Create("new.txt", new byte[1], new NewFile(), Now)).Message);
        Assert.Empty(overlay.EnumerateChanges());
    }

    private static string[] Sorted(Dictionary<string, string> files) => [.. files.Select(static file => $"{file.Key} {file.Value}").Order(StringComparer.Ordinal)];

    private static Dictionary<string, string> Hashes(IByteSource volume)
    {
        IFileSystem files = FileSystem.TryOpen(volume)!;
        Dictionary<string, string> hashes = [];
        Stack<string> folders = new([string.Empty]);
        while (folders.TryPop(out string? folder))
        {
            foreach (FileSystemEntry entry in files.Enumerate(folder))
            {
                if (entry.IsDirectory)
                {
                    folders.Push(entry.Path);
                }
                else
                {
                    using Stream content = files.OpenFile(entry.Path);
                    hashes.Add(entry.Path, Convert.ToHexString(SHA256.HashData(content)));
                }
            }
        }

        return hashes;
    }

    /// <summary>A volume with folders of few and of many files, resident and not, one with two names.</summary>
    private async Task<byte[]> MakeAsync(int clusterSize)
    {
        NtfsMount.SkipUnlessPossible();
        string path = _folder.File($"{Guid.NewGuid():N}.img");
        using (NtfsMount mount = await NtfsMount.CreateAsync(path, 24 << 20, clusterSize))
        {
            Random random = new(clusterSize);
            foreach ((string folder, int count, int longest) in new[] { ("few", 5, 2000), ("many", 300, 9000), (Path.Combine("many", "below"), 40, 600) })
            {
                string at = Directory.CreateDirectory(Path.Combine(mount.FullName, folder)).FullName;
                for (int i = 0; i < count; i++)
                {
                    byte[] content = new byte[random.Next(longest)];
                    random.NextBytes(content);
                    await File.WriteAllBytesAsync(Path.Combine(at, $"{random.Next(1000):D3} {new string((char)('a' + (i % 26)), i % 40)}{i}.txt"), content, TestContext.Current.CancellationToken);
                }
            }

            await File.WriteAllTextAsync(Path.Combine(mount.FullName, "few", "a.txt"), "a", TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(Path.Combine(mount.FullName, "large.bin"), new byte[500_000], TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(mount.FullName, "linked.txt"), "twice", TestContext.Current.CancellationToken);
            await ExternalTool.RunAsync("ln", Path.Combine(mount.FullName, "linked.txt"), Path.Combine(mount.FullName, "other name.txt"));
        }

        return await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
    }

    private async Task AssertReadByOthersAsync(DiskOverlay overlay, Dictionary<string, string> model)
    {
        Assert.Empty(Assert.IsType<IVolumeCheck>(FileSystem.TryOpen(overlay), exactMatch: false).Check());
        byte[] image = new byte[overlay.Length];
        overlay.Read(0, image);
        string path = _folder.File("changed.img");
        await File.WriteAllBytesAsync(path, image, TestContext.Current.CancellationToken);
        (int code, string output, string error) = await ExternalTool.TryRunAsync("ntfsfix", "-n", path);
        Assert.True(code == 0, output + error);
        if (ExternalTool.Find("fls") is not null)
        {
            string listed = await ExternalTool.RunAsync("fls", "-r", "-p", "-u", "-F", path);
            string[] names = [.. listed.Split('\n').Where(static line => line.Contains(":\t", StringComparison.Ordinal)).Select(static line => line[(line.IndexOf('\t') + 1)..])
                .Where(static name => !name.StartsWith('$') && !name.Contains(":$", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
            Assert.Equal(model.Keys.Select(static name => name.Replace('\\', '/')).Order(StringComparer.Ordinal), names);
        }

        using NtfsMount mount = await NtfsMount.MountAsync(path, "ro");
        Dictionary<string, string> after = Directory.EnumerateFiles(mount.FullName, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(mount.FullName, file).Replace('/', '\\'), static file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
        Assert.Equal(Sorted(model), Sorted(after));
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Volumes;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Conversion.FreeSpace;

/// <summary>What the tools that made a volume say of it once its free space was left out.</summary>
public sealed partial class FreeSpaceVolumeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(65536)]
    public async Task Of_an_ntfs_volume_what_stays_is_what_ntfsclone_keeps(int bytesPerCluster)
    {
        ExternalTool.SkipUnlessInstalled("ntfsclone", "ntfsfix");
        string image = await NoisyVolume.MakeNtfsAsync(_folder, "ntfs.img", 24, "-c", bytesPerCluster.ToString(CultureInfo.InvariantCulture));
        string[] files = Describe(image);
        (VhdConversion made, string skipped) = await SkippedDisk.ConvertAsync(_folder, image);

        string clone = _folder.File("clone.img");
        await ExternalTool.RunAsync("ntfsclone", "-q", "-f", "-O", clone, image);
        byte[] expected = await File.ReadAllBytesAsync(clone, TestContext.Current.CancellationToken);
        byte[] actual = await File.ReadAllBytesAsync(skipped, TestContext.Current.CancellationToken);

        // The volume's last sector is the copy of the boot sector's, which is in no cluster.
        int clusters = (expected.Length - 512) / bytesPerCluster * bytesPerCluster;
        Assert.True(expected.AsSpan(0, clusters).SequenceEqual(actual.AsSpan(0, clusters)));
        Assert.Equal(await SkippedDisk.CountZeroedAsync(image, skipped, 512), made.BytesSkippedAsFree);
        Assert.InRange(made.BytesSkippedAsFree, 15 << 20, 24 << 20);
        Assert.True(made.FreeSpaceSkipped);
        Assert.Equal(made.FreeSpace[0].FreeBytes, made.BytesSkippedAsFree);
        await ExternalTool.RunAsync("ntfsfix", "-n", skipped);
        Assert.Equal(files, Describe(skipped));
    }

    [Theory]
    [InlineData("ext2", "-b 1024")]
    [InlineData("ext3", "-b 4096 -g 2048")]
    [InlineData("ext4", "-b 4096 -g 2048")]
    [InlineData("ext4", "-b 1024 -O ^metadata_csum,uninit_bg")]
    [InlineData("ext4", "-b 1024 -O bigalloc -C 8192")]
    [InlineData("ext4", "-b 1024 -g 1024 -O meta_bg,^resize_inode")]
    [InlineData("ext4", "-b 1024 -G 4 -g 2048")]
    [InlineData("ext4", "-b 1024 -O ^flex_bg,sparse_super2")]
    public async Task Of_an_ext_volume_zerofree_finds_nothing_left_and_e2fsck_no_fault(string type, string options)
    {
        ExternalTool.SkipUnlessInstalled("zerofree", "e2fsck");
        string image = await NoisyVolume.MakeExtAsync(_folder, type, options);
        string[] files = Describe(image);
        (long notZero, long free) = await RunZeroFreeAsync(image);
        (VhdConversion made, string skipped) = await SkippedDisk.ConvertAsync(_folder, image);

        int blockSize = int.Parse(BlockSize().Match(options).Value is { Length: > 0 } size ? size : "4096", CultureInfo.InvariantCulture);
        Assert.Equal(notZero * blockSize, await SkippedDisk.CountZeroedAsync(image, skipped, blockSize));
        Assert.Equal(free * blockSize, made.BytesSkippedAsFree);
        Assert.True(notZero > free / 2, "the volume's free blocks held something");
        Assert.Equal((0, free), await RunZeroFreeAsync(skipped));
        await ExternalTool.RunAsync("e2fsck", "-fn", skipped);
        Assert.Equal(files, Describe(skipped));
    }

    [Theory]
    [InlineData("12")]
    [InlineData("16")]
    [InlineData("32")]
    public async Task Of_a_fat_volume_fsck_counts_the_same_clusters_and_finds_no_fault(string bits)
    {
        ExternalTool.SkipUnlessInstalled("fsck.fat");
        string image = await NoisyVolume.MakeFatAsync(_folder, bits);
        string[] files = Describe(image);
        (VhdConversion made, string skipped) = await SkippedDisk.ConvertAsync(_folder, image);

        string output = await ExternalTool.RunAsync("fsck.fat", "-n", "-v", image);
        long clusterSize = long.Parse(ClusterSize().Match(output).Value, CultureInfo.InvariantCulture);
        Match count = Clusters().Match(output);
        long free = long.Parse(count.Groups[2].Value, CultureInfo.InvariantCulture) - long.Parse(count.Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Equal(free * clusterSize, made.BytesSkippedAsFree);
        Assert.InRange(await SkippedDisk.CountZeroedAsync(image, skipped, (int)Math.Min(512, clusterSize)), free * clusterSize / 2, free * clusterSize);
        await ExternalTool.RunAsync("fsck.fat", "-n", skipped);
        Assert.Equal(files, Describe(skipped));
    }

    [Fact]
    public async Task Of_an_xfs_volume_the_noise_in_its_free_blocks_is_gone_and_xfs_repair_finds_no_fault()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.xfs", "xfs_repair");
        (string image, long noise) = await NoisyVolume.MakeXfsAsync(_folder);
        string[] files = Describe(image);
        (VhdConversion made, string skipped) = await SkippedDisk.ConvertAsync(_folder, image);

        Assert.True(made.FreeSpaceSkipped, made.FreeSpace[0].WholeBecause);
        Assert.InRange(made.BytesSkippedAsFree, noise, made.FreeSpace[0].FreeBytes);
        Assert.Equal(noise, await SkippedDisk.CountZeroedAsync(image, skipped, 4096));
        await ExternalTool.RunAsync("xfs_repair", "-n", "-f", skipped);
        Assert.Equal(files, Describe(skipped));
    }

    [Fact]
    public async Task What_was_deleted_is_gone_and_what_was_kept_is_there_on_an_ntfs_volume_that_was_in_use()
    {
        ExternalTool.SkipUnlessInstalled("ntfs-3g", "fusermount3", "ntfsfix");
        Assert.SkipUnless(File.Exists("/dev/fuse"), "FUSE is not there to mount an NTFS volume");
        string image = await NoisyVolume.MakeNtfsAsync(_folder);
        string mount = Directory.CreateDirectory(_folder.File("mount")).FullName;
        (int exitCode, _, string error) = await ExternalTool.TryRunAsync("ntfs-3g", image, mount);
        Assert.SkipUnless(exitCode == 0, $"no NTFS volume can be mounted here: {error}");
        byte[] secret = "the password is written in a file that somebody deleted; "u8.ToArray();
        try
        {
            foreach (int number in Enumerable.Range(0, 40))
            {
                byte[] content = [.. Enumerable.Repeat(number % 2 == 0 ? secret : "kept"u8.ToArray(), 400).SelectMany(static part => part)];
                await File.WriteAllBytesAsync(Path.Combine(mount, $"{number}.txt"), content, TestContext.Current.CancellationToken);
            }

            await ExternalTool.RunAsync("sync", mount);
            foreach (int number in Enumerable.Range(0, 20))
            {
                File.Delete(Path.Combine(mount, $"{number * 2}.txt"));
            }
        }
        finally
        {
            await ExternalTool.RunAsync("fusermount3", "-u", mount);

            // ntfs-3g writes on behind it, until its process ends.
            while (Process.GetProcessesByName("ntfs-3g").Any(process => IsServing(process, mount)))
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
        }

        string[] files = Describe(image);
        (VhdConversion made, string skipped) = await SkippedDisk.ConvertAsync(_folder, image);
        Assert.True(made.FreeSpaceSkipped, made.FreeSpace[0].WholeBecause);
        Assert.True(Contains(image, secret), "the deleted files' content was on the disk");
        Assert.False(Contains(skipped, secret), "the deleted files' content is still there");
        await ExternalTool.RunAsync("ntfsfix", "-n", skipped);
        Assert.Equal(files, Describe(skipped));
    }

    [Fact]
    public async Task Each_partition_of_a_disk_is_left_without_its_free_space_or_whole()
    {
        ExternalTool.SkipUnlessInstalled("sgdisk", "zerofree", "ntfsfix");
        string ntfs = await NoisyVolume.MakeNtfsAsync(_folder);
        string ext = await NoisyVolume.MakeExtAsync(_folder, "ext4");
        string fat = await NoisyVolume.MakeFatAsync(_folder, "16");
        string unknown = await NoisyVolume.MakeNoiseAsync(_folder.File("unknown.img"), 2);
        string disk = _folder.File("disk.raw");
        await using (FileStream file = File.Create(disk))
        {
            file.SetLength(128 << 20);
            foreach ((int mebibyte, string volume) in new[] { (1, fat), (40, ntfs), (70, ext), (120, unknown) })
            {
                file.Position = (long)mebibyte << 20;
                await file.WriteAsync(await File.ReadAllBytesAsync(volume, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
            }
        }

        await ExternalTool.RunAsync("sgdisk", "-n", "1:1M:+36M", "-t", "1:ef00", "-n", "2:40M:+24M", "-t", "2:0700", "-n", "3:70M:+48M", "-n", "4:120M:+2M", disk);
        (VhdConversion made, string skipped) = await SkippedDisk.ConvertAsync(_folder, disk);

        Assert.Equal([FileSystemKind.Fat16, FileSystemKind.Ntfs, FileSystemKind.Ext4, FileSystemKind.Unknown], made.FreeSpace.Select(static volume => volume.FileSystem));
        Assert.Equal([true, true, true, false], made.FreeSpace.Select(static volume => volume.IsSkipped));
        Assert.Equal(made.FreeSpace.Sum(static volume => volume.FreeBytes), made.BytesSkippedAsFree);
        Assert.Contains("not known", made.FreeSpace[3].WholeBecause, StringComparison.Ordinal);
        await SkippedDisk.CountZeroedAsync(disk, skipped, 512);
        await ExternalTool.RunAsync("sgdisk", "-v", skipped);
        Assert.Equal(await File.ReadAllBytesAsync(unknown, TestContext.Current.CancellationToken), Part(skipped, 120, 2));
        Assert.Equal(0, (await RunZeroFreeAsync(SavePart(skipped, "ext-part.img", 70, 48))).NotZero);
        await ExternalTool.RunAsync("ntfsfix", "-n", SavePart(skipped, "ntfs-part.img", 40, 24));
        await ExternalTool.RunAsync("fsck.fat", "-n", SavePart(skipped, "fat-part.img", 1, 36));
    }

    private static bool IsServing(Process process, string mount)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline").Contains(mount, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has just ended.
            return false;
        }
    }

    private static byte[] Part(string disk, int mebibyte, int length) => File.ReadAllBytes(disk).AsSpan(mebibyte << 20, length << 20).ToArray();

    private string SavePart(string disk, string name, int mebibyte, int length)
    {
        string path = _folder.File(name);
        File.WriteAllBytes(path, Part(disk, mebibyte, length));
        return path;
    }

    private static bool Contains(string image, byte[] content) => File.ReadAllBytes(image).AsSpan().IndexOf(content) >= 0;

    private static string[] Describe(string image)
    {
        using VirtualDisk disk = DiskOpener.Open(image);
        return [.. LinuxTree.Describe(FileSystem.TryOpen(disk)!).Order(StringComparer.Ordinal)];
    }

    private static async Task<(long NotZero, long Free)> RunZeroFreeAsync(string image)
    {
        (int exitCode, string output, string error) = await ExternalTool.TryRunAsync("zerofree", "-n", "-v", image);
        Match counts = ZeroFreeCounts().Match(output);
        Assert.True(exitCode == 0 && counts.Success, $"zerofree ended with {exitCode}: {output}{error}");
        return (long.Parse(counts.Groups[1].Value, CultureInfo.InvariantCulture), long.Parse(counts.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"(?<=-b )\d+")]
    private static partial Regex BlockSize();

    [GeneratedRegex(@"(\d+)/(\d+)/\d+\s*$")]
    private static partial Regex ZeroFreeCounts();

    [GeneratedRegex(@"\d+(?= bytes per cluster)")]
    private static partial Regex ClusterSize();

    [GeneratedRegex(@"(\d+)/(\d+) clusters")]
    private static partial Regex Clusters();
}

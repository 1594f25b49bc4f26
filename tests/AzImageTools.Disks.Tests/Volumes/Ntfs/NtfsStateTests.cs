using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Conversion.FreeSpace;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>How a volume was left, as its journal and its hibernation file tell it; ntfs-3g.probe says the same.</summary>
public sealed class NtfsStateTests : IDisposable
{
    // What ntfs-3g.probe ends with.
    private const int Clean = 0;
    private const int Hibernated = 14;
    private const int Unclean = 15;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 1, true, true, Clean)]
    [InlineData(1, 1, false, false, Clean)]
    [InlineData(1, 1, true, false, Unclean)]
    [InlineData(2, 0, true, true, Hibernated)]
    [InlineData(2, 0, true, false, Hibernated)]
    [InlineData(1, 2, true, true, Unclean)]
    public async Task A_volume_is_dirty_whose_journal_says_that_it_was_not_dismounted(int major, int minor, bool isOpen, bool isMarkedClean, int expected)
    {
        string path = await NoisyVolume.MakeNtfsAsync(_folder);
        byte[] image = await ReadAsync(path);
        Assert.False(Open(image).IsDirty);
        NtfsLog.Write(image, (major, minor), isOpen, isMarkedClean);
        IFileSystem files = Open(image);

        bool isDirty = expected == Unclean || (isOpen && !isMarkedClean);
        Assert.Equal(isDirty, files.IsDirty);
        Assert.Equal(isDirty, Condition(files).DirtyReason is not null);
        Assert.Equal(expected == Hibernated, Condition(files).HibernationReason is not null);
        await AssertProbeAsync(path, image, expected);
    }

    [Fact]
    public async Task The_newer_of_the_two_restart_pages_counts()
    {
        byte[] image = await ReadAsync(await NoisyVolume.MakeNtfsAsync(_folder));
        (int offset, int length) = NtfsLog.Find(image);
        NtfsLog.MakePage(10, length, (1, 1), isOpen: true, isMarkedClean: false).CopyTo(image, offset);
        NtfsLog.MakePage(20, length, (1, 1), isOpen: true, isMarkedClean: true).CopyTo(image, offset + 4096);
        Assert.False(Open(image).IsDirty);
        NtfsLog.MakePage(30, length, (1, 1), isOpen: true, isMarkedClean: false).CopyTo(image, offset);
        Assert.True(Open(image).IsDirty);
    }

    [Fact]
    public async Task A_journal_without_a_restart_page_that_checks_is_told_as_damaged()
    {
        byte[] image = await ReadAsync(await NoisyVolume.MakeNtfsAsync(_folder));
        NtfsLog.Write(image, (1, 1), isOpen: true, isMarkedClean: true);
        (int offset, _) = NtfsLog.Find(image);
        int first = offset - 8192;
        foreach (int page in new[] { first, first + 4096 })
        {
            image[page + 1022] ^= 0xFF;
        }

        Assert.Contains("damaged", Condition(Open(image)).DirtyReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HIBR", Hibernated)]
    [InlineData("hibr", Hibernated)]
    [InlineData("\0\0\0\0", Clean)]
    public async Task A_volume_is_hibernated_whose_hibernation_file_has_its_signature(string signature, int expected)
    {
        string path = await MakeHibernationFileAsync(signature, 8192);
        byte[] image = await ReadAsync(path);
        Assert.Equal(expected == Hibernated, Condition(Open(image)).HibernationReason is not null);
        Assert.False(Open(image).IsDirty);
        await AssertProbeAsync(path, image, expected);
    }

    [Theory]
    [InlineData("wake", 8192)]
    [InlineData("RSTR", 8192)]
    [InlineData("\u0001\0\0\0", 8192)]
    [InlineData("\0\0\0\0", 100)]
    public async Task A_volume_is_taken_for_hibernated_where_that_is_not_certain(string signature, int length)
        => Assert.NotNull(Condition(Open(await ReadAsync(await MakeHibernationFileAsync(signature, length)))).HibernationReason);

    private static IVolumeCondition Condition(IFileSystem files) => Assert.IsType<IVolumeCondition>(files, exactMatch: false);

    private static IFileSystem Open(byte[] image) => FileSystem.TryOpen(new MemoryByteSource(image))!;

    private static Task<byte[]> ReadAsync(string path) => File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);

    private async Task<string> MakeHibernationFileAsync(string signature, int length)
    {
        string path = await NoisyVolume.MakeNtfsAsync(_folder);
        byte[] content = new byte[length];
        System.Text.Encoding.ASCII.GetBytes(signature, content);
        await NoisyVolume.CopyToNtfsAsync(_folder, path, "hiberfil.sys", content);
        return path;
    }

    private static async Task AssertProbeAsync(string path, byte[] image, int expected)
    {
        ExternalTool.SkipUnlessInstalled("ntfs-3g.probe");
        await File.WriteAllBytesAsync(path, image, TestContext.Current.CancellationToken);
        Assert.Equal(expected, (await ExternalTool.TryRunAsync("ntfs-3g.probe", "--readwrite", path)).ExitCode);
    }
}

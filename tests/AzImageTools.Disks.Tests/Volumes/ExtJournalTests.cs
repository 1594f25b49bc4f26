using System.Globalization;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>
/// Volumes whose journal holds changes: debugfs writes into the journal of one volume what differs between it and the same
/// volume changed. Read by us, it is the changed one; so it is once e2fsck has carried the journal out.
/// </summary>
public sealed class ExtJournalTests : IDisposable
{
    private const string Size = "16M";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ext3", 1024, "")]
    [InlineData("ext4", 1024, "-v 2 -c")]
    [InlineData("ext4", 4096, "-v 3 -c")]
    public async Task Changes_in_the_journal_are_seen_as_carried_out(string type, int blockSize, string journalOptions)
    {
        string before = await MakeAsync(type, blockSize);
        string after = await ChangeAsync(before);
        string[] expected = Describe(after);
        Assert.NotEqual(expected, Describe(before));

        await JournalAsync(before, after, blockSize, journalOptions);
        Assert.Equal(expected, Describe(before));
        using (VirtualDisk disk = DiskOpener.Open(before))
        {
            Assert.True(FileSystem.TryOpen(disk)!.IsDirty);
        }

        string[] free = FreeExtents(before);
        await ExternalTool.TryRunAsync("e2fsck", "-f", "-y", before);
        Assert.Equal(expected, Describe(before));
        Assert.Equal(FreeExtents(before), free);
    }

    [Fact]
    public async Task A_block_revoked_later_keeps_what_the_volume_holds()
    {
        string volume = await MakeAsync("ext4", 1024);
        long block = await FindBlockAsync(volume, "/kept");
        string journalled = _folder.File("journalled");
        await File.WriteAllBytesAsync(journalled, [.. Enumerable.Repeat((byte)'j', 1024)]);
        await DebugAsync(volume, "jo -c -v 3", $"jw -b {block} {journalled}", "jc");
        Assert.Equal((byte)'j', Read(volume, "kept")[0]);
        await DebugAsync(volume, "jo -c -v 3", $"jw -r {block}", "jc");
        Assert.Equal((byte)'k', Read(volume, "kept")[0]);
    }

    [Fact]
    public async Task A_transaction_without_its_commit_is_left_out_and_an_escaped_block_gets_its_beginning_back()
    {
        string volume = await MakeAsync("ext4", 1024);
        long block = await FindBlockAsync(volume, "/kept");
        byte[] content = [0xC0, 0x3B, 0x39, 0x98, .. Enumerable.Repeat((byte)'j', 1020)];
        string journalled = _folder.File("journalled");
        await File.WriteAllBytesAsync(journalled, content);
        await DebugAsync(volume, "jo -c -v 3", $"jw -b {block} {journalled}", "jc");
        Assert.Equal(content, Read(volume, "kept"));

        byte[] image = await File.ReadAllBytesAsync(volume);
        byte[] commit = [0xC0, 0x3B, 0x39, 0x98, 0, 0, 0, 2];
        int found = image.AsSpan().IndexOf(commit);
        Assert.True(found > 0);
        image[found + 50] ^= 1;
        IFileSystem files = FileSystem.TryOpen(new MemoryByteSource(image))!;
        using Stream kept = files.OpenFile("kept");
        Assert.Equal('k', kept.ReadByte());
    }

    [Fact]
    public async Task A_journal_on_another_device_is_refused()
    {
        byte[] image = await File.ReadAllBytesAsync(await MakeAsync("ext3", 1024));
        image[1024 + 0x60] |= 0x4;
        image.AsSpan(1024 + 0xE0, 4).Clear();
        Assert.Contains("another device", Assert.Throws<DiskFormatException>(() => FileSystem.TryOpen(new MemoryByteSource(image))).Message, StringComparison.Ordinal);
    }

    private static string[] Describe(string volume)
    {
        using VirtualDisk disk = DiskOpener.Open(volume);
        return [.. LinuxTree.Describe(FileSystem.TryOpen(disk)!).Order(StringComparer.Ordinal)];
    }

    private static string[] FreeExtents(string volume)
    {
        using VirtualDisk disk = DiskOpener.Open(volume);
        return [.. FileSystem.TryOpen(disk)!.GetFreeExtents().Select(static extent => extent.ToString())];
    }

    private static byte[] Read(string volume, string path)
    {
        using VirtualDisk disk = DiskOpener.Open(volume);
        using Stream content = FileSystem.TryOpen(disk)!.OpenFile(path);
        using MemoryStream bytes = new();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static async Task<long> FindBlockAsync(string volume, string path)
        => long.Parse((await ExternalTool.RunAsync("debugfs", "-R", $"bmap {path} 0", volume)).Trim(), CultureInfo.InvariantCulture);

    private async Task<string> MakeAsync(string type, int blockSize)
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "debugfs", "e2fsck");
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        await File.WriteAllTextAsync(Path.Combine(tree, "kept"), new string('k', 1024));
        await File.WriteAllTextAsync(Path.Combine(tree, "deleted"), "deleted");
        string volume = _folder.File("before.img");
        await ExternalTool.RunAsync("mke2fs", "-q", "-F", "-t", type, "-b", blockSize.ToString(CultureInfo.InvariantCulture), "-d", tree, volume, Size);
        return volume;
    }

    private async Task<string> ChangeAsync(string before)
    {
        string after = _folder.File("after.img");
        File.Copy(before, after);
        string added = _folder.File("added");
        await File.WriteAllTextAsync(added, new string('a', 50_000));
        await DebugAsync(after, "mkdir folder", "cd folder", $"write {added} added", "symlink link added", "cd /", "rm deleted");
        return after;
    }

    private async Task JournalAsync(string before, string after, int blockSize, string options)
    {
        byte[] old = await File.ReadAllBytesAsync(before);
        byte[] changed = await File.ReadAllBytesAsync(after);
        int[] blocks = [.. Enumerable.Range(2, (old.Length / blockSize) - 2)
            .Where(block => !old.AsSpan(block * blockSize, blockSize).SequenceEqual(changed.AsSpan(block * blockSize, blockSize)))];
        string content = _folder.File("content");
        await File.WriteAllBytesAsync(content, [.. blocks.SelectMany(block => changed.AsSpan(block * blockSize, blockSize).ToArray())]);

        // Two transactions: the first writes a block that the second writes anew.
        string stale = _folder.File("stale");
        await File.WriteAllBytesAsync(stale, new byte[blockSize]);
        await DebugAsync(before, $"jo {options}", $"jw -b {blocks[0]} {stale}", $"jw -b {string.Join(',', blocks)} {content}", "jc");
    }

    private async Task DebugAsync(string volume, params string[] commands)
    {
        string script = _folder.File("commands");
        await File.WriteAllLinesAsync(script, commands);
        await ExternalTool.RunAsync("debugfs", "-w", "-f", script, volume);
    }
}

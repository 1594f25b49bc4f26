using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests;

/// <summary>Whatever is asked of a disk, nothing more is read of it once that is no longer wanted: that is how Ctrl+C ends a command.</summary>
public sealed class CancellationTests : IDisposable
{
    private static readonly Dictionary<string, Action<OpenedImage>> Questions = new(StringComparer.Ordinal)
    {
        ["what it is"] = static image => _ = image.Info,
        ["what is free"] = static image => _ = image.FreeSpace,
        ["which guest"] = static image => _ = (image.Guest, image.GuestProblems),
        ["all files"] = static image => ListAll(image),
        ["all keys"] = static image => _ = image.Hives is { } hives ? CountKeys(hives.OpenKey("SOFTWARE")!) : 0,
    };

    private readonly TempFolder _folder = new();

    public static TheoryData<string, string> Cases => [.. from disk in new[] { "ready-dynamic.vhdx", "linux.vhd", "lvm.vhd" } from question in Questions.Keys select (disk, question)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Nothing_more_is_read_once_an_answer_is_no_longer_wanted(string name, string question)
    {
        byte[] bytes = ReadDisk(name);
        StoppingSource whole = new(bytes, int.MaxValue);
        Ask(whole, question);
        foreach (int most in new[] { 1, whole.Reads / 8, whole.Reads / 4, whole.Reads / 2 }.Where(static most => most > 0).Distinct())
        {
            StoppingSource source = new(bytes, most);
            Assert.Throws<OperationCanceledException>(() => Ask(source, question));
            Assert.Equal(most, source.Reads);
        }
    }

    [Fact]
    public void Nor_is_what_a_disk_does_not_keep()
    {
        using CancellationTokenSource stop = new();
        using VirtualDisk disk = DiskOpener.Open(new VhdBuilder(5 << 20).Save(_folder.File("empty.vhd")), options: null, stop.Token);
        disk.Read(0, new byte[512]);
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => disk.Read(0, new byte[512]));
    }

    private static void Ask(IByteSource disk, string question)
    {
        using OpenedImage image = new(disk);
        Questions[question](image);
    }

    private static void ListAll(OpenedImage image)
    {
        Stack<(IFileSystem Files, string Path)> folders = new(image.Volumes.Where(static volume => volume.FileSystem is not null).Select(static volume => (volume.FileSystem!, string.Empty)));
        while (folders.TryPop(out (IFileSystem Files, string Path) folder))
        {
            foreach (FileSystemEntry entry in folder.Files.Enumerate(folder.Path).Where(static entry => entry is { IsDirectory: true, IsLink: false }))
            {
                folders.Push((folder.Files, entry.Path));
            }
        }
    }

    private static int CountKeys(RegistryKey key) => 1 + key.GetSubKeys().Sum(CountKeys);

    private byte[] ReadDisk(string name)
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack(name, _folder));
        return DiskContent.Read(disk, 0, (int)disk.Capacity);
    }

    /// <summary>A disk that is no longer wanted after so many reads.</summary>
    private sealed class StoppingSource(byte[] bytes, int mostReads) : IByteSource
    {
        private static readonly CancellationTokenSource Never = new();
        private readonly CancellationTokenSource _stop = mostReads == int.MaxValue ? Never : new CancellationTokenSource();
        private ReadBudget? _budget;

        public string Name => "disk";

        public long Length => bytes.Length;

        public int LogicalSectorSize => 512;

        public ReadBudget Budget => _budget ??= new ReadBudget(Name, _stop.Token);

        public int Reads { get; private set; }

        public void Read(long offset, Span<byte> destination)
        {
            Budget.Read(destination.Length);
            bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
            if (++Reads == mostReads)
            {
                _stop.Cancel();
            }
        }

        public IEnumerable<DiskExtent> GetExtents(long offset, long length) => [new DiskExtent(offset, length)];

        public void Prefetch(IEnumerable<DiskExtent> ranges)
        {
            // Nothing is far away.
        }
    }
}

using System.Text;
using AzImageTools.Disks.Repair;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Tests.Repair;

/// <summary>What an edit of a file makes of the file, and what is told of it.</summary>
public sealed class FileRepairTests
{
    private readonly TextFiles _files = new() { ["etc/fstab"] = "UUID=1 / ext4 defaults 0 1\nUUID=2 /data ext4 defaults 0 2\n"u8.ToArray() };

    [Fact]
    public void A_rewritten_text_is_told_by_the_lines_that_differ()
    {
        FileChange change = Apply(FileEdit.Rewrite("etc/fstab", static text => text.Replace("defaults 0 2", "defaults,nofail 0 2", StringComparison.Ordinal)));
        Assert.True(change.IsChanged);
        Assert.Equal("etc/fstab: UUID=2 /data ext4 defaults 0 2 -> UUID=2 /data ext4 defaults,nofail 0 2", change.ToString());
        Assert.Equal("UUID=1 / ext4 defaults 0 1\nUUID=2 /data ext4 defaults,nofail 0 2\n", Encoding.UTF8.GetString(_files["etc/fstab"]));
    }

    [Theory]
    [InlineData("a\nb\nc\n", "a\nc\n", "b", "")]
    [InlineData("a\nc\n", "a\nb\nc\n", "", "b")]
    [InlineData("a\nb\nc\nd\n", "x\nb\ny\nd\n", "a,c", "x,y")]
    [InlineData("a\n", "", "a", "")]
    [InlineData("a", "a\n", "", "")]
    public void Lines_that_both_texts_have_at_their_ends_are_not_told(string before, string after, string linesBefore, string lines)
    {
        (IReadOnlyList<string> one, IReadOnlyList<string> other) = ChangedLines.Find(before, after);
        Assert.Equal((linesBefore, lines), (string.Join(',', one), string.Join(',', other)));
    }

    [Fact]
    public void Bytes_that_are_no_utf8_stay_as_they_are()
    {
        _files["etc/issue"] = [0xE9, (byte)'=', (byte)'1', (byte)'\n'];
        Apply(FileEdit.Rewrite("etc/issue", static text => text.Replace('1', '2')));
        Assert.Equal([0xE9, (byte)'=', (byte)'2', (byte)'\n'], _files["etc/issue"]);
    }

    [Fact]
    public void What_is_so_already_is_not_changed()
    {
        Assert.False(Apply(FileEdit.Rewrite("etc/fstab", static text => text)).IsChanged);
        Assert.False(Apply(FileEdit.Rewrite("etc/fstab", static _ => null)).IsChanged);
        Assert.False(Apply(FileEdit.Rewrite("etc/none", static _ => "made")).IsChanged);
        Assert.False(Apply(FileEdit.Delete("etc/none")).IsChanged);
        Assert.Equal(["etc/fstab"], _files.Keys);
    }

    [Fact]
    public void A_file_is_deleted_and_one_is_made()
    {
        FileChange deleted = Apply(FileEdit.Delete("etc/fstab"));
        FileChange made = Apply(FileEdit.Create("etc/cloud.cfg", "datasource: Azure\n"));
        Assert.Equal("etc/fstab: 58 bytes -> not there", deleted.ToString());
        Assert.Equal("etc/cloud.cfg: not there -> datasource: Azure", made.ToString());
        Assert.Equal(["etc/cloud.cfg"], _files.Keys);
        Assert.False(Apply(FileEdit.Create("etc/cloud.cfg", "datasource: Azure\n")).IsChanged);
    }

    [Fact]
    public void A_secret_is_not_told()
    {
        FileChange change = Apply(FileEdit.Rewrite("etc/fstab", static text => text[..10]) with { HidesContent = true });
        Assert.Equal("etc/fstab: 58 bytes -> 10 bytes", change.ToString());
        Assert.Empty(change.LinesBefore);
    }

    [Fact]
    public void What_lies_on_a_volume_that_is_not_written_is_refused()
    {
        ReadOnlyFiles files = new(_files);
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(() => new FileRepair(files, DateTimeOffset.UnixEpoch).Apply(FileEdit.Delete("etc/fstab"), "disk", "disk.azrepair"));
        Assert.Equal(DiskRepairProblem.VolumeNotRepairable, refusal.Problem);
    }

    private FileChange Apply(FileEdit edit) => new FileRepair(_files, DateTimeOffset.UnixEpoch).Apply(edit, "disk", "disk.azrepair");

    /// <summary>Files by their paths.</summary>
    private sealed class TextFiles : Dictionary<string, byte[]>, IFileSystem, IWritableFiles
    {
        public TextFiles()
            : base(StringComparer.Ordinal)
        {
        }

        public FileSystemKind Kind => FileSystemKind.Ext4;

        public string Label => string.Empty;

        long IFileSystem.Capacity => 0;

        public long? FreeBytes => null;

        public bool? IsDirty => null;

        public FileSystemEntry? GetEntry(string path) => TryGetValue(path, out byte[]? content) ? new FileSystemEntry { Name = path, Path = path, IsDirectory = false, Length = content.Length } : null;

        public IEnumerable<FileSystemEntry> Enumerate(string path) => [];

        public Stream OpenFile(string path) => new MemoryStream(this[path], writable: false);

        public IEnumerable<DiskExtent> GetFreeExtents() => [];

        public void Rewrite(string path, ReadOnlyMemory<byte> content, DateTimeOffset now) => this[path] = content.ToArray();

        public void Delete(string path, DateTimeOffset now) => Remove(path);

        public void Create(string path, ReadOnlyMemory<byte> content, NewFile file, DateTimeOffset now) => Add(path, content.ToArray());
    }

    /// <summary>The same, not to be written.</summary>
    private sealed class ReadOnlyFiles(IFileSystem files) : IFileSystem
    {
        public FileSystemKind Kind => files.Kind;

        public string Label => files.Label;

        public long Capacity => files.Capacity;

        public long? FreeBytes => files.FreeBytes;

        public bool? IsDirty => files.IsDirty;

        public FileSystemEntry? GetEntry(string path) => files.GetEntry(path);

        public IEnumerable<FileSystemEntry> Enumerate(string path) => files.Enumerate(path);

        public Stream OpenFile(string path) => files.OpenFile(path);

        public IEnumerable<DiskExtent> GetFreeExtents() => files.GetFreeExtents();
    }
}

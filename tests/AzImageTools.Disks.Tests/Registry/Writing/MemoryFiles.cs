using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Tests.Registry.Writing;

/// <summary>Files in memory that can be rewritten, as those of a volume on an overlay.</summary>
internal sealed class MemoryFiles : IFileSystem, IRewritableFiles
{
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.OrdinalIgnoreCase);

    public FileSystemKind Kind => FileSystemKind.Ntfs;

    public string Label => string.Empty;

    public long Capacity => 1 << 30;

    public long? FreeBytes => null;

    public bool? IsDirty => false;

    public FileSystemEntry? GetEntry(string path) => Files.TryGetValue(path, out byte[]? content)
        ? new FileSystemEntry { Name = path, Path = path, IsDirectory = false, Length = content.Length }
        : null;

    public IEnumerable<FileSystemEntry> Enumerate(string path) => [];

    public Stream OpenFile(string path) => Files.TryGetValue(path, out byte[]? content) ? new MemoryStream([.. content]) : throw new FileNotFoundException("There is no such file.", path);

    public IEnumerable<DiskExtent> GetFreeExtents() => [];

    public IRewritableFile OpenRewritable(string path) => new MemoryFile(Files[path]);

    private sealed class MemoryFile(byte[] content) : IRewritableFile
    {
        public long Length => content.Length;

        public void Write(long position, ReadOnlySpan<byte> bytes) => bytes.CopyTo(content.AsSpan((int)position));
    }
}

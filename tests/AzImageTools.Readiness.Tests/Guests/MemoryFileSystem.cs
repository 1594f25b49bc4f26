using AzImageTools.Disks;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Tests.Guests;

/// <summary>A volume that holds a few files.</summary>
internal sealed class MemoryFileSystem(Dictionary<string, byte[]> files) : IFileSystem
{
    public FileSystemKind Kind => FileSystemKind.Ntfs;

    public string Label => string.Empty;

    public long Capacity => 1L << 30;

    public long? FreeBytes => null;

    public bool? IsDirty => null;

    public FileSystemEntry? GetEntry(string path) => files.TryGetValue(path, out byte[]? content)
        ? new FileSystemEntry { Name = path.Split('\\')[^1], Path = path, IsDirectory = false, Length = content.Length }
        : null;

    public IEnumerable<FileSystemEntry> Enumerate(string path) => [];

    public Stream OpenFile(string path) => new MemoryStream(files[path], writable: false);

    public IEnumerable<DiskExtent> GetFreeExtents() => [];
}

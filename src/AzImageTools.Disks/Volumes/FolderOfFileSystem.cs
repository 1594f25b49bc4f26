namespace AzImageTools.Disks.Volumes;

/// <summary>A folder of a volume as a root of its own. Links lead on within the volume. What tells of the volume as a whole stays.</summary>
internal sealed class FolderOfFileSystem(IFileSystem files, string folder) : IFileSystem, IExtendedAttributes, IWritableFiles
{
    private readonly string _folder = string.Join("\\", VolumePath.Split(folder));

    public FileSystemKind Kind => files.Kind;

    public string Label => files.Label;

    public long Capacity => files.Capacity;

    public long? FreeBytes => files.FreeBytes;

    public bool? IsDirty => files.IsDirty;

    public FileSystemEntry? GetEntry(string path)
        => files.GetEntry(Inner(path)) is { } entry ? Outer(VolumePath.Split(path).Length > 0 ? entry : entry with { Name = string.Empty }) : null;

    public IEnumerable<FileSystemEntry> Enumerate(string path) => files.Enumerate(Inner(path)).Select(Outer);

    public Stream OpenFile(string path) => files.OpenFile(Inner(path));

    public bool? HasAttribute(string path, string name) => (files as IExtendedAttributes)?.HasAttribute(Inner(path), name);

    public IEnumerable<DiskExtent> GetFreeExtents() => files.GetFreeExtents();

    public void Rewrite(string path, ReadOnlyMemory<byte> content, DateTimeOffset now) => Writable(path).Rewrite(Inner(path), content, now);

    public void Delete(string path, DateTimeOffset now) => Writable(path).Delete(Inner(path), now);

    public void Create(string path, ReadOnlyMemory<byte> content, NewFile file, DateTimeOffset now)
        => Writable(path).Create(Inner(path), content, file.LabelOf is { } other ? file with { LabelOf = Inner(other) } : file, now);

    private IWritableFiles Writable(string path) => files.RequireWritable(path);

    private string Inner(string path) => string.Join("\\", [.. VolumePath.Split(_folder), .. VolumePath.Split(path)]);

    private FileSystemEntry Outer(FileSystemEntry entry)
        => entry with { Path = entry.Path.Length > _folder.Length ? entry.Path.Substring(_folder.Length).TrimStart('\\', '/') : string.Empty };
}

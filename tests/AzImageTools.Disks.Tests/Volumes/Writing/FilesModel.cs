using System.Security.Cryptography;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Tests.Volumes.Writing;

/// <summary>What a volume should hold: names, and the files that they stand for. A file may have more names than one.</summary>
internal sealed class FilesModel
{
    private const string Folder = "folder";

    private readonly SortedDictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _contents = [];
    private int _made;

    /// <summary>The files' paths, with '/' between names.</summary>
    public IReadOnlyList<string> Files => [.. _names.Where(name => _contents.ContainsKey(name.Value)).Select(static name => name.Key)];

    public IReadOnlyList<string> Folders => [string.Empty, .. _names.Where(static name => name.Value == Folder).Select(static name => name.Key)];

    public IReadOnlyList<string> All => [.. _names.Keys];

    /// <summary>What a volume holds, as it is read.</summary>
    public static FilesModel Read(IFileSystem files)
    {
        FilesModel model = new();
        model.ReadFolder(files, string.Empty);
        return model;
    }

    public FilesModel Copy()
    {
        FilesModel copy = new() { _made = _made };
        foreach ((string name, string file) in _names)
        {
            copy._names.Add(name, file);
        }

        foreach ((string file, byte[] content) in _contents)
        {
            copy._contents.Add(file, content);
        }

        return copy;
    }

    public byte[] Content(string path) => _contents[_names[path]];

    public void Rewrite(string path, byte[] content) => _contents[_names[path]] = content;

    public void Create(string path, byte[] content)
    {
        string file = $"made {++_made}";
        _names.Add(path, file);
        _contents.Add(file, content);
    }

    public void Delete(string path)
    {
        foreach (string name in _names.Keys.Where(name => name == path || name.StartsWith(path + "/", StringComparison.Ordinal)).ToList())
        {
            _names.Remove(name);
        }
    }

    /// <summary>A line for each name: what it is, and the hash of its content.</summary>
    public string[] Describe() => [.. _names.Select(name => $"{name.Key}|{(_contents.TryGetValue(name.Value, out byte[]? content) ? $"{content.Length}|{Convert.ToHexStringLower(SHA256.HashData(content))}" : name.Value)}").Order(StringComparer.Ordinal)];

    /// <summary>The same lines for a folder of this machine: a mounted volume.</summary>
    public static string[] Describe(string root) => [.. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Select(path =>
    {
        FileSystemInfo info = File.GetAttributes(path).HasFlag(FileAttributes.Directory) ? new DirectoryInfo(path) : new FileInfo(path);
        string name = path[(root.Length + 1)..];
        if (info.LinkTarget is { } target)
        {
            return $"{name}|link to {target}";
        }

        byte[] content = info is FileInfo ? File.ReadAllBytes(path) : [];
        return info is DirectoryInfo ? $"{name}|{Folder}" : $"{name}|{content.Length}|{Convert.ToHexStringLower(SHA256.HashData(content))}";
    }).Order(StringComparer.Ordinal)];

    private void ReadFolder(IFileSystem files, string folder)
    {
        foreach (FileSystemEntry entry in files.Enumerate(folder))
        {
            string path = folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}";
            if (entry.IsLink || entry.IsDirectory)
            {
                _names.Add(path, entry.IsLink ? $"link to {entry.LinkTarget}" : Folder);
                if (!entry.IsLink)
                {
                    ReadFolder(files, path);
                }

                continue;
            }

            string file = entry.UnixMode is null ? path : $"inode {entry.Location.Number}";
            _names.Add(path, file);
            if (!_contents.ContainsKey(file))
            {
                using Stream stream = files.OpenFile(entry);
                byte[] content = new byte[stream.Length];
                stream.ReadExactly(content);
                _contents.Add(file, content);
            }
        }
    }
}

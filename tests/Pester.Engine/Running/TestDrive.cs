namespace Pester.Engine.Running;

/// <summary>The folder behind <c>$TestDrive</c>. What a block puts there goes when the block ends.</summary>
internal sealed class TestDrive : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pester-");

    public string FullName => _folder.FullName;

    public IReadOnlySet<string> Snapshot()
        => _folder.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Select(entry => entry.FullName).ToHashSet(StringComparer.Ordinal);

    public void RemoveAllBut(IReadOnlySet<string> known)
    {
        foreach (FileSystemInfo entry in _folder.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).ToArray())
        {
            entry.Refresh();
            if (entry.Exists && !known.Contains(entry.FullName))
            {
                Remove(entry);
            }
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static void Remove(FileSystemInfo entry)
    {
        if (entry is DirectoryInfo folder && folder.LinkTarget is null)
        {
            folder.Delete(recursive: true);
        }
        else
        {
            entry.Delete();
        }
    }
}

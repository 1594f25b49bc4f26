using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Items;

/// <summary>
/// Goes through all that is below folders, each folder before what it holds; links are not followed. A volume that leads
/// back to a folder seen before is no endless one. One walk serves one thread.
/// </summary>
internal sealed class FolderWalk(IFileSystem files)
{
    private const int MaximumDepth = 512;
    private const int MaximumFolders = 1 << 22;

    private readonly HashSet<ulong> _seen = [];
    private bool _skips;

    /// <summary>How many folders the entry that came last is below where the walk began: 1 for what is in that folder.</summary>
    public int Depth { get; private set; }

    /// <summary>Leaves out what is below the folder that came last.</summary>
    public void Skip() => _skips = true;

    /// <summary>All that is below a folder, lazily; in place of what can't be read, why.</summary>
    public IEnumerable<Found<FileSystemEntry>> Below(FileSystemEntry folder)
    {
        Stack<IEnumerator<Found<FileSystemEntry>>> path = new();
        try
        {
            path.Push(Open(folder, 1).GetEnumerator());
            while (path.Count > 0)
            {
                if (!path.Peek().MoveNext())
                {
                    path.Pop().Dispose();
                    continue;
                }

                Found<FileSystemEntry> found = path.Peek().Current;
                Depth = path.Count;
                _skips = false;
                yield return found;
                if (found.Value is { IsDirectory: true, IsLink: false } below && !_skips)
                {
                    path.Push(Open(below, path.Count + 1).GetEnumerator());
                }
            }
        }
        finally
        {
            foreach (IEnumerator<Found<FileSystemEntry>> open in path)
            {
                open.Dispose();
            }
        }
    }

    private IEnumerable<Found<FileSystemEntry>> Open(FileSystemEntry folder, int depth) => Salvage.Enumerate(() =>
    {
        if (depth > MaximumDepth)
        {
            throw Damaged(folder, $"It is nested more than {MaximumDepth} folders deep.");
        }

        if (folder.Location is { FileSystem: not null, Number: ulong id } && (_seen.Count == MaximumFolders || !_seen.Add(id)))
        {
            throw Damaged(folder, _seen.Count == MaximumFolders ? $"There are more than {MaximumFolders} folders." : "It is in several places, or leads back to a folder that it is in.");
        }

        return files.Enumerate(folder);
    });

    private static DiskFormatException Damaged(FileSystemEntry folder, string problem)
        => new(PrintableText.Of(folder.GuestPath), null, $"What this folder holds is left out. {problem}");
}

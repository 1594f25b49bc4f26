using System.Globalization;
using System.Text;

namespace AzImageTools.Sandbox.Storage;

/// <summary>The folder of page files. Names are numbered and keep the last part of what they hold, so that a person can tell them apart.</summary>
internal sealed class PageFolder : IDisposable
{
    private const int LongestName = 64;
    private const string TemporaryPrefix = "AzImageTools.Sandbox-";

    private readonly object _gate = new();
    private readonly FolderLock? _temporary;
    private readonly bool _isKept;
    private readonly HashSet<string> _opened = new(StringComparer.Ordinal);
    private List<string> _dropped = [];
    private bool _isClosed;
    private int _count;

    /// <param name="path">The folder; null for a new temporary one, which is removed at the end.</param>
    /// <param name="isKept">Whether files stay when the cloud ends, and are only removed by <see cref="Sweep"/>.</param>
    public PageFolder(string? path, bool isKept)
    {
        _isKept = isKept;
        if (path is not null)
        {
            Path = System.IO.Path.GetFullPath(path);
            Directory.CreateDirectory(Path);
            return;
        }

        var parent = System.IO.Path.GetTempPath();
        RemoveAbandoned(parent);
        (Path, _temporary) = MakeTemporary(parent);
    }

    public string Path { get; }

    public PageData Create(string name, long length)
    {
        while (true)
        {
            var number = Interlocked.Increment(ref _count);
            var path = System.IO.Path.Combine(Path, number.ToString("D4", CultureInfo.InvariantCulture) + "-" + SafeName(name));
            if (!File.Exists(path))
            {
                return new PageData(this, SparseFile.Create(path, length), []);
            }
        }
    }

    /// <summary>Opens a file that was kept.</summary>
    /// <param name="fileName">Its name in the folder.</param>
    /// <param name="length">In bytes; what was written behind is lost.</param>
    /// <param name="written">The ranges that hold pages.</param>
    /// <exception cref="IOException">It is not there, or is no file of this folder.</exception>
    public PageData Open(string fileName, long length, IEnumerable<PageRange> written)
    {
        if (!IsOurs(fileName))
        {
            throw new IOException("'" + fileName + "' is no page file.");
        }

        lock (_gate)
        {
            _opened.Add(fileName);
        }

        return new PageData(this, SparseFile.Open(System.IO.Path.Combine(Path, fileName), length), written);
    }

    /// <summary>Removes a file that nothing holds any more; one that is kept, once nothing tells of it.</summary>
    public void Drop(string path)
    {
        lock (_gate)
        {
            if (_isKept)
            {
                if (!_isClosed)
                {
                    _dropped.Add(path);
                }

                return;
            }
        }

        File.Delete(path);
    }

    /// <summary>What was dropped until now, to be swept once that has been noted.</summary>
    public IReadOnlyList<string> TakeDropped()
    {
        lock (_gate)
        {
            var dropped = _dropped;
            _dropped = [];
            return dropped;
        }
    }

    /// <summary>Removes files that were dropped.</summary>
    public static void Sweep(IReadOnlyList<string> dropped)
    {
        foreach (var path in dropped)
        {
            File.Delete(path);
        }
    }

    /// <summary>Removes the page files that were not opened: what was made shortly before a process was ended. Called before any is made.</summary>
    public void RemoveOthers()
    {
        foreach (var path in Directory.GetFiles(Path).Where(path => IsOurs(System.IO.Path.GetFileName(path)) && !_opened.Contains(System.IO.Path.GetFileName(path))))
        {
            File.Delete(path);
        }
    }

    /// <summary>Lets all files stay from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    public void Dispose() => _temporary?.RemoveFolder();

    private static (string Path, FolderLock Lock) MakeTemporary(string parent)
    {
        for (var attempt = 1; ; attempt++)
        {
            var path = System.IO.Path.Combine(parent, TemporaryPrefix + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(path);
            try
            {
                return (path, FolderLock.Take(path));
            }
            catch (IOException) when (attempt < 3)
            {
                // Another sandbox that starts took it for abandoned, between the making of the lock's file and the locking: then it is gone.
            }
        }
    }

    /// <summary>Removes the temporary folders of processes that were ended: only those that had an owner and have none.</summary>
    private static void RemoveAbandoned(string parent)
    {
        IEnumerable<string> folders;
        try
        {
            folders = Directory.GetDirectories(parent, TemporaryPrefix + "*");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return;
        }

        foreach (var folder in folders)
        {
            try
            {
                RemoveAbandonedFolder(folder);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // It is another user's, or its owner or another sandbox removes it right now.
            }
        }
    }

    private static void RemoveAbandonedFolder(string folder)
    {
        // A link leads to somebody else's folder.
        if (File.GetAttributes(folder).HasFlag(FileAttributes.ReparsePoint))
        {
            return;
        }

        using var abandoned = FolderLock.TryTakeAbandoned(folder);
        abandoned?.RemoveFolder();
    }

    private static bool IsOurs(string fileName)
    {
        var dash = fileName.IndexOf('-');
        return dash >= 4 && fileName.Take(dash).All(character => character is >= '0' and <= '9') && fileName.Skip(dash + 1).All(IsSafe);
    }

    private static string SafeName(string name)
    {
        var leaf = name.Substring(name.LastIndexOf('/') + 1);
        if (leaf.Length > LongestName)
        {
            leaf = leaf.Substring(leaf.Length - LongestName);
        }

        var safe = new StringBuilder(leaf.Length);
        foreach (var character in leaf)
        {
            safe.Append(IsSafe(character) ? character : '_');
        }

        return safe.ToString();
    }

    private static bool IsSafe(char character) => character is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '-' or '_';
}

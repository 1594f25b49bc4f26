using System.Globalization;
using System.Text;

namespace AzImageTools.Sandbox.Storage;

/// <summary>The folder of page files. Names are numbered and keep the last part of what they hold, so that a person can tell them apart.</summary>
internal sealed class PageFolder : IDisposable
{
    private const int LongestName = 64;

    private readonly bool _owned;
    private int _count;

    public PageFolder(string? path)
    {
        _owned = path is null;
        Path = path is null
            ? System.IO.Path.Combine(System.IO.Path.GetTempPath(), "AzImageTools.Sandbox-" + Guid.NewGuid().ToString("N"))
            : System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(Path);
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
                return new PageData(path, length);
            }
        }
    }

    public void Dispose()
    {
        if (_owned && Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
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
            var kept = character is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '-' or '_';
            safe.Append(kept ? character : '_');
        }

        return safe.ToString();
    }
}

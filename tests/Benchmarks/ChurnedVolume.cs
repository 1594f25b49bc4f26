using System.IO.Hashing;
using System.Text;

namespace AzImageTools.Benchmarks;

/// <summary>
/// A volume as a server leaves it after some months: packages installed, upgraded and purged, logs written and rotated, through
/// the file system's own driver. The same size asks for the same writes.
/// </summary>
internal sealed class ChurnedVolume
{
    private const int Mebibyte = 1 << 20;
    private const int Rounds = 10;
    private const int Logs = 6;
    private const int KeptLogs = 3;

    private readonly Random _random = new(42);
    private readonly List<string> _packages = [];
    private readonly string _root;
    private int _installed;

    private ChurnedVolume(string root) => _root = root;

    /// <summary>Writes and deletes below a folder: first a quarter of the size is installed, then each round replaces a part of it.</summary>
    public static void Fill(string root, long size)
    {
        ChurnedVolume volume = new(root);
        long budget = size / 4;
        while (budget > 0)
        {
            budget -= volume.Install();
        }

        for (int round = 0; round < Rounds; round++)
        {
            volume.Upgrade();
            volume.RotateLogs(round, size / 1024);
        }
    }

    /// <summary>The hash of every file below a folder, by its path.</summary>
    public static Dictionary<string, ulong> Hash(string root)
        => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(path => path[root.Length..], static path => XxHash64.HashToUInt64(File.ReadAllBytes(path)));

    /// <summary>A package: many small files, some libraries, now and then something large; it is downloaded first.</summary>
    private long Install()
    {
        string name = $"package-{_installed++}";
        string folder = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        int[] lengths = [.. Enumerable.Range(0, _random.Next(20, 300)).Select(_ => _random.NextDouble() switch
        {
            < 0.75 => _random.Next(200, 12_000),
            < 0.97 => _random.Next(12_000, 250_000),
            _ => _random.Next(250_000, 6 * Mebibyte),
        })];
        string download = Path.Combine(_root, $"{name}.download");
        Write(download, lengths.Sum() / 3);
        for (int i = 0; i < lengths.Length; i++)
        {
            Write(Path.Combine(folder, $"file-{i}"), lengths[i]);
        }

        File.Delete(download);
        _packages.Add(folder);
        return lengths.Sum();
    }

    /// <summary>A sixth of the packages comes in a new version, and a few are purged for others.</summary>
    private void Upgrade()
    {
        int count = _packages.Count;
        for (int i = 0; i < count / 6; i++)
        {
            string old = _packages[_random.Next(_packages.Count)];
            Install();
            Directory.Delete(old, recursive: true);
            _packages.Remove(old);
        }
    }

    private void RotateLogs(int round, long length)
    {
        byte[] lines = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"Nov {round + 1} 12:{i % 60:00} host service[{_random.Next(99999)}]: request {_random.Next()} done\n")));
        for (int log = 0; log < Logs; log++)
        {
            string path = Path.Combine(_root, $"log-{log}");
            using (FileStream file = File.Create(path))
            {
                for (long written = 0; written < length; written += lines.Length)
                {
                    file.Write(lines);
                }
            }

            Write($"{path}.{round}.packed", (int)(length / 9));
            File.Delete(path);
            File.Delete($"{path}.{round - KeptLogs}.packed");
        }
    }

    private void Write(string path, int length)
    {
        byte[] content = new byte[length];
        _random.NextBytes(content);
        File.WriteAllBytes(path, content);
    }
}

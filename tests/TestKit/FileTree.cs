using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace AzImageTools.TestKit;

/// <summary>
/// A tree of thousands of files that file systems find hard: long names and deep folders, names in many scripts, sparse,
/// fragmented and empty files, sizes around what blocks hold, large folders, links. It is written to a folder of this
/// machine, which may be a mounted volume; what it holds is noted as it is written, not read back.
/// </summary>
public sealed class FileTree
{
    private const int FragmentSize = 4096;

    private readonly string _root;
    private readonly FileTreeContent _content;
    private readonly List<string> _lines = [];

    private FileTree(string root, FileTreeContent content)
    {
        _root = root;
        _content = content;
    }

    /// <summary>What the tree holds: a line each for folders, files and links, as <see cref="Line"/> makes them.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>How many names of files there are.</summary>
    public int FileCount => _lines.Count(static line => line.Contains("|file|", StringComparison.Ordinal));

    /// <summary>Writes a tree.</summary>
    /// <param name="root">The folder that it is written into; it must be there.</param>
    /// <param name="files">How many files there are at least.</param>
    /// <param name="content">What there is.</param>
    public static FileTree Create(string root, int files, FileTreeContent content)
    {
        FileTree tree = new(root, content);
        tree.AddNames();
        tree.AddSizes();
        tree.AddDeep();
        tree.AddSparse();
        tree.AddFragmented();
        tree.AddLinks();
        int rest = Math.Max(40, files - tree.FileCount);
        int many = content.HasFlag(FileTreeContent.LargeFolder) ? rest / 2 : Math.Min(rest / 2, 200);
        tree.AddMany(many);
        tree.AddSpread(rest - many);
        return tree;
    }

    /// <summary>The line of a file, folder or link.</summary>
    /// <param name="path">The path from the root, with '/' between names.</param>
    /// <param name="content">A file's content; null for what is no file.</param>
    /// <param name="kind">file, folder or link.</param>
    public static string Line(string path, string kind, Stream? content)
        => string.Create(CultureInfo.InvariantCulture, $"{path}|{kind}|{content?.Length ?? 0}|{(content is null ? string.Empty : Convert.ToHexStringLower(SHA256.HashData(content)))}");

    /// <summary>Fails unless a volume holds the tree and nothing else.</summary>
    /// <param name="actual">The volume's lines.</param>
    public void AssertEqual(IEnumerable<string> actual)
    {
        HashSet<string> rest = new(actual, StringComparer.Ordinal);
        string[] missing = [.. _lines.Where(line => !rest.Remove(line))];
        Assert.True(
            missing.Length == 0 && rest.Count == 0,
            $"of {_lines.Count}, {missing.Length} are not as they were written, and {rest.Count} are there in their place:\n{string.Join('\n', missing.Take(5))}\n---\n{string.Join('\n', rest.Take(5))}");
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int CreateHardLink(byte[] existing, byte[] name);

    private static byte[] Noise(int size, int seed)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private void AddNames()
    {
        string[] names =
        [
            "Ärger ß.txt", "ÄÖÜ äöü éèê ñ", "Ελληνικά και Кириллица.txt", "日本語のファイル名", "한국어 이름.txt", "עברית.txt", "e\u0301 decomposed",
            "İstanbul ı.txt", "two.dots..txt", ".leading dot", "MiXeD CaSe.TxT", "UPPER.TXT", "no extension", "plus+comma,semi;equals=[].txt", "it's ~1.txt",
            new string('n', 250) + ".txt", string.Concat(Enumerable.Repeat("я", 120)),
        ];
        string[] linuxNames = ["back\\slash", "co:lon", "quote\"s", "trailing blank ", "trailing dot.", "case", "CASE", "Case", "a?b", "*"];
        string[] supplementaryNames = ["emoji 😀 in a name", "𠮷野家"];
        foreach (string name in names
            .Concat(_content.HasFlag(FileTreeContent.LinuxNames) ? linuxNames : [])
            .Concat(_content.HasFlag(FileTreeContent.SupplementaryNames) ? supplementaryNames : []))
        {
            AddFile("names/" + name, Noise(name.Length * 7, name.Length));
        }
    }

    private void AddSizes()
    {
        foreach (int size in new[] { 0, 1, 59, 60, 61, 511, 512, 513, 700, 1023, 1024, 1025, 4095, 4096, 4097, 65535, 65536, 65537, 300_001, 2_000_003 })
        {
            AddFile($"sizes/{size}.bin", Noise(size, size));
        }

        for (int i = 0; i < 60; i++)
        {
            AddFile($"empty/{i}.empty", []);
        }

        AddFolder("empty/folder");
    }

    private void AddDeep()
    {
        string folder = "deep";
        for (int level = 1; level <= 40; level++)
        {
            folder += $"/level {level}";
            AddFile(folder + "/file", Noise(level * 10, level));
        }
    }

    /// <summary>Pieces with holes between them; a file that ends in a hole, and one that is nothing else.</summary>
    private void AddSparse()
    {
        AddPieces("sparse/ends in data", 3_000_000, pieces: 5, step: 600_000, holeAtEnd: false);
        AddPieces("sparse/ends in a hole", 3_000_000, pieces: 5, step: 500_000, holeAtEnd: true);
        AddPieces("sparse/nothing", 1_500_000, pieces: 0, step: 1, holeAtEnd: true);
        AddPieces("sparse/many pieces", 8_000_000, pieces: 950, step: 8192, holeAtEnd: false);
    }

    private void AddPieces(string path, int length, int pieces, int step, bool holeAtEnd)
    {
        byte[] expected = new byte[length];
        using FileStream file = Open(path);
        for (int i = 0; i < pieces; i++)
        {
            byte[] piece = Noise(FragmentSize, i + step);
            piece.CopyTo(expected, i * step);
            RandomAccess.Write(file.SafeFileHandle, piece, (long)i * step);
        }

        if (holeAtEnd)
        {
            file.SetLength(length);
        }
        else
        {
            expected[^1] = 1;
            RandomAccess.Write(file.SafeFileHandle, expected.AsSpan(length - 1), length - 1);
        }

        Note(path, expected);
    }

    /// <summary>Files that grow by turns, so that their pieces lie between one another's.</summary>
    private void AddFragmented()
    {
        const int Files = 4;
        const int Turns = 150;
        FileStream[] files = [.. Enumerable.Range(0, Files).Select(number => Open($"fragmented/{number}"))];
        byte[][] contents = [.. Enumerable.Range(0, Files).Select(static number => Noise(Turns * FragmentSize, number + 90))];
        for (int turn = 0; turn < Turns; turn++)
        {
            for (int number = 0; number < Files; number++)
            {
                RandomAccess.Write(files[number].SafeFileHandle, contents[number].AsSpan(turn * FragmentSize, FragmentSize), turn * FragmentSize);
            }
        }

        for (int number = 0; number < Files; number++)
        {
            files[number].Dispose();
            Note($"fragmented/{number}", contents[number]);
        }
    }

    private void AddLinks()
    {
        byte[] content = Noise(5000, 5);
        AddFile("links/original", content);
        for (int i = 0; i < 50 && _content.HasFlag(FileTreeContent.HardLinks); i++)
        {
            string path = $"links/another name of the same file, number {i}";
            Assert.Equal(0, CreateHardLink(Encoding.UTF8.GetBytes(FullName("links/original") + '\0'), Encoding.UTF8.GetBytes(FullName(path) + '\0')));
            Note(path, content);
        }

        foreach (string target in _content.HasFlag(FileTreeContent.SymbolicLinks) ? ["original", "../sizes/4097.bin", "/links/original", "nowhere", "loop", "../deep"] : Array.Empty<string>())
        {
            string path = "links/to " + target.Replace('/', ' ');
            File.CreateSymbolicLink(FullName(path), target);
            _lines.Add(Line(path, "link", null));
        }
    }

    private void AddMany(int files)
    {
        for (int i = 0; i < files; i++)
        {
            AddFile($"many/file number {i} of a large folder, with a name that takes some room", Noise(i % 700, i));
        }
    }

    private void AddSpread(int files)
    {
        for (int i = 0; i < files; i++)
        {
            AddFile($"spread/{i % 12}/{i % 10} and more/{i}.dat", Noise(i % 3000, i));
        }
    }

    private void AddFile(string path, byte[] content)
    {
        using (FileStream file = Open(path))
        {
            file.Write(content);
        }

        Note(path, content);
    }

    private void AddFolder(string path)
    {
        string full = FullName(path);
        if (Directory.Exists(full))
        {
            return;
        }

        int end = path.LastIndexOf('/');
        if (end > 0)
        {
            AddFolder(path[..end]);
        }

        Directory.CreateDirectory(full);
        _lines.Add(Line(path, "folder", null));
    }

    private FileStream Open(string path)
    {
        AddFolder(path[..path.LastIndexOf('/')]);
        return File.Create(FullName(path), bufferSize: 1);
    }

    private void Note(string path, byte[] content) => _lines.Add(Line(path, "file", new MemoryStream(content)));

    private string FullName(string path) => Path.Combine(_root, path);
}

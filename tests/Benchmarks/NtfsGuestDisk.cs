using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>
/// Makes a raw disk as a Windows guest leaves it: a GUID partition table, and an NTFS volume that its own driver has filled to a
/// quarter with a tree of small programs and texts, packages, databases with empty pages and logs. The same size asks for the same writes.
/// It takes ntfs-3g and root.
/// </summary>
internal sealed class NtfsGuestDisk
{
    private const int Mebibyte = 1 << 20;
    private const double DataShare = 0.25;

    /// <summary>What a file of the tree is long on average, in bytes.</summary>
    private const int MeanLength = 57_000;

    private readonly Random _random = new(42);
    private readonly GuestContent _content;
    private readonly string _root;

    private NtfsGuestDisk(string root)
    {
        _root = root;
        _content = new GuestContent(_random);
    }

    /// <summary>Makes the disk.</summary>
    /// <param name="path">The file; its folder has room for the data twice.</param>
    /// <param name="size">The disk's size in bytes.</param>
    public static void Create(string path, long size)
    {
        string volume = path + ".volume.img";
        using (FileStream file = File.Create(volume))
        {
            file.SetLength(size - GuestDisk.DataOffset - Mebibyte);
        }

        Measurement.Take("mkntfs", "-F", "-Q", "-q", "-p", "0", "-H", "255", "-S", "63", volume);
        using (NtfsMount mount = NtfsMount.MountAsync(volume).GetAwaiter().GetResult())
        {
            new NtfsGuestDisk(mount.FullName).Fill((long)(size * DataShare));
        }

        GuestDisk.CreateWith(path, volume);
        File.Delete(volume);
    }

    private void Fill(long budget)
    {
        GuestTree.Create(_root, (int)(budget * 0.35 / MeanLength), _random, length => _random.Next(3) == 0 ? _content.MakeLines(length) : _content.MakePackage(length));
        Write("packages", (long)(budget * 0.35), () => new[] { 1, 3, 8, 40, 120 }[_random.Next(5)], _content.MakePackage);
        Write("data", (long)(budget * 0.18), () => 64, _content.MakePages);
        Write("logs", (long)(budget * 0.12), () => new[] { 1, 4, 16 }[_random.Next(3)], _content.MakeLines);
    }

    /// <summary>Writes files into a folder until it holds so many bytes.</summary>
    private void Write(string folder, long bytes, Func<int> mebibytes, Func<int, byte[]> make)
    {
        DirectoryInfo created = Directory.CreateDirectory(Path.Combine(_root, folder));
        for (int number = 0; bytes > 0; number++)
        {
            int length = (int)Math.Min(bytes, (long)mebibytes() * Mebibyte);
            File.WriteAllBytes(Path.Combine(created.FullName, $"{number}.dat"), make(length));
            bytes -= length;
        }
    }
}

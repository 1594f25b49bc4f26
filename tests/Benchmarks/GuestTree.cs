namespace AzImageTools.Benchmarks;

/// <summary>
/// Writes a tree of files as a guest has them: many small ones in many folders, some close to the root and some deep below it,
/// and a few large files. The same number of files gives the same tree.
/// </summary>
internal static class GuestTree
{
    private const int FilesInFolder = 8;
    private const int Mebibyte = 1 << 20;

    /// <summary>Writes the tree; of each hundred files, a little more than one is larger than a mebibyte.</summary>
    public static void Create(string root, int files)
    {
        Random random = new(7);
        Create(root, files, random, new GuestContent(random).Make);
    }

    /// <summary>Writes the tree with other content.</summary>
    public static void Create(string root, int files, Random random, Func<int, byte[]> make)
    {
        List<string> folders = [Path.Combine(root, "Windows"), Path.Combine(root, "Program Files"), Path.Combine(root, "Users")];
        for (int i = 0; i < files; i++)
        {
            if (i % FilesInFolder == 0)
            {
                // Each folder lies in one of those before it.
                folders.Add(Path.Combine(folders[random.Next(folders.Count)], $"component-{folders.Count:0000}"));
                Directory.CreateDirectory(folders[^1]);
            }

            int length = random.NextDouble() switch
            {
                < 0.20 => random.Next(0, 600),
                < 0.75 => random.Next(600, 16_000),
                < 0.985 => random.Next(16_000, 100_000),
                _ => random.Next(Mebibyte, 4 * Mebibyte),
            };
            string path = Path.Combine(folders[random.Next(Math.Max(3, folders.Count - 50), folders.Count)], $"a file, number {i}.dat");
            using FileStream file = File.Create(path, bufferSize: 1);
            file.Write(make(length));
        }
    }
}

namespace AzImageTools.Benchmarks;

/// <summary>
/// Writes a tree of files as a guest has them: many small ones in many folders, and some large ones. The same number of files
/// gives the same tree.
/// </summary>
internal static class GuestTree
{
    private const int FilesInFolder = 12;
    private const int FoldersInFolder = 15;
    private const int Mebibyte = 1 << 20;

    /// <summary>Writes the tree; of each hundred files, a little more than one is larger than a mebibyte.</summary>
    public static void Create(string root, int files)
    {
        Random random = new(7);
        GuestContent content = new(random);
        for (int i = 0; i < files; i++)
        {
            int folder = i / FilesInFolder;
            string path = Path.Combine(root, "Windows", "WinSxS", $"group {folder / FoldersInFolder:000}", $"component_{folder:0000}_31bf3856ad364e35");
            if (i % FilesInFolder == 0)
            {
                Directory.CreateDirectory(path);
            }

            int length = random.NextDouble() switch
            {
                < 0.20 => random.Next(0, 600),
                < 0.75 => random.Next(600, 16_000),
                < 0.985 => random.Next(16_000, 100_000),
                _ => random.Next(Mebibyte, 4 * Mebibyte),
            };
            using FileStream file = File.Create(Path.Combine(path, $"a file of the component, number {i}.dat"), bufferSize: 1);
            file.Write(content.Make(length));
        }
    }
}

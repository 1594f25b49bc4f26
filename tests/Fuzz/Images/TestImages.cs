using System.IO.Compression;
using AzImageTools.TestKit;

namespace AzImageTools.Fuzz.Images;

/// <summary>The real images of tests/data that damage starts from.</summary>
internal static class TestImages
{
    /// <summary>The names of the images in a folder of tests/data, in a fixed order.</summary>
    public static IReadOnlyList<string> List(string folder)
        => [.. Directory.EnumerateFiles(Path.Combine(RepositoryPaths.TestData, folder), "*.gz")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => !name.EndsWith(".tsv", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    public static MutableImage Load(string folder, string name)
    {
        using Stream content = Open(folder, name);
        return new MutableImage(content);
    }

    public static Stream Open(string folder, string name)
        => new GZipStream(File.OpenRead(Path.Combine(RepositoryPaths.TestData, folder, name + ".gz")), CompressionMode.Decompress);
}

using System.Globalization;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Items;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>The disks of tests/data and what is known of them from the programs that made them.</summary>
internal static class TestDisks
{
    /// <summary>File name, capacity in bytes, SHA-256 of the content.</summary>
    public static IEnumerable<TheoryDataRow<string, long, string>> Rows => File.ReadLines(Path.Combine(RepositoryPaths.TestData, "disks", "disks.tsv"))
        .Select(line => line.Split('\t'))
        .Where(fields => fields.Length == 6 && fields[3].Length > 0 && char.IsAsciiDigit(fields[3][0]))
        .Select(fields => new TheoryDataRow<string, long, string>(fields[0], long.Parse(fields[3], CultureInfo.InvariantCulture), fields[5]));

    public static OpenedImage Open(string path) => OpenedImage.Open(path, cancellation: TestContext.Current.CancellationToken);

    public static DiskItems OpenItems(string path) => new(Open(path));

    public static DiskInfo Inspect(string path)
    {
        using OpenedImage image = Open(path);
        return image.Info;
    }

    public static string Unpack(string name, TempFolder folder) => TestFile.Unpack(Path.Combine("disks", name), folder);
}

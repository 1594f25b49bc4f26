using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>What another program reads at a path of a volume in tests/data/volumes.</summary>
internal sealed record ManifestLine(string Path, string Kind, long Size, DateTimeOffset? Modified, string Storage, string Sha256)
{
    public static IReadOnlyList<ManifestLine> Read(string manifest, TempFolder folder)
        => [.. File.ReadLines(TestFile.Unpack($"volumes/{manifest}.tsv", folder)).Skip(1).Select(Parse)];

    private static ManifestLine Parse(string line)
    {
        string[] fields = line.Split('\t');
        DateTimeOffset? modified = fields[3].Length == 0
            ? null
            : DateTimeOffset.Parse(fields[3], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return new ManifestLine(fields[0], fields[1], long.Parse(fields[2], CultureInfo.InvariantCulture), modified, fields[4], fields[5]);
    }
}

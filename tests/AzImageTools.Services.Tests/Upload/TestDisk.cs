using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>A disk of tests/data/disks with what its manifest says.</summary>
internal sealed record TestDisk(string Name, long Capacity, string ContentSha256)
{
    /// <summary>One disk a format and layout.</summary>
    public static readonly string[] Names = ["ready.raw", "ready-fixed.vhd", "ready-dynamic.vhd", "ready-fixed.vhdx", "ready-dynamic.vhdx", "mbr-fixed.vhd", "mbr-dynamic.vhdx"];

    /// <summary>The capacity rounded up to whole MiBs.</summary>
    public long RoundedCapacity => (Capacity + (1 << 20) - 1) >> 20 << 20;

    public static TestDisk Find(string name)
    {
        string[] row = File.ReadLines(Path.Combine(RepositoryPaths.TestData, "disks", "disks.tsv"))
            .Select(line => line.Split('\t'))
            .Single(columns => columns[0] == name);
        return new TestDisk(name, long.Parse(row[3], CultureInfo.InvariantCulture), row[5]);
    }

    public string Unpack(TempFolder folder) => TestFile.Unpack(Path.Combine("disks", Name), folder);
}

using System.Globalization;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Catalogue;

/// <summary>The sizes of machines and disks that the sandbox knows, read from the embedded skus.tsv.</summary>
internal static class Skus
{
    private static readonly Lazy<(IReadOnlyList<MachineSku> Machines, IReadOnlyList<DiskSku> Disks, IReadOnlyList<(string Name, string Tier)> Snapshots)> Loaded = new(Load);

    public static IReadOnlyList<MachineSku> Machines => Loaded.Value.Machines;

    public static IReadOnlyList<DiskSku> Disks => Loaded.Value.Disks;

    public static IReadOnlyList<(string Name, string Tier)> Snapshots => Loaded.Value.Snapshots;

    /// <summary>The size of that name; null where the sandbox knows none.</summary>
    public static MachineSku? FindMachine(string? name) => Machines.FirstOrDefault(sku => JsonReading.Same(sku.Name, name));

    private static (IReadOnlyList<MachineSku> Machines, IReadOnlyList<DiskSku> Disks, IReadOnlyList<(string Name, string Tier)> Snapshots) Load()
    {
        var machines = new List<MachineSku>();
        var disks = new List<DiskSku>();
        var snapshots = new List<(string Name, string Tier)>();
        using var stream = typeof(Skus).Assembly.GetManifestResourceStream("skus.tsv") ?? throw new InvalidOperationException("The sandbox lacks skus.tsv.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("#", StringComparison.Ordinal))
            {
                continue;
            }

            var cells = line.Split('\t');
            switch (cells[0])
            {
                case "machine":
                    machines.Add(ReadMachine(cells));
                    break;
                case "disk":
                    disks.Add(new DiskSku(cells[1], cells[2], cells[3], Number(cells[4]), Number(cells[5]), Number(cells[6]), Number(cells[7])));
                    break;
                default:
                    snapshots.Add((cells[1], cells[2]));
                    break;
            }
        }

        return (machines, disks, snapshots);
    }

    private static MachineSku ReadMachine(string[] cells)
    {
        var flags = Items(cells[12]);
        return new MachineSku(cells[1], cells[2])
        {
            Cores = Number(cells[3]),
            MemoryInGib = Number(cells[4]),
            DataDisks = Number(cells[5]),
            NetworkInterfaces = Number(cells[6]),
            TemporaryDiskInMib = Number(cells[7]),
            Generations = Items(cells[8]),
            Controllers = Items(cells[9]),
            Architecture = cells[10],
            IsAccelerated = cells[11] is "yes",
            HasTrustedLaunch = !flags.Contains("no-tl", StringComparer.Ordinal),
            HasPremium = !flags.Contains("no-premium", StringComparer.Ordinal),
            ConfidentialType = flags.FirstOrDefault(flag => flag is "SNP" or "TDX"),
            Restricted = Items(cells[13]),
        };
    }

    private static int Number(string cell) => int.Parse(cell, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string[] Items(string cell) => cell is "-" ? [] : cell.Split(',');
}

/// <summary>A size of virtual machines.</summary>
internal sealed record MachineSku(string Name, string Family)
{
    public required int Cores { get; init; }

    public required int MemoryInGib { get; init; }

    /// <summary>How many data disks it takes.</summary>
    public required int DataDisks { get; init; }

    public required int NetworkInterfaces { get; init; }

    /// <summary>0 for none.</summary>
    public required int TemporaryDiskInMib { get; init; }

    /// <summary>V1, V2.</summary>
    public required IReadOnlyList<string> Generations { get; init; }

    /// <summary>SCSI, NVMe.</summary>
    public required IReadOnlyList<string> Controllers { get; init; }

    /// <summary>x64 or Arm64.</summary>
    public required string Architecture { get; init; }

    /// <summary>Whether it has accelerated networking.</summary>
    public required bool IsAccelerated { get; init; }

    public required bool HasTrustedLaunch { get; init; }

    /// <summary>Whether it takes premium disks.</summary>
    public required bool HasPremium { get; init; }

    /// <summary>SNP or TDX; null where it is not confidential.</summary>
    public string? ConfidentialType { get; init; }

    /// <summary>Regions, and zones as region/zone, where the subscription can't have it.</summary>
    public required IReadOnlyList<string> Restricted { get; init; }
}

/// <summary>A size of managed disks.</summary>
/// <param name="Name">Such as Premium_LRS.</param>
/// <param name="Tier">Standard, Premium or Ultra.</param>
/// <param name="Size">Such as P10.</param>
/// <param name="SmallestInGib">Of a disk of that size, exclusive.</param>
/// <param name="LargestInGib">Of a disk of that size, inclusive.</param>
/// <param name="OperationsPerSecond">At most.</param>
/// <param name="MegabytesPerSecond">At most.</param>
internal sealed record DiskSku(string Name, string Tier, string Size, int SmallestInGib, int LargestInGib, int OperationsPerSecond, int MegabytesPerSecond);
